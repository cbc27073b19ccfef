"""Presentations and peer reviews: from the file's shape into rows, touching only what differs, mailing nobody."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from accounts.errors import DomainError
from courses.domain import wall_clock
from courses.models import ClassMeeting, Course, Enrollment, Role
from portal.course_file.problems import Path
from portal.course_file.spelling import time_of
from portal.course_file.talks_as_they_stand import schedule_of
from portal.course_file.tally import Tally
from presentations.domain import arranging, plans, published_schedule, rubric, schedule
from presentations.models import (
    Presentation,
    PresentationDay,
    PresentationPlan,
    ReviewPlan,
    ReviewRule,
    Slot,
    SwapPair,
    Team,
    TeamMember,
)

Tree = dict[str, Any]


def write_presentations(course: Course, tree: Tree, tally: Tally, now: datetime) -> None:
    """Plan, days, teams, schedule and who may swap; the members are known to be students (`strangers_in_teams`)."""
    block = tree.get("presentations")
    if block is None:
        return
    plan = PresentationPlan.objects.filter(course=course).first() or PresentationPlan(course=course)
    size = block.get("team_size", {})
    fields = {
        "kinds": block.get("kinds"),
        "presenting_sections": block.get("presenting_sections"),
        "min_size": size.get("min"),
        "max_size": size.get("max"),
        "suggested_papers_url": block.get("suggested_papers_url", ""),
        "minutes": block["minutes"],
        "sign_up_until": _instant(course, block["sign_up_until"]),
        "is_public": block["public"],
        "swaps_need_approval": block["swaps"]["approval"],
        "swaps_until_hours": block["swaps"]["until_hours"],
    }
    tally.put("presentations", plan, fields)
    _write_days(course, block.get("days"), tally)
    teams = _write_teams(course, block.get("teams", []), tally, now)
    _write_schedule(course, block.get("schedule"), teams, tally, now)
    _write_swaps(course, block.get("swaps_allowed"), teams, tally)


def _instant(course: Course, wall: str | None) -> datetime | None:
    return wall_clock.instant(course, datetime.fromisoformat(wall)) if wall else None


def _write_days(course: Course, days: list[str] | None, tally: Tally) -> None:
    if days is None:
        return
    have = {day.date.isoformat(): day for day in plans.days_of(course)}
    for gone in have.keys() - set(days):
        have[gone].delete()
        tally.count("presentation days", "changed")
    for text in dict.fromkeys(days):
        tally.count("presentation days", "kept" if text in have else "created")
        if text not in have:
            PresentationDay.objects.create(course=course, meeting=_meeting(course, text))


def _meeting(course: Course, text: str) -> ClassMeeting:
    return course.meetings.get(date=date.fromisoformat(text))


def strangers_in_teams(course: Course, tree: Tree) -> Iterator[tuple[Path, str]]:
    """Members of the file's teams who are no students of the course: where each stands, and a sentence."""
    students = set(course.enrollments.filter(role=Role.STUDENT).exclude(login="").values_list("login", flat=True))
    for n, team in enumerate(tree.get("presentations", {}).get("teams", [])):
        for m, login in enumerate(team.get("members", [])):
            if login not in students:
                sentence = f'"{login}" is in team {team["number"]}, but on no roster of this file.'
                yield ("presentations", "teams", n, "members", m), sentence


def _write_teams(course: Course, entries: list[Tree], tally: Tally, now: datetime) -> dict[int, Team]:
    """Teams by number, their members confirmed."""
    teams = {team.number: team for team in course.teams.all()}
    people = {person.login: person for person in course.enrollments.exclude(login="").select_related("user")}
    have = schedule.people_by_team(course)
    for position, entry in enumerate(entries, start=1):
        team = teams.setdefault(entry["number"], Team(course=course, number=entry["number"]))
        tally.put("teams", team, {"name": entry["name"], "position": position})
        if [person.login for person in have.get(team.pk, [])] != entry["members"]:
            _seat(team, entry["members"], people, now)
            tally.count("team members", "changed", len(entry["members"]))
    return teams


def _seat(team: Team, logins: list[str], people: dict[str, Enrollment], now: datetime) -> None:
    since = dict(team.members.confirmed().values_list("enrollment", "confirmed_at"))
    TeamMember.objects.filter(team=team, enrollment__dropped_at=None).delete()
    taken = set(team.members.values_list("seat", flat=True))
    free = (seat for seat in range(1, 1000) if seat not in taken)
    for login in logins:
        others = TeamMember.objects.filter(enrollment=people[login])
        others.delete()
        joined = since.get(people[login].pk, now)
        TeamMember.objects.create(team=team, enrollment=people[login], seat=next(free), confirmed_at=joined)


def _write_schedule(
    course: Course, entries: list[Tree] | None, teams: dict[int, Team], tally: Tally, now: datetime
) -> None:
    """Talks at their places: at once the published schedule, and the draft where staff did not arrange it anew."""
    if entries is None:
        return
    was_released = course.releases.exists()
    is_same = was_released and {str(_spot(one)) for one in schedule_of(course)} == {str(_spot(one)) for one in entries}
    tally.count("talks", "kept" if is_same else "changed" if was_released else "created", len(entries))
    if is_same or not (entries or was_released):
        return
    before = published_schedule.snapshot(schedule.days(course))
    editions = [Slot.Edition.LIVE, *([] if _has_own_draft(course) else [Slot.Edition.DRAFT])]
    slots = _slots(course, entries, teams)
    _refuse_moving_reviewed(course, slots)
    course.slots.filter(edition__in=editions).delete()
    Slot.objects.bulk_create(Slot(edition=edition, **slot) for edition in editions for slot in slots)
    published_schedule.record(course, before, by=None, now=now, note="From the course file", is_silent=True)


def _refuse_moving_reviewed(course: Course, slots: list[Tree]) -> None:
    planned = {slot["talk"].pk: slot["meeting"].pk for slot in slots}
    moved = [slot for talk, slot in arranging.reviewed_slots(course).items() if planned.get(talk) != slot.meeting_id]
    if moved:
        raise DomainError(f"{arranging.stays_where_reviewed(moved[0])} The file says otherwise; nothing was loaded.")


def _spot(entry: Tree) -> list[tuple[str, Any]]:
    return sorted((key, value) for key, value in entry.items())


def _has_own_draft(course: Course) -> bool:
    keys = ("meeting", "order", "talk", "start", "minutes")
    draft, live = (set(slots.values_list(*keys)) for slots in (course.slots.draft(), course.slots.live()))
    return bool(draft) and draft != live


def _slots(course: Course, entries: list[Tree], teams: dict[int, Team]) -> list[Tree]:
    meetings = {meeting.date.isoformat(): meeting for meeting in course.meetings.all()}
    unused = list(course.presentations.order_by("pk"))
    found = []
    for entry in entries:
        talk = _talk(course, entry, teams, unused)
        found.append(
            {
                "course": course,
                "meeting": meetings[entry["date"]],
                "order": entry["order"],
                "start": time_of(entry["start"]) if "start" in entry else None,
                "minutes": entry.get("minutes"),
                "talk": talk,
            }
        )
    return found


def _talk(course: Course, entry: Tree, teams: dict[int, Team], unused: list[Presentation]) -> Presentation:
    """The talk of an entry: the team's, or the guest's of this title; a new one if there is none."""
    team = teams[entry["team"]] if "team" in entry else None
    same = [
        talk
        for talk in unused
        if (
            talk.team_id == team.pk
            if team
            else (talk.team_id, talk.guest, talk.title) == (None, entry["guest"], entry["title"])
        )
    ]
    talk = same[0] if same else Presentation(course=course, team=team)
    if same:
        unused.remove(talk)
    talk.guest, talk.title, talk.note = entry["guest"], entry["title"], entry["note"]
    talk.kind, talk.do_reviews_count = entry.get("kind", ""), entry["reviews_count"]
    talk.save()
    if team:
        Team.objects.filter(pk=team.pk).update(title=talk.title, kind=talk.kind)
    return talk


def _write_swaps(course: Course, entries: list[Tree] | None, teams: dict[int, Team], tally: Tally) -> None:
    if entries is None:
        return
    want = [(teams[entry["team"]].pk, teams[other].pk) for entry in entries for other in entry["with"]]
    have = list(SwapPair.objects.filter(course=course).values_list("team", "other"))
    tally.count("swaps allowed", "kept" if want == have else "changed" if have else "created", len(want))
    if want != have:
        SwapPair.objects.filter(course=course).delete()
        SwapPair.objects.bulk_create(
            SwapPair(course=course, team_id=team, other_id=other, position=position)
            for position, (team, other) in enumerate(dict.fromkeys(want))
        )


def write_peer_reviews(course: Course, tree: Tree, tally: Tally) -> None:
    """What a review asks, until when, and what each section owes.

    Raises DomainError for other criteria than the reviews that were handed in have answered.
    """
    block = tree.get("peer_reviews")
    if block is None:
        return
    plan = ReviewPlan.objects.filter(course=course).first() or ReviewPlan(course=course)
    rubric.refuse_if_locked(plan, block.get("criteria", []), block.get("comments", []))
    due = block.get("due", {})
    fields = {
        "has_due": "due" in block,
        "due_days": due.get("days"),
        "due_time": time_of(due["at"]) if "at" in due else None,
        "criteria": block.get("criteria"),
        "comments": block.get("comments"),
    }
    tally.put("peer reviews", plan, fields)
    sections = {section.code: section for section in course.sections.all()}
    have = {rule.section_id: rule for rule in ReviewRule.objects.filter(section__course=course)}
    for position, entry in enumerate(block.get("rules", []), start=1):
        section = sections[entry["section"]]
        values = {
            "position": position,
            "required_per_day": entry["required_per_day"],
            "extra_reviews": entry.get("extra_reviews"),
            "is_exempt_on_own_day": entry["exempt_on_own_day"],
        }
        tally.put("review rules", have.get(section.pk) or ReviewRule(section=section), values)
