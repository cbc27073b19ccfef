from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import groupby, islice
from typing import Any

from courses.domain import calendar
from courses.models import Course, Enrollment
from officehours.domain import slots
from officehours.domain.series import WEEK
from officehours.domain.slots import Opening
from officehours.models import OfficeHours
from officehours.models.hours import Standing, monday
from officehours.queries import desk

SUNDAY = timedelta(days=6)


@dataclass(frozen=True)
class HoursLine:
    """One line of a week: office hours on their date, or (`is_former`) where they were before they moved."""

    hours: OfficeHours
    date: date
    standing: Standing
    is_past: bool
    is_former: bool = False
    is_now: bool = False
    is_next: bool = False  # the first after a week of which nothing is to come any more
    opening: Opening | None = None  # where a student can book
    is_in_queue: bool | None = None  # a student has a place in its queue, or can join (False); else None

    @property
    def is_struck(self) -> bool:
        """Whether what stands here does not take place."""
        return self.is_former or self.hours.is_cancelled


@dataclass
class HoursWeek:
    starts_on: date
    lines: list[HoursLine] = field(default_factory=list)
    is_present: bool = False
    label: str = ""  # "This week"

    @property
    def span(self) -> str:
        """From when to when: "Nov 27 – Dec 3"."""
        end = self.starts_on + SUNDAY
        return f"{self.starts_on:%b} {self.starts_on.day} – {end:%b} {end.day}"


@dataclass
class Weeks:
    to_come: list[HoursWeek]
    past: list[HoursWeek]

    def __bool__(self) -> bool:
        return bool(self.to_come or self.past)


def hours_of_week(course: Course, day: date) -> list[OfficeHours]:
    return list(course.office_hours.in_order().filter(date__range=(monday(day), monday(day) + SUNDAY)))


def this_week(course: Course, now: datetime, *, joins: Enrollment | None = None) -> list[HoursLine]:
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
    found = [HoursWeek(starts_on, list(group)) for starts_on, group in grouped]
    present = monday(calendar.local_date(course, now))
    for week in found:
        week.label = {present: "This week", present + WEEK: "Next week"}.get(week.starts_on, "")
        week.is_present = week.starts_on == present
    to_come = [week for week in found if week.starts_on >= present]
    return Weeks(to_come, [week for week in reversed(found) if week.starts_on < present])


def lines(
    course: Course, now: datetime, *, books: Enrollment | None = None, joins: Enrollment | None = None
) -> list[HoursLine]:
    """Every office hour, and every date that one was moved away from, by date and start."""
    found = []
    rows = list(course.office_hours.in_order())
    openings = slots.openings(rows, books, now) if books else {}
    joinable = desk.open_to(joins) if joins and any(row.is_on(now) for row in rows) else {}
    for row in rows:
        standing, is_past, is_now = row.standing(now), row.is_over(now), row.is_on(now)
        is_in = joinable.get(row.pk) if is_now else None
        opening = openings.get(row.pk)
        found.append(HoursLine(row, row.date, standing, is_past, is_now=is_now, opening=opening, is_in_queue=is_in))
        if row.is_on_another_date and not row.is_cancelled:
            found.append(HoursLine(row, row.on, standing, is_past, is_former=True))
    return sorted(found, key=lambda line: (line.date, line.hours.start, line.hours.series_id))


def as_json(row: OfficeHours, now: datetime) -> dict[str, Any]:
    """Office hours of one date in the keys of `office_hours_week --format json`."""
    original = {"date": f"{row.on}", "start": f"{row.rule_start:%H:%M}", "end": f"{row.rule_end:%H:%M}"}
    return {
        "date": f"{row.date}",
        "weekday": f"{row.date:%A}".lower(),
        "start": f"{row.start:%H:%M}",
        "end": f"{row.end:%H:%M}",
        "mode": row.mode,
        "place": row.place,
        "state": str(row.standing(now)),
        "reason": row.reason,
        "original": original if row.is_moved else None,
    }
