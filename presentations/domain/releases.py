"""From draft to published: a Release freezes the schedule, says what changed, and tells those concerned."""

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

from django.db import transaction
from django.db.models import Max

from accounts.domain.registry import Registry
from accounts.errors import DomainError
from accounts.models import User
from courses.domain import calendar, ical, letters, publishing
from courses.models import Course, Enrollment
from presentations.domain import checks, class_words, schedule, swap_states, teams, versions
from presentations.domain.schedule import Day, Place
from presentations.models import Presentation, Release, Slot, Team

Spot = dict[str, Any]
Change = dict[str, Any]
Edition = Slot.Edition
# A talk as the part of a letter that a calendar takes in; empty if it was never published.
talk_calendar: Registry[Callable[[Presentation, datetime], str]] = Registry("what writes a talk for calendars")


def snapshot(days: list[Day]) -> list[Spot]:
    """Every talk with its place, in plain words and keys."""
    return [_spot(day, place) for day in days for place in day.places]


def _spot(day: Day, place: Place) -> Spot:
    local = place.starts_at.astimezone(day.meeting.course.zone)
    return {
        "talk": place.talk.pk,
        "team": place.talk.team.number if place.talk.team else None,
        "who": place.talk.who,
        "title": place.talk.title,
        "date": day.meeting.date.isoformat(),
        "order": place.slot.order,
        "start": f"{local:%H:%M}",
        "minutes": int((place.ends_at - place.starts_at).total_seconds()) // 60,
    }


def diff(before: list[Spot], after: list[Spot]) -> list[Change]:
    """What moved, was added or was removed, in the order of the new schedule; removed ones last."""
    was, now = ({spot["talk"]: spot for spot in spots} for spots in (before, after))
    changes = [_change(was.get(talk), spot) for talk, spot in now.items() if _differs(was.get(talk), spot)]
    return changes + [_change(spot, None) for talk, spot in was.items() if talk not in now]


def _differs(was: Spot | None, now: Spot) -> bool:
    return was is None or any(was[key] != now[key] for key in ("date", "order", "start", "minutes"))


def _change(was: Spot | None, now: Spot | None) -> Change:
    known = now or was or {}
    what = "added" if was is None else "removed" if now is None else "moved"
    return {
        "what": what,
        **{key: known[key] for key in ("talk", "who", "title")},
        "was": _where(was),
        "now": _where(now),
    }


def _where(spot: Spot | None) -> Spot | None:
    return {key: spot[key] for key in ("date", "order", "start")} if spot else None


def pending_changes(course: Course) -> list[Change]:
    """What releasing the draft would change."""
    return diff(snapshot(schedule.days(course)), snapshot(schedule.days(course, Edition.DRAFT)))


def concerned(course: Course, changes: list[Change]) -> int:
    """How many people would get a letter about these changes."""
    talks = {change["talk"] for change in changes}
    teams_of = course.presentations.filter(pk__in=talks).values_list("team", flat=True)
    people = schedule.people_by_team(course)
    return len({person.pk for team in teams_of for person in people.get(team or 0, [])})


def latest(course: Course) -> Release | None:
    """The release that holds."""
    return course.releases.order_by("number").last()


@transaction.atomic
def release(course: Course, *, by: User | None, now: datetime, note: str = "", version: str | None = None) -> Release:
    """Publish the draft and mail those concerned, once each; with a `version`, only the changes that it marks.

    Raises DomainError if a check finds an error, if nothing differs from what is published, and for other changes.
    """
    publishing.check(note)
    lock(course)
    if version is not None and version != versions.of(pending_changes(course)):
        raise DomainError("The changes are not those that you saw any more. Nothing was released; look at these.")
    before = snapshot(schedule.days(course))
    errors = [finding.sentence for finding in checks.of_draft(course) if finding.is_error]
    if errors:
        raise DomainError(f"Nothing was released: {' '.join(errors)}")
    course.slots.live().delete()
    Slot.objects.bulk_create(_copy(slot, Edition.LIVE) for slot in course.slots.draft())
    made = record(course, before, by=by, now=now, note=note)
    if not made.schedule and made.number == 1:
        raise DomainError("No talk has a place yet; nothing was released.")
    if not made.changes and made.number > 1:
        raise DomainError("The draft is what is published already; nothing was released.")
    void_stale_swaps(course, now)
    return made


def _copy(slot: Slot, edition: str) -> Slot:
    fields = ("course_id", "meeting_id", "order", "start", "minutes", "talk_id")
    return Slot(edition=edition, **{name: getattr(slot, name) for name in fields})


def lock(course: Course) -> None:
    """Let nobody else change this course's schedule until the transaction ends."""
    Course.objects.select_for_update(no_key=True).get(pk=course.pk)


def record(course: Course, before: list[Spot], *, by: User | None, now: datetime, note: str) -> Release:
    """Write down the schedule as it is now published; titles and agendas follow, those whose talk changed are told."""
    after = snapshot(schedule.days(course))
    last = course.releases.aggregate(last=Max("number"))["last"] or 0
    made = Release.objects.create(
        course=course,
        number=last + 1,
        released_at=now,
        by=by,
        note=note,
        changes=diff(before, after),
        schedule=after,
    )
    name_speakers(course)
    class_words.follow(course, before, after, now=now)
    _tell(made, now)
    return made


def name_speakers(course: Course) -> None:
    """Write down who gives each published talk: it stays their own talk when they leave the team."""
    people = schedule.people_by_team(course)
    talks = list(course.presentations.filter(slots__edition=Edition.LIVE))
    for talk in talks:
        talk.speakers = [person.pk for person in people.get(talk.team_id or 0, [])]
    Presentation.objects.bulk_update(talks, ["speakers"])


def _tell(made: Release, now: datetime) -> None:
    """One letter to each person of a team whose talk moved, came or went."""
    talks = Presentation.objects.select_related("team", "course").in_bulk([change["talk"] for change in made.changes])
    people = schedule.people_by_team(made.course)
    by_team: dict[int, list[Change]] = {}
    for change in made.changes:
        talk = talks.get(change["talk"])
        if talk and talk.team_id:
            by_team.setdefault(talk.team_id, []).append(change)
    for team, changes in by_team.items():
        letters.post_to(
            made.course,
            "talk_moved",
            people=people.get(team, []),
            key=f"release:{made.pk}",
            kind="talk_moved",
            now=now,
            thread=f"talk-{team}",
            calendar=_part(talks[changes[-1]["talk"]], changes[-1], now),
            is_urgent=any(_is_close(made.course, change, now) for change in changes),
            release=made,
            changes=changes,
        )


def _part(talk: Presentation, change: Change, now: datetime) -> str:
    """What a calendar takes in, when a talk that is close moves; otherwise its own feed says it in time."""
    if not _is_close(talk.course, change, now):
        return ""
    return talk_calendar.only(talk, now)


def _is_close(course: Course, change: Change, now: datetime) -> bool:
    """Whether a talk was, or now is, within two days."""
    starts = [
        calendar.at(course, date.fromisoformat(spot["date"]), time.fromisoformat(spot["start"]))
        for spot in (change["was"], change["now"])
        if spot
    ]
    return any(ical.is_close(start, now) for start in starts)


def see(team: Team, *, by: Enrollment, number: int | None = None) -> None:
    """A team says that it has read the release of this number, else the latest."""
    teams.refuse_unless_of(team, by, "say that it has seen the schedule")
    made = latest(team.course)
    if made is None:
        raise DomainError("No schedule is published yet; nothing was changed.")
    seen = made.number if number is None else min(number, made.number)
    Team.objects.filter(pk=team.pk, seen_release__lt=seen).update(seen_release=seen)


def void_stale_swaps(course: Course, now: datetime) -> None:
    """Proposals that saw other places than those that now hold."""
    spots = {slot.talk_id: (slot.meeting_id, slot.order) for slot in course.slots.live()}
    stale = [
        swap.pk
        for swap in course.swap_requests.pending()
        if spots.get(swap.from_talk_id) != (swap.from_meeting_id, swap.from_order)
        or spots.get(swap.to_talk_id) != (swap.to_meeting_id, swap.to_order)
    ]
    swap_states.void(course.swap_requests.filter(pk__in=stale), now=now)


def moves_in(made: list[Release]) -> dict[int, Change]:
    """The last move of each talk to another day, by talk, over these releases: where it was, and where it is."""
    found: dict[int, Change] = {}
    for change in (change for one in made for change in one.changes):
        if change["what"] == "moved" and change["was"]["date"] != change["now"]["date"]:
            found[change["talk"]] = change
        elif change["what"] == "removed":
            found.pop(change["talk"], None)
    return {talk: change for talk, change in found.items() if change["was"]["date"] != change["now"]["date"]}


def in_all(changes: list[Change]) -> list[Change]:
    """What these changes, oldest first, come to for each talk: where it was before them, and where it is after."""
    found: dict[int, Change] = {}
    for change in changes:
        before = found.get(change["talk"], change)
        found[change["talk"]] = {**change, "was": before["was"]}
    return [change for change in found.values() if change["was"] != change["now"]]


def unseen(course: Course) -> list[Team]:
    """The teams whose talk is in the schedule and that have not said to have seen the latest release."""
    made = latest(course)
    return (
        list(course.teams.filter(presentations__slots__edition=Edition.LIVE, seen_release__lt=made.number))
        if made
        else []
    )
