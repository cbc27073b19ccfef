"""Changing office hours: one date, from a date on, or all to come. What was changed on one date survives it all.

Each verb ends by letting bookings and calendars follow; see `after_change`.
"""

from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import F

from accounts.errors import RuleBroken
from accounts.models import User
from courses.domain import calendar
from courses.models import Course
from officehours.domain import bookings, occurrences, told
from officehours.domain.occurrences import Occurrence
from officehours.models import HoursChange, HoursSeries
from officehours.models.hours import Mode

DAY = timedelta(days=1)
FOLLOWS_RULE = {"new_date": None, "start": None, "end": None, "mode": None, "place": None, "url": None}


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


@transaction.atomic
def create(course: Course, *, host: User, terms: Terms, first_on: date, last_on: date, now: datetime) -> HoursSeries:
    """New weekly office hours. Raises RuleBroken for hours that end before they start, or without a single date."""
    _check_hours(terms.start, terms.end)
    _check_span(terms.weekday, first_on, last_on)
    position = course.hours_series.count()
    series = HoursSeries.objects.create(
        course=course,
        host=host,
        key=_free_key(course, default_key(host.email, terms.weekday, terms.start)),
        first_on=first_on,
        last_on=last_on,
        position=position,
        **asdict(terms),
    )
    after_change(course, now)
    return series


def on_rule(series: HoursSeries, day: date) -> Occurrence:
    """The office hours of a date of the rule. Raises RuleBroken, naming the real weekday, for any other date."""
    if day.weekday() != series.weekday:
        raise RuleBroken(
            f"{calendar.long_date(day)} is a {day:%A}; these office hours are on {series.get_weekday_display()}."
        )
    if not series.first_on <= day <= series.last_on:
        raise RuleBroken(
            f"{calendar.long_date(day)} is not between {series.first_on} and {series.last_on}, "
            "when these office hours are held."
        )
    off = {off.date: off.reason for off in series.course.no_class_days.filter(date=day)}
    return next(one for one in occurrences.of_series(series, off, series.course.zone) if one.on == day)


@transaction.atomic
def cancel_date(series: HoursSeries, on: date, *, reason: str, now: datetime) -> None:
    """Cancel one date that is to come; it stays visible with the reason."""
    _check_to_come(on_rule(series, on), now)
    _put(series, on, {**FOLLOWS_RULE, "is_cancelled": True, "reason": reason})
    after_change(series.course, now)


@transaction.atomic
def change_date(
    series: HoursSeries, on: date, held: Held, *, reason: str, now: datetime, may_displace: bool = False
) -> None:
    """Hold one date otherwise. Raises RuleBroken for a date or hours that are past, or end before they start."""
    _check_to_come(on_rule(series, on), now)
    _check_hours(held.start, held.end)
    _, ends_at = occurrences.instants(held.date, held.start, held.end, series.course.zone)
    if ends_at <= now:
        raise RuleBroken("That time is past already; nothing was changed. Choose one that is to come.")
    said = {name: value for name, value in asdict(held).items() if name != "date" and value != getattr(series, name)}
    moved = {"new_date": held.date} if held.date != on else {}
    if not said and not moved and _is_off(series, on):
        said = {"start": held.start, "end": held.end}
    _put(series, on, {**FOLLOWS_RULE, **said, **moved, "is_cancelled": False, "reason": reason})
    after_change(series.course, now, may_displace=may_displace)


@transaction.atomic
def restore_date(series: HoursSeries, on: date, *, now: datetime) -> None:
    """Hold one date as the rule says after all, also on a day without class."""
    _check_to_come(on_rule(series, on), now)
    held = {"start": series.start, "end": series.end} if _is_off(series, on) else {}
    _put(series, on, {**FOLLOWS_RULE, **held, "is_cancelled": False, "reason": ""})
    after_change(series.course, now)


@transaction.atomic
def change_from(
    series: HoursSeries, on: date, terms: Terms, *, now: datetime, may_displace: bool = False
) -> HoursSeries:
    """Change a series from one of its dates on; what was before stays. The series that holds from then on.

    The series is split there, and what was changed on single dates goes along with its week.
    """
    _check_to_come(on_rule(series, on), now)
    _check_hours(terms.start, terms.end)
    if terms != terms_of(series):
        first = on + timedelta(days=terms.weekday - series.weekday)
        if occurrences.instants(first, terms.start, terms.end, series.course.zone)[1] <= now:
            raise RuleBroken(
                f"The first of them would be on {first:%A}, {calendar.long_date(first)}, which is past. "
                "Nothing was changed; begin a week later."
            )
        is_whole = on <= occurrences.on_or_after(series.first_on, series.weekday)
        series = series if is_whole else _split(series, on)
        _bring_to(series, terms)
    after_change(series.course, now, may_displace=may_displace)
    return series


def change_to_come(series: HoursSeries, terms: Terms, *, now: datetime, may_displace: bool = False) -> HoursSeries:
    """Change every date of a series that is not over; those that are stay as they were."""
    return change_from(series, next_date(series, now), terms, now=now, may_displace=may_displace)


@transaction.atomic
def rename(series: HoursSeries, title: str, *, now: datetime) -> None:
    """Give a series, with all parts that it was split into, another name; nothing else of it changes."""
    series.course.hours_series.filter(lineage=series.lineage).update(title=title)
    series.title = title
    after_change(series.course, now)


@transaction.atomic
def end_before(series: HoursSeries, on: date, *, now: datetime) -> None:
    """Hold a series no more from one of its dates on; what was before stays."""
    _check_to_come(on_rule(series, on), now)
    if on <= occurrences.on_or_after(series.first_on, series.weekday):
        bookings.release(series, reason="These office hours have ended.", now=now)
        series.delete()
    else:
        series.last_on = on - DAY
        series.save(update_fields=["last_on"])
    after_change(series.course, now)


def next_date(series: HoursSeries, now: datetime) -> date:
    """The rule's date of the first office hours of a series that are not over. Raises RuleBroken if all are."""
    for one in occurrences.of_series(series, {}, series.course.zone):
        if not one.is_over(now):
            return one.on
    raise RuleBroken("These office hours are all past; what was stays as it was. Make new ones instead.")


def after_change(course: Course, now: datetime, *, may_displace: bool = False, quietly: bool = False) -> None:
    """Let bookings and what calendars are told follow; whoever is booked gets a letter, or (`quietly`) later.

    Raises RuleBroken for bookings that no longer fit, unless they may be displaced (cancelled).
    """
    bookings.follow(course, now=now, may_displace=may_displace, quietly=quietly)
    told.tell(course, occurrences.of_course(course), now)


def default_key(email: str, weekday: int, start: time) -> str:
    """What the course file knows a series by that has no key of its own: its host, weekday and start."""
    weekdays = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    key = f"{email} {weekdays[weekday]} {start:%H:%M}"
    return key if len(key) <= 60 else f"{key[:9]}-{told.digest(key)[:16]}-{weekdays[weekday]}-{start:%H:%M}"


def overlapping(course: Course, series: HoursSeries) -> list[tuple[Occurrence, Occurrence]]:
    """Dates of a series that lie over others of the same host, each with the other."""
    held = [one for one in occurrences.of_course(course) if not one.is_cancelled]
    mine = [one for one in held if one.series.pk == series.pk]
    others = [one for one in held if one.series.pk != series.pk and one.series.host_id == series.host_id]
    return [
        (one, other)
        for one in mine
        for other in others
        if one.starts_at < other.ends_at and other.starts_at < one.ends_at
    ]


def _put(series: HoursSeries, on: date, fields: dict[str, object]) -> None:
    """Write what differs on a date; nothing that differs is no row."""
    if not any(value for value in fields.values()):
        series.changes.filter(date=on).delete()
        return
    HoursChange.objects.update_or_create(series=series, date=on, defaults=fields)


def _split(series: HoursSeries, on: date) -> HoursSeries:
    """Cut a series before a date; the new part takes the changes of its dates along."""
    later = HoursSeries.objects.get(pk=series.pk)
    later.pk, later._state.adding = None, True
    later.key = _free_key(series.course, f"{series.key[:44]} from {on}")
    later.position, later.first_on = series.course.hours_series.count(), on
    later.save()
    HoursSeries.objects.filter(pk=series.pk).update(last_on=on - DAY)
    series.changes.filter(date__gte=on).update(series=later)
    for taken in (series.appointments, series.waiting):
        taken.filter(on__gte=on).update(series=later)
    return later


def _bring_to(series: HoursSeries, terms: Terms) -> None:
    """Give a series other terms; on another weekday every date, changed ones too, moves within its week."""
    by = timedelta(days=terms.weekday - series.weekday)
    if by:
        dates = list(occurrences.dates(series))
        series.first_on, series.last_on = dates[0] + by, dates[-1] + by
        _move_changes(series, by)
    for name, value in asdict(terms).items():
        setattr(series, name, value)
    series.save()


def _move_changes(series: HoursSeries, by: timedelta) -> None:
    changes = sorted(series.changes.all(), key=lambda change: change.date, reverse=by > timedelta())
    for change in changes:
        change.date += by
        change.save(update_fields=["date"])
    for taken in (series.appointments, series.waiting):
        taken.update(on=F("on") + by)


def _free_key(course: Course, wanted: str) -> str:
    taken = set(course.hours_series.values_list("key", flat=True))
    key, n = wanted, 2
    while key in taken:
        key, n = f"{wanted[:56]} {n}", n + 1
    return key


def _is_off(series: HoursSeries, on: date) -> bool:
    return bool(series.course.no_class_days.filter(date=on).exists())


def _check_to_come(one: Occurrence, now: datetime) -> None:
    if one.is_over(now):
        raise RuleBroken(f"The office hours of {calendar.long_date(one.date)} are over; they stay as they were.")


def _check_hours(start: time, end: time) -> None:
    if end <= start:
        raise RuleBroken(f"Office hours cannot end at {end:%H:%M} when they start at {start:%H:%M}.")


def _check_span(weekday: int, first_on: date, last_on: date) -> None:
    if occurrences.on_or_after(first_on, weekday) > last_on:
        raise RuleBroken(f"There is no such weekday between {first_on} and {last_on}: these hours would have no date.")
