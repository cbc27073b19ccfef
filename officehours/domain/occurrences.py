"""The dates of office hours, from their weekly rule and what differs on one date. Nothing of it is stored.

Every date is made local on its own, so 14:30 stays 14:30 across the end of summer time.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from courses.domain import calendar
from courses.models import Course
from courses.models.meeting import Weekday
from officehours.models import HoursChange, HoursSeries
from officehours.models.hours import Mode

WEEK = timedelta(days=7)
SEEN = ("start", "end", "mode", "place")  # a date on which one of these differs is a moved one


class State(StrEnum):
    """How a date stands; a cancelled or moved one stays so when it is past."""

    OPEN = "open"
    PAST = "past"
    MOVED = "moved"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Occurrence:
    """Office hours on one date. `on` is the rule's date, by which they are known; the rest is how they are held."""

    series: HoursSeries
    on: date
    date: date
    start: time
    end: time
    mode: str
    place: str
    url: str
    reason: str
    is_cancelled: bool
    is_moved: bool  # held otherwise than the rule says; a cancelled one was to be
    is_held_anyway: bool  # also on a day without class
    starts_at: datetime
    ends_at: datetime

    @property
    def uid(self) -> str:
        """The calendar event that this is: one a week of the series, whatever becomes of it."""
        return f"{self.series.lineage}-{monday(self.on)}"

    @property
    def is_on_another_date(self) -> bool:
        """Whether it was moved away from the rule's date."""
        return self.date != self.on

    @property
    def mode_label(self) -> str:
        """In person, online or both, in words."""
        return str(Mode(self.mode).label)

    def where(self, place: str) -> str:
        """A place with how one comes, unless in person: "HALL 2, in person and online"; the mode if there is none."""
        if self.mode == Mode.IN_PERSON or not place:
            return place or self.mode_label
        return f"{self.mode_label}, {place}" if self.mode == Mode.ONLINE else f"{place}, {self.mode_label.lower()}"

    def state(self, now: datetime) -> State:
        """How it stands at an instant."""
        if self.is_cancelled:
            return State.CANCELLED
        if self.is_moved:
            return State.MOVED
        return State.PAST if self.is_over(now) else State.OPEN

    def is_over(self, now: datetime) -> bool:
        """Whether its end has come."""
        return self.ends_at <= now

    def has_begun(self, now: datetime) -> bool:
        """Whether its beginning has come."""
        return self.starts_at <= now

    def is_on(self, now: datetime) -> bool:
        """Whether they are being held at an instant."""
        return not self.is_cancelled and self.has_begun(now) and not self.is_over(now)


def of_course(course: Course, *, since: date | None = None, until: date | None = None) -> list[Occurrence]:
    """The office hours of a course that are held (or cancelled) from one date to another, by date and start."""
    off = {day.date: day.reason for day in course.no_class_days.all()}
    series = course.hours_series.select_related("host", "course").prefetch_related("changes")
    found = [occurrence for one in series for occurrence in of_series(one, off, course.zone)]
    return sorted(
        (one for one in found if (since is None or since <= one.date) and (until is None or one.date <= until)),
        key=lambda one: (one.date, one.start, one.series.position, one.series.pk),
    )


def by_uid(course: Course) -> dict[str, Occurrence]:
    """The office hours of a course by what stays of a date, whatever becomes of it."""
    return {one.uid: one for one in of_course(course)}


def of_series(series: HoursSeries, off: Mapping[date, str], zone: ZoneInfo) -> Iterator[Occurrence]:
    """Every date of a series; `off` holds the days without class and why."""
    changes = {change.date: change for change in series.changes.all()}
    for day in dates(series):
        yield _on(series, day, changes.get(day), off.get(day), zone)


def to_come(series: HoursSeries, now: datetime) -> Iterator[Occurrence]:
    """The dates of a series that are to be held by its rule and its changes, and are not over."""
    every = of_series(series, {}, series.course.zone)
    return (one for one in every if not one.is_cancelled and not one.is_over(now))


def dates(series: HoursSeries) -> Iterator[date]:
    """The dates of the weekly rule."""
    day = on_or_after(series.first_on, series.weekday)
    while day <= series.last_on:
        yield day
        day += WEEK


def why_not(day: date, weekday: int, first_on: date, last_on: date) -> str:
    """Why weekly hours have no date on a day, naming its real weekday; empty if they have."""
    if day.weekday() != weekday:
        return f"{calendar.long_date(day)} is a {day:%A}; these office hours are on {Weekday(weekday).label}."
    if not first_on <= day <= last_on:
        return f"{calendar.long_date(day)} is not between {first_on} and {last_on}, when these office hours are held."
    return ""


def on_or_after(day: date, weekday: int) -> date:
    """The first date with this weekday."""
    return day + timedelta(days=(weekday - day.weekday()) % 7)


def monday(day: date) -> date:
    """The Monday of a date's week."""
    return day - timedelta(days=day.weekday())


def instants(day: date, start: time, end: time, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """When wall-clock hours of a date begin and end (UTC).

    Hours that lie in the hour that the clocks skip begin after it, and last as long as they say.
    """
    starts_at, ends_at = (datetime.combine(day, wall, tzinfo=zone).astimezone(UTC) for wall in (start, end))
    if ends_at <= starts_at:
        ends_at = starts_at + (datetime.combine(day, end) - datetime.combine(day, start))
    return starts_at, ends_at


def find(occurrences: Iterable[Occurrence], series_pk: int, on: date) -> Occurrence | None:
    """The one of a series that the rule gives for a date."""
    return next((one for one in occurrences if one.series.pk == series_pk and one.on == on), None)


def _on(series: HoursSeries, day: date, change: HoursChange | None, off: str | None, zone: ZoneInfo) -> Occurrence:
    held = {name: getattr(series, name) for name in ("start", "end", "mode", "place", "url")}
    said = {name: getattr(change, name) for name in held if change is not None and getattr(change, name) is not None}
    new_date = (change.new_date if change else None) or day
    is_held_anyway = new_date != day or "start" in said or "end" in said or bool(change and change.is_held)
    is_cancelled = bool(change and change.is_cancelled) or (off is not None and not is_held_anyway)
    as_held = {**held, **said}
    starts_at, ends_at = instants(new_date, as_held["start"], as_held["end"], zone)
    return Occurrence(
        series=series,
        on=day,
        date=new_date,
        reason=(change.reason if change else "") or (off or "" if is_cancelled else ""),
        is_cancelled=is_cancelled,
        is_held_anyway=is_held_anyway,
        is_moved=new_date != day or any(as_held[name] != held[name] for name in SEEN),
        starts_at=starts_at,
        ends_at=ends_at,
        **as_held,
    )
