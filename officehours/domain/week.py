"""The office hours of a week, and of all weeks, as pages and the command show them."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import groupby, islice
from typing import Any

from courses.domain import calendar
from courses.models import Course, Enrollment
from officehours.domain import desk, occurrences, slots
from officehours.domain.occurrences import WEEK, Occurrence, State, monday
from officehours.domain.slots import Opening

SUNDAY = timedelta(days=6)


@dataclass(frozen=True)
class Line:
    """One line of a week: office hours on their date, or (`is_former`) where they were before they moved."""

    occurrence: Occurrence
    date: date
    state: State
    is_past: bool
    is_former: bool = False
    is_now: bool = False
    is_next: bool = False  # the first after a week of which nothing is to come any more
    opening: Opening | None = None  # where a student can book
    is_in_queue: bool | None = None  # a student has a place in its queue, or can join (False); else None

    @property
    def is_struck(self) -> bool:
        """Whether what stands here does not take place."""
        return self.is_former or self.occurrence.is_cancelled


@dataclass
class Week:
    """A week, Monday to Sunday."""

    starts_on: date
    lines: list[Line] = field(default_factory=list)
    is_present: bool = False
    label: str = ""  # "This week"

    @property
    def span(self) -> str:
        """From when to when: "Nov 27 – Dec 3"."""
        end = self.starts_on + SUNDAY
        return f"{self.starts_on:%b} {self.starts_on.day} – {end:%b} {end.day}"


@dataclass
class Weeks:
    """The weeks of a course's office hours."""

    to_come: list[Week]
    past: list[Week]

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self.to_come or self.past)


def of(course: Course, day: date) -> list[Occurrence]:
    """The office hours of the week (Monday to Sunday) of a date, by date and start; moved ones where they moved to."""
    return occurrences.of_course(course, since=monday(day), until=monday(day) + SUNDAY)


def this_week(course: Course, now: datetime, *, joins: Enrollment | None = None) -> list[Line]:
    """The lines of the present week; where nothing of it is to come any more, also the next that is."""
    first = monday(calendar.local_date(course, now))
    every = lines(course, now, joins=joins)
    present = [line for line in every if first <= line.date <= first + SUNDAY]
    to_come = [line for line in every if not line.is_past and not line.is_struck]
    if any(line.date <= first + SUNDAY for line in to_come):
        return present
    return present + [replace(line, is_next=True) for line in islice(to_come, 1)]


def weeks(course: Course, now: datetime, *, books: Enrollment | None = None) -> Weeks:
    """All weeks with office hours: those to come, the present one first, and those before, the newest first.

    For a student who `books`, each date says how many slots are free; one that is on also leads to its queue.
    """
    grouped = groupby(lines(course, now, books=books, joins=books), key=lambda line: monday(line.date))
    found = [Week(starts_on, list(group)) for starts_on, group in grouped]
    present = monday(calendar.local_date(course, now))
    for week in found:
        week.label = {present: "This week", present + WEEK: "Next week"}.get(week.starts_on, "")
        week.is_present = week.starts_on == present
    to_come = [week for week in found if week.starts_on >= present]
    return Weeks(to_come, [week for week in reversed(found) if week.starts_on < present])


def lines(
    course: Course, now: datetime, *, books: Enrollment | None = None, joins: Enrollment | None = None
) -> list[Line]:
    """Every office hour, and every date that one was moved away from, by date and start."""
    found = []
    every = occurrences.of_course(course)
    openings = slots.openings(course, every, books, now) if books else {}
    joinable = desk.open_to(joins) if joins and any(one.is_on(now) for one in every) else {}
    for one in every:
        state, is_past, is_now = one.state(now), one.is_over(now), one.is_on(now)
        is_in = joinable.get((one.series.pk, one.on)) if is_now else None
        opening = openings.get(one.uid)
        found.append(Line(one, one.date, state, is_past, is_now=is_now, opening=opening, is_in_queue=is_in))
        if one.is_on_another_date and not one.is_cancelled:
            found.append(Line(one, one.on, state, is_past, is_former=True))
    return sorted(found, key=lambda line: (line.date, line.occurrence.start, line.occurrence.series.pk))


def as_json(one: Occurrence, now: datetime) -> dict[str, Any]:
    """Office hours of one date in the keys of `office_hours_week --format json`."""
    series = one.series
    original = {"date": f"{one.on}", "start": f"{series.start:%H:%M}", "end": f"{series.end:%H:%M}"}
    return {
        "date": f"{one.date}",
        "weekday": f"{one.date:%A}".lower(),
        "start": f"{one.start:%H:%M}",
        "end": f"{one.end:%H:%M}",
        "mode": one.mode,
        "place": one.place,
        "state": str(one.state(now)),
        "reason": one.reason,
        "original": original if one.is_moved else None,
    }
