"""What titles and agendas of classes say of teams: it follows the published schedule, or a warning tells staff.

An agenda line about a team's talk goes where the talk goes, in the order of the talks, and goes with it. A title, or
another line, that names exactly the teams of its day names those who present there now. Anything else stays as
staff wrote it; where it names a team that presents on another day, a warning says so.
"""

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from courses.domain import agenda
from courses.models import AgendaItem, ClassMeeting, Course
from presentations.domain.checks import WARNING, Finding
from presentations.domain.schedule import Day

NAMED = re.compile(r"\bTeams? \d{1,5}(?:(?:,? (?:&|and) |, )(?:Team )?\d{1,5})*\b")
LONGEST = 200  # characters of a title
Teams = dict[str, list[int]]  # ISO date -> numbers, in the order of the talks
Spot = dict[str, Any]


def follow(course: Course, before: Iterable[Spot], after: Iterable[Spot], *, now: datetime) -> None:
    """Bring titles and agendas of the classes whose talks changed to what is published now."""
    was, has = _by_date(before), _by_date(after)
    days = [day for day in was | has if was.get(day, []) != has.get(day, [])]
    meetings = {meeting.date.isoformat(): meeting for meeting in course.meetings.filter(date__in=days).order_by("date")}
    lines = {day: list(meeting.agenda.order_by("position")) for day, meeting in meetings.items()}
    moving: dict[int, list[AgendaItem]] = {}
    for day in lines:
        for line in lines[day]:
            team = _team_of(line)
            if team is not None and team in was.get(day, []):
                moving.setdefault(team, []).append(line)
    for day, meeting in meetings.items():
        there, here = was.get(day, []), has.get(day, [])
        title = _renamed(meeting.title, there, here)
        if title != meeting.title and len(title) <= LONGEST:
            ClassMeeting.objects.filter(pk=meeting.pk).update(title=title)
        arriving = [line for team in here for line in moving.get(team, [])]
        _write(meeting, lines[day], arriving, there=there, here=here, now=now)


def _by_date(spots: Iterable[Spot]) -> Teams:
    found: Teams = {}
    for spot in spots:
        teams = found.setdefault(spot["date"], [])
        if spot["team"] is not None:
            teams.append(spot["team"])
    return found


def _team_of(line: AgendaItem) -> int | None:
    return line.target.get("team") if line.kind == AgendaItem.Kind.PRESENTATION else None


def _write(
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
    kept += [_line(line) for line in coming]
    if kept != [_line(line) for line in lines]:
        agenda.replace(meeting, kept, version=meeting.agenda_version, now=now)


def _line(line: AgendaItem, text: str = "") -> agenda.Line:
    return agenda.Line(text or line.text, line.kind, line.minutes, line.target)


def _renamed(text: str, there: list[int], here: list[int]) -> str:
    """A text that names exactly the teams of its day, naming those who present there now."""
    found = NAMED.search(text)
    if not found or not here or sorted(_numbers(found[0])) != sorted(there):
        return text
    words = found[0]
    last = " and " if " and " in words else " & "
    names = [str(number) for number in here]
    if words.startswith("Team "):
        names = [f"Team {number}" for number in names]
    listed = last.join(filter(None, [", ".join(names[:-1]), names[-1]]))
    if not words.startswith("Team "):
        listed = f"Team{'s' * (len(names) > 1)} {listed}"
    return text[: found.start()] + listed + text[found.end() :]


def _numbers(words: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", words)]


def contradictions(course: Course, published: list[Day]) -> list[Finding]:
    """Where a class names a team that presents on another day, in a fixed number of queries."""
    days_of: dict[int, set[date]] = {}
    for day in published:
        for place in day.places:
            if place.talk.team:
                days_of.setdefault(place.talk.team.number, set()).add(day.meeting.date)
    found = []
    for meeting in course.meetings.held().prefetch_related("agenda").order_by("starts_at"):
        said = [("title", meeting.title), *(("agenda", line.text) for line in meeting.agenda.all())]
        for what, text in said:
            teams = dict.fromkeys(number for run in NAMED.findall(text) for number in _numbers(run))
            found += [
                Finding(WARNING, _sentence(meeting, what, team, days_of[team]))
                for team in teams
                if team in days_of and meeting.date not in days_of[team]
            ]
    return found


def _sentence(meeting: ClassMeeting, what: str, team: int, days: set[date]) -> str:
    on = " and ".join(_day(day) for day in sorted(days))
    return f"The {what} of the class on {_day(meeting.date)} names team {team}, which presents on {on}."


def _day(day: date) -> str:
    return f"{day:%a %b} {day.day}"
