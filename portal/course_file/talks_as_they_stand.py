"""Presentations and peer reviews as they stand in the database, in the course file's shape."""

from datetime import datetime
from typing import Any

from courses.models import Course
from presentations.domain import plans, schedule
from presentations.models import PresentationPlan, ReviewPlan, ReviewRule, Slot, SwapPair

Tree = dict[str, Any]


def presentations_of(course: Course, loaded: Tree) -> Tree:
    """The `presentations` block; `loaded` is the one it came from, for lists that it held empty or in its own order."""
    plan = PresentationPlan.objects.filter(course=course).first()
    if plan is None:
        return {}
    block: Tree = {
        "kinds": plan.kinds,
        "presenting_sections": plan.presenting_sections,
        "team_size": {"min": plan.min_size, "max": plan.max_size} if plan.min_size and plan.max_size else None,
        "suggested_papers_url": plan.suggested_papers_url or loaded.get("suggested_papers_url"),
        "minutes": plan.minutes,
        "sign_up_until": _wall(course, plan.sign_up_until),
        "public": plan.is_public,
        "swaps": {"approval": plan.swaps_need_approval, "until_hours": plan.swaps_until_hours},
    }
    lists = {
        "days": _days(course, loaded.get("days", [])),
        "teams": _teams(course),
        "schedule": schedule_of(course),
        "swaps_allowed": _swaps(course),
    }
    block |= {key: entries for key, entries in lists.items() if entries or key in loaded}
    return {"presentations": {key: value for key, value in block.items() if value is not None}}


def _wall(course: Course, instant: datetime | None) -> str | None:
    return f"{instant.astimezone(course.zone):%Y-%m-%d %H:%M}" if instant else None


def _days(course: Course, loaded: list[str]) -> list[str]:
    """The presentation days; one that the draft gave up but that is still published is one of them."""
    published = {spot["date"] for spot in schedule_of(course)}
    days = sorted({day.date.isoformat() for day in plans.days_of(course)} | published)
    return loaded if sorted(loaded) == days else days


def _teams(course: Course) -> list[Tree]:
    people = schedule.people_by_team(course)
    return [
        {"number": team.number, "name": team.name, "members": [person.login for person in people.get(team.pk, [])]}
        for team in course.teams.order_by("position", "number")
    ]


def schedule_of(course: Course) -> list[Tree]:
    """The released schedule; before the first release, the draft."""
    slots = course.slots.filter(talk__isnull=False).select_related("meeting", "talk__team")
    edition = Slot.Edition.LIVE if course.releases.exists() else Slot.Edition.DRAFT
    return [_spot(slot) for slot in slots.filter(edition=edition).order_by("meeting__starts_at", "order")]


def _spot(slot: Slot) -> Tree:
    talk = slot.talk
    assert talk is not None
    spot: Tree = {
        "date": slot.meeting.date.isoformat(),
        "order": slot.order,
        "team": talk.team.number if talk.team else None,
        "guest": talk.guest,
        "kind": talk.kind or None,
        "title": talk.title,
        "note": talk.note,
        "start": f"{slot.start:%H:%M}" if slot.start else None,
        "minutes": slot.minutes,
        "reviews_count": talk.do_reviews_count,
    }
    return {key: value for key, value in spot.items() if value is not None}


def _swaps(course: Course) -> list[Tree]:
    found: dict[int, list[int]] = {}
    for pair in SwapPair.objects.filter(course=course).select_related("team", "other"):
        found.setdefault(pair.team.number, []).append(pair.other.number)
    return [{"team": number, "with": others} for number, others in found.items()]


def peer_reviews_of(course: Course, loaded: Tree) -> Tree:
    """The `peer_reviews` block; `loaded` is the one it came from."""
    plan = ReviewPlan.objects.filter(course=course).first()
    if plan is None:
        return {}
    due: Tree = {"after": "meeting", "days": plan.due_days, "at": f"{plan.due_time:%H:%M}" if plan.due_time else None}
    rules = [_rule(rule) for rule in ReviewRule.objects.filter(section__course=course).select_related("section")]
    block: Tree = {
        "due": {key: value for key, value in due.items() if value is not None} if plan.has_due else None,
        "criteria": plan.criteria,
        "comments": plan.comments,
        "rules": rules if rules or "rules" in loaded else None,
    }
    return {"peer_reviews": {key: value for key, value in block.items() if value is not None}}


def _rule(rule: ReviewRule) -> Tree:
    return {
        "section": rule.section.code,
        "required_per_day": rule.required_per_day,
        **({"extra_reviews": rule.extra_reviews} if rule.extra_reviews is not None else {}),
        "exempt_on_own_day": rule.is_exempt_on_own_day,
    }
