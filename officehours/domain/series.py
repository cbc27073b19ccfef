"""Changing office hours: one date, from a date on, or all to come. What was changed on one date survives it all.

Each verb ends by letting bookings and calendars follow; see `after_change`.
"""

from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction

from accounts.errors import RuleBroken
from accounts.models import User
from courses.domain import calendar
from courses.models import Course
from officehours.domain import following, hosts, occurrences, parts, slots, told
from officehours.domain.occurrences import Occurrence
from officehours.models import HoursChange, HoursSeries
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


def first_day(course: Course, now: datetime) -> date:
    """From when on new office hours are held, unless staff say otherwise: no date of theirs has been."""
    return max(calendar.local_date(course, now), course.starts_on)


@transaction.atomic
def create(course: Course, *, host: User, terms: Terms, first_on: date, last_on: date, now: datetime) -> HoursSeries:
    """New weekly office hours. Asking twice gives the same, as long as nothing of them was changed.

    Raises RuleBroken for hours that end before they start, or without a single date.
    """
    slots.lock(course, also=[host.pk])
    check_hours(terms.start, terms.end)
    if no := why_no_span(terms.weekday, first_on, last_on):
        raise RuleBroken(no)
    same = course.hours_series.filter(host=host, first_on=first_on, last_on=last_on, **asdict(terms), changes=None)
    if made := same.first():
        return made
    position = course.hours_series.count()
    series = HoursSeries.objects.create(
        course=course,
        host=host,
        key=parts.free_key(course, default_key(host.email, terms.weekday, terms.start)),
        first_on=first_on,
        last_on=last_on,
        position=position,
        **asdict(terms),
    )
    after_change(course, now)
    return series


def on_rule(series: HoursSeries, day: date) -> Occurrence:
    """The office hours of a date of the rule. Raises RuleBroken, naming the real weekday, for any other date."""
    if no := occurrences.why_not(day, series.weekday, series.first_on, series.last_on):
        raise RuleBroken(no)
    off = {off.date: off.reason for off in series.course.no_class_days.filter(date=day)}
    return next(one for one in occurrences.of_series(series, off, series.course.zone) if one.on == day)


@transaction.atomic
def cancel_date(series: HoursSeries, on: date, *, reason: str, now: datetime) -> None:
    """Cancel one date that is to come; it stays visible, where it was to be held, with the reason."""
    _lock(series)
    _check_to_come(on_rule(series, on), now)
    _cancel(series, on, reason)
    after_change(series.course, now)


@transaction.atomic
def change_date(
    series: HoursSeries, on: date, held: Held, *, reason: str, now: datetime, may_displace: bool = False
) -> None:
    """Hold one date otherwise. Raises RuleBroken for a date or hours that are past, or end before they start."""
    _lock(series)
    _check_to_come(on_rule(series, on), now)
    check_hours(held.start, held.end)
    _, ends_at = occurrences.instants(held.date, held.start, held.end, series.course.zone)
    if ends_at <= now:
        raise RuleBroken("That time is past already; nothing was changed. Choose one that is to come.")
    said = _differing(asdict(held), series)
    said.pop("date", None)
    moved = {"new_date": held.date} if held.date != on else {}
    fields = {**parts.FOLLOWS_RULE, **said, **moved, "is_held": _is_off(series, on), "reason": reason}
    _put(series, on, fields)
    after_change(series.course, now, may_displace=may_displace)


@transaction.atomic
def restore_date(series: HoursSeries, on: date, *, now: datetime) -> None:
    """Hold one date as the rule says after all, also on a day without class."""
    _lock(series)
    hosts.check_holds(series)
    _check_to_come(on_rule(series, on), now)
    _put(series, on, {**parts.FOLLOWS_RULE, "is_held": _is_off(series, on), "reason": ""})
    after_change(series.course, now)


@transaction.atomic
def change_from(
    series: HoursSeries, on: date, terms: Terms, *, now: datetime, may_displace: bool = False, reason: str = ""
) -> HoursSeries:
    """Change a series from one of its dates on; what was before stays. The series that holds from then on.

    The series is split there, and what was changed on single dates goes along with its week. Parts that it was split
    into before change in what differs, and keep the rest.
    """
    _lock(series)
    _check_to_come(on_rule(series, on), now)
    first, *later = parts.since(series)
    fields = _checked(terms, series)
    holds = parts.bring(first, on, fields, now)
    for part in later:
        parts.bring(part, part.first_on, fields, now)
    after_change(series.course, now, may_displace=may_displace, reason=reason)
    return holds


@transaction.atomic
def change_to_come(
    series: HoursSeries, terms: Terms, *, now: datetime, may_displace: bool = False, reason: str = ""
) -> None:
    """Change every date of a series, with all its parts, that is not over; those that are stay as they were."""
    _lock(series)
    fields, every = _checked(terms, series), parts.every(series)
    if all(one.is_over(now) for part in every for one in occurrences.of_series(part, {}, series.course.zone)):
        raise RuleBroken("These office hours are all past; what was stays as it was. Make new ones instead.")
    for part in every:
        parts.bring(part, part.first_on, fields, now)
    after_change(series.course, now, may_displace=may_displace, reason=reason)


@transaction.atomic
def rename(series: HoursSeries, title: str, *, now: datetime) -> None:
    """Give a series, with all parts that it was split into, another name; nothing else of it changes."""
    _lock(series)
    series.course.hours_series.filter(lineage=series.lineage).update(title=title)
    series.title = title
    after_change(series.course, now)


@transaction.atomic
def end_before(series: HoursSeries, on: date, *, reason: str, now: datetime) -> None:
    """Hold a series no more from one of its dates on: each that is to come is cancelled; what was before stays."""
    _lock(series)
    _check_to_come(on_rule(series, on), now)
    for part in parts.since(series):
        cancelled = set(part.changes.filter(is_cancelled=True).values_list("date", flat=True))
        for one in occurrences.of_series(part, {}, series.course.zone):
            if one.on >= on and one.on not in cancelled and not one.is_over(now):
                _cancel(part, one.on, reason)
    after_change(series.course, now)


def after_change(
    course: Course, now: datetime, *, may_displace: bool = False, quietly: bool = False, reason: str = ""
) -> None:
    """Let bookings, queues and what calendars are told follow; whoever is booked gets a letter, or (`quietly`) later.

    Raises RuleBroken for bookings that no longer fit, unless they may be displaced (cancelled).
    """
    following.follow(course, now=now, may_displace=may_displace, quietly=quietly, reason=reason)
    told.tell(course, occurrences.of_course(course), now)


def default_key(email: str, weekday: int, start: time) -> str:
    """What the course file knows a series by that has no key of its own: its host, weekday and start."""
    weekdays = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    key = f"{email} {weekdays[weekday]} {start:%H:%M}"
    return key if len(key) <= 60 else f"{key[:9]}-{told.digest(key)[:16]}-{weekdays[weekday]}-{start:%H:%M}"


def _put(series: HoursSeries, on: date, fields: dict[str, object]) -> None:
    """Write what differs on a date; nothing that differs is no row."""
    if not any(value for value in fields.values()):
        series.changes.filter(date=on).delete()
        return
    HoursChange.objects.update_or_create(series=series, date=on, defaults=fields)


def _cancel(series: HoursSeries, on: date, reason: str) -> None:
    """Mark a date as not held; where it was moved to stays known."""
    fields = {"is_cancelled": True, "is_held": False, "reason": reason}
    HoursChange.objects.update_or_create(series=series, date=on, defaults=fields)


def _checked(terms: Terms, series: HoursSeries) -> dict[str, Any]:
    check_hours(terms.start, terms.end)
    return _differing(asdict(terms), series)


def _differing(said: dict[str, Any], series: HoursSeries) -> dict[str, Any]:
    """What is said otherwise than a series says it; of its hours both or none."""
    names = {name for name, value in said.items() if value != getattr(series, name, None)}
    names |= {"start", "end"} if names & {"start", "end"} else set()
    return {name: said[name] for name in names}


def _lock(series: HoursSeries) -> None:
    """Let nobody else change these office hours or take their time until the transaction ends; see them as they are."""
    slots.lock(series.course)
    series.refresh_from_db()


def _is_off(series: HoursSeries, on: date) -> bool:
    return bool(series.course.no_class_days.filter(date=on).exists())


def _check_to_come(one: Occurrence, now: datetime) -> None:
    if one.is_over(now):
        raise RuleBroken(f"The office hours of {calendar.long_date(one.date)} are over; they stay as they were.")


def check_hours(start: time, end: time) -> None:
    """Raise RuleBroken for hours that end before they start."""
    if start.second or end.second:
        raise RuleBroken("Office hours begin and end at a full minute, like 14:30.")
    if end <= start:
        raise RuleBroken(f"Office hours cannot end at {end:%H:%M} when they start at {start:%H:%M}.")


def why_no_span(weekday: int, first_on: date, last_on: date) -> str:
    """Why office hours cannot be held weekly from one date to another; empty if they can."""
    if last_on - first_on > LONGEST or {first_on.year, last_on.year} - set(calendar.YEARS):
        return f"From {first_on} to {last_on} is more than a course lasts ({LONGEST.days} days at most)."
    if occurrences.on_or_after(first_on, weekday) > last_on:
        return f"There is no such weekday between {first_on} and {last_on}: these hours would have no date."
    return ""
