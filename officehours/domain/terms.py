"""What office hours say of their dates (wall-clock, course zone), and what cannot be said."""

from dataclasses import dataclass
from datetime import date, time, timedelta

from accounts.errors import DomainError
from courses.domain import calendar
from officehours.domain import occurrences
from officehours.models import HoursSeries
from officehours.models.hours import Mode

LONGEST = timedelta(days=800)  # as the course file has it


@dataclass(frozen=True)
class Terms:
    """What a series says of each of its dates (wall-clock, course zone)."""

    weekday: int
    start: time
    end: time
    mode: str = Mode.IN_PERSON
    place: str = ""
    url: str = ""
    title: str = ""


@dataclass(frozen=True)
class Held:
    """How one date is held instead."""

    date: date
    start: time
    end: time
    mode: str
    place: str
    url: str


def terms_of(series: HoursSeries) -> Terms:
    """What a series says now."""
    return Terms(**{name: getattr(series, name) for name in Terms.__dataclass_fields__})


def check_hours(start: time, end: time) -> None:
    """Raise DomainError for hours that end before they start."""
    if start.second or end.second:
        raise DomainError("Office hours begin and end at a full minute, like 14:30.")
    if end <= start:
        raise DomainError(f"Office hours cannot end at {end:%H:%M} when they start at {start:%H:%M}.")


def why_no_span(weekday: int, first_on: date, last_on: date) -> str:
    """Why office hours cannot be held weekly from one date to another; empty if they can."""
    if last_on - first_on > LONGEST or {first_on.year, last_on.year} - set(calendar.YEARS):
        return f"From {first_on} to {last_on} is more than a course lasts ({LONGEST.days} days at most)."
    if occurrences.on_or_after(first_on, weekday) > last_on:
        return f"There is no such weekday between {first_on} and {last_on}: these hours would have no date."
    return ""
