"""Writing down what is published: what stands where, what changed, and the letters to those whose talk changed.

Titles and agendas of classes follow. An agenda line about a team's talk goes where the talk goes, in the order of the
talks, and goes with it. A title, or another line, that names exactly the teams of its day names those who present
there now. Anything else stays as staff wrote it.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime, time
from itertools import chain
from typing import Any

from django.db.models import Max
from django.utils.text import get_text_list

from accounts.domain.registry import Registry
from accounts.models import User
from courses.domain import agenda, calendar, ical, letters
from courses.models import AgendaItem, ClassMeeting, Course, Enrollment
from presentations.domain import schedule
from presentations.domain.schedule import Place, TalkDay
from presentations.models import Presentation, Release, Slot

Spot = dict[str, Any]  # a talk at its place, as a release keeps it
Change = dict[str, Any]  # a talk that moved, was added or removed: where it was, and where it is now
TeamsByDate = dict[str, list[int]]  # ISO date -> numbers, in the order of the talks
TEAMS_NAMED = re.compile(r"\bTeams? \d{1,5}(?:(?:,? (?:&|and) |, )(?:Team )?\d{1,5})*\b")
LONGEST_TITLE = 200  # characters
# A talk as the part of a letter to one person that a calendar takes in; empty if it was never published.
talk_calendar: Registry[Callable[[Presentation, Enrollment, datetime], str]] = Registry(
    "what writes a talk for calendars"
)


def snapshot(days: list[TalkDay]) -> list[Spot]:
    return [_spot(day, place) for day in days for place in day.places]


def _spot(day: TalkDay, place: Place) -> Spot:
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


def changes_between(before: list[Spot], after: list[Spot]) -> list[Change]:
    """What moved, was added or was removed, in the order of the new schedule; removed ones last."""
    was, now = ({spot["talk"]: spot for spot in spots} for spots in (before, after))
    changes = [_change(was.get(talk), spot) for talk, spot in now.items()]
    changes += [_change(spot, None) for talk, spot in was.items() if talk not in now]
    return [change for change in changes if change["what"]]


def _change(was: Spot | None, now: Spot | None) -> Change:
    spot = now or was or {}
    if was and now:
        is_moved = any(was[key] != now[key] for key in ("date", "order", "start", "minutes"))
        what = "moved" if is_moved else ""
    else:
        what = "added" if now else "removed"
    return {
        "what": what,
        **{key: spot[key] for key in ("talk", "who", "title")},
        "was": _where(was),
        "now": _where(now),
    }


def _where(spot: Spot | None) -> Spot | None:
    return {key: spot[key] for key in ("date", "order", "start")} if spot else None


def record(course: Course, before: list[Spot], *, by: User | None, now: datetime, note: str) -> Release:
    """Write down the schedule as it is now published; titles and agendas follow, a letter tells whose talk changed."""
    after = snapshot(schedule.days(course))
    last = course.releases.aggregate(last=Max("number"))["last"] or 0
    release = Release.objects.create(
        course=course,
        number=last + 1,
        released_at=now,
        by=by,
        note=note,
        changes=changes_between(before, after),
        schedule=after,
    )
    name_speakers(course)
    _update_classes(course, before, after, now=now)
    _post_letters(release, now)
    return release


def name_speakers(course: Course) -> None:
    """Write down who gives each published talk: it stays their own talk when they leave the team."""
    people = schedule.people_by_team(course)
    talks = list(course.presentations.filter(slots__edition=Slot.Edition.LIVE))
    for talk in talks:
        talk.speakers = [person.pk for person in people.get(talk.team_id or 0, [])]
    Presentation.objects.bulk_update(talks, ["speakers"])


def _post_letters(release: Release, now: datetime) -> None:
    talks = Presentation.objects.select_related("team", "course").in_bulk(
        [change["talk"] for change in release.changes]
    )
    people = schedule.people_by_team(release.course)
    by_team: dict[int, list[Change]] = {}
    for change in release.changes:
        talk = talks.get(change["talk"])
        if talk and talk.team_id:
            by_team.setdefault(talk.team_id, []).append(change)
    for team, changes in by_team.items():
        # What a calendar takes in names its reader, and goes along only when the feed would be late.
        is_invited = _is_close(release.course, changes[-1], now)
        talk, everyone = talks[changes[-1]["talk"]], people.get(team, [])
        for readers in [[person] for person in everyone] if is_invited else [everyone]:
            letters.post_to(
                release.course,
                "talk_moved",
                people=readers,
                key=f"release:{release.pk}",
                kind="talk_moved",
                now=now,
                thread=f"talk-{team}",
                calendar=talk_calendar.only(talk, readers[0], now) if is_invited else "",
                is_urgent=any(_is_close(release.course, change, now) for change in changes),
                release=release,
                changes=changes,
            )


def _is_close(course: Course, change: Change, now: datetime) -> bool:
    """Whether a talk was, or now is, within two days."""
    starts = [
        calendar.instant(course, date.fromisoformat(spot["date"]), time.fromisoformat(spot["start"]))
        for spot in (change["was"], change["now"])
        if spot
    ]
    return any(ical.is_close(start, now) for start in starts)


def day_moves(releases: list[Release]) -> dict[int, Change]:
    """The last move of each talk to another day, by talk, over these releases, oldest first."""
    moves: dict[int, Change] = {}
    for change in chain.from_iterable(release.changes for release in releases):
        if change["what"] == "moved" and change["was"]["date"] != change["now"]["date"]:
            moves[change["talk"]] = change
        elif change["what"] == "removed":
            moves.pop(change["talk"], None)
    return {talk: change for talk, change in moves.items() if change["was"]["date"] != change["now"]["date"]}


def combine(changes: list[Change]) -> list[Change]:
    """What these changes, oldest first, come to for each talk: where it was before them, and where it is after."""
    combined: dict[int, Change] = {}
    for change in changes:
        before = combined.get(change["talk"], change)
        combined[change["talk"]] = {**change, "was": before["was"]}
    return [change for change in combined.values() if change["was"] != change["now"]]


def _update_classes(course: Course, before: Iterable[Spot], after: Iterable[Spot], *, now: datetime) -> None:
    """Bring titles and agendas of the classes whose talks changed to what is published now."""
    was, has = _by_date(before), _by_date(after)
    days = [day for day in was | has if was[day] != has[day]]
    meetings = {meeting.date.isoformat(): meeting for meeting in course.meetings.filter(date__in=days).order_by("date")}
    lines = {day: list(meeting.agenda.order_by("position")) for day, meeting in meetings.items()}
    moving: dict[int, list[AgendaItem]] = defaultdict(list)
    for day in lines:
        for line in lines[day]:
            team = _team_of(line)
            if team is not None and team in was[day]:
                moving[team].append(line)
    for day, meeting in meetings.items():
        there, here = was[day], has[day]
        title = _renamed(meeting.title, there, here)
        if title != meeting.title and len(title) <= LONGEST_TITLE:
            ClassMeeting.objects.filter(pk=meeting.pk).update(title=title)
        arriving = [line for team in here for line in moving[team]]
        _update_agenda(meeting, lines[day], arriving, there=there, here=here, now=now)


def _by_date(spots: Iterable[Spot]) -> TeamsByDate:
    numbers: TeamsByDate = defaultdict(list)
    for spot in spots:
        numbers[spot["date"]] += [] if spot["team"] is None else [spot["team"]]
    return numbers


def _team_of(line: AgendaItem) -> int | None:
    return line.target.get("team") if line.kind == AgendaItem.Kind.PRESENTATION else None


def _update_agenda(
    meeting: ClassMeeting,
    lines: list[AgendaItem],
    arriving: list[AgendaItem],
    *,
    there: list[int],
    here: list[int],
    now: datetime,
) -> None:
    """Put the lines of a day's talks where such lines stood, what is left over at the end."""
    coming, kept = list(arriving), []
    for line in lines:
        if _team_of(line) not in there:
            kept.append(_line(line, _renamed(line.text, there, here)))
        elif coming:
            kept.append(_line(coming.pop(0)))
    kept += map(_line, coming)
    if kept != list(map(_line, lines)):
        agenda.replace(meeting, kept, version=meeting.agenda_version, now=now)


def _line(line: AgendaItem, text: str = "") -> agenda.AgendaLine:
    return agenda.AgendaLine(text or line.text, line.kind, line.minutes, line.target)


def _renamed(text: str, there: list[int], here: list[int]) -> str:
    """A text that names exactly the teams of its day, naming those who present there now."""
    found = TEAMS_NAMED.search(text)
    if not found or not here or sorted(_numbers(found[0])) != sorted(there):
        return text
    last = "and" if " and " in found[0] else "&"
    if found[0].startswith("Team "):
        listed = get_text_list([f"Team {number}" for number in here], last)
    else:
        listed = f"Team{'s' * (len(here) > 1)} {get_text_list([str(number) for number in here], last)}"
    return text[: found.start()] + listed + text[found.end() :]


def _numbers(words: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", words)]


def teams_named(text: str) -> list[int]:
    return list(dict.fromkeys(number for run in TEAMS_NAMED.findall(text) for number in _numbers(run)))
