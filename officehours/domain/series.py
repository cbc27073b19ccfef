"""Changing office hours: one date, from a date on, or all to come. What was changed on one date survives it all.

Each verb ends by letting bookings and calendars follow; see `after_change`.
"""

from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import date, datetime, time
from typing import Any

from django.db import transaction

from accounts.errors import DomainError
from accounts.models import User
from courses.domain import calendar, publishing
from courses.models import Course
from officehours.domain import following, hosts, occurrences, parts, slots, told
from officehours.domain.occurrences import Occurrence
from officehours.domain.terms import Held, Terms, check_hours, why_no_span
from officehours.models import HoursChange, HoursSeries


def first_day(course: Course, now: datetime) -> date:
    """From when on new office hours are held, unless staff say otherwise: no date of theirs has been."""
    return max(calendar.local_date(course, now), course.starts_on)


@transaction.atomic
def create(course: Course, *, host: User, terms: Terms, first_on: date, last_on: date, now: datetime) -> HoursSeries:
    """New weekly office hours. Asking twice gives the same, as long as nothing of them was changed.

    Raises DomainError for hours that end before they start, or without a single date.
    """
    publishing.check(terms.title, terms.place, terms.url)
    slots.lock(course, also=[host.pk])
    check_hours(terms.start, terms.end)
    if no := why_no_span(terms.weekday, first_on, last_on):
        raise DomainError(no)
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


def publish(course: Course, *, host: User, terms: Terms, first_on: date, last_on: date, now: datetime) -> HoursSeries:
    """New weekly office hours from today on, or later. Raises DomainError for dates that nobody could have come on."""
    today = calendar.local_date(course, now)
    if first_on < today:
        raise DomainError(
            f"{calendar.long_date(first_on)} is past, and nobody could have come then. Nothing was published; "
            "begin today or later."
        )
    return create(course, host=host, terms=terms, first_on=first_on, last_on=last_on, now=now)


def on_rule(series: HoursSeries, day: date) -> Occurrence:
    """The office hours of a date of the rule. Raises DomainError, naming the real weekday, for any other date."""
    if no := occurrences.why_not(day, series.weekday, series.first_on, series.last_on):
        raise DomainError(no)
    off = {off.date: off.reason for off in series.course.no_class_days.filter(date=day)}
    return next(one for one in occurrences.of_series(series, off, series.course.zone) if one.on == day)


@transaction.atomic
def cancel_date(series: HoursSeries, on: date, *, reason: str, now: datetime) -> None:
    """Cancel one date that is to come; it stays visible, where it was to be held, with the reason."""
    before = _lock(series)
    _check_to_come(on_rule(series, on), now)
    _cancel(series, on, reason)
    after_change(series.course, now, before=before)


@transaction.atomic
def change_date(
    series: HoursSeries, on: date, held: Held, *, reason: str, now: datetime, may_displace: bool = False
) -> None:
    """Hold one date otherwise. Raises DomainError for a date or hours that are past, or end before they start."""
    before = _lock(series)
    _check_to_come(on_rule(series, on), now)
    check_hours(held.start, held.end)
    _, ends_at = occurrences.instants(held.date, held.start, held.end, series.course.zone)
    if ends_at <= now:
        raise DomainError("That time is past already; nothing was changed. Choose one that is to come.")
    said = _differing(asdict(held), series)
    said.pop("date", None)
    moved = {"new_date": held.date} if held.date != on else {}
    fields = {**parts.FOLLOWS_RULE, **said, **moved, "is_held": _is_off(series, on), "reason": reason}
    _put(series, on, fields)
    after_change(series.course, now, before=before, may_displace=may_displace)


def hold_anyway(series: HoursSeries, on: date) -> None:
    """Hold one date also on a day without class; what else differs on it stays."""
    HoursChange.objects.update_or_create(series=series, date=on, defaults={"is_held": True})


@transaction.atomic
def restore_date(series: HoursSeries, on: date, *, now: datetime) -> None:
    """Hold one date after all: a cancelled one as it was to be held, any other as the rule says, also without class."""
    before = _lock(series)
    hosts.check_holds(series)
    _check_to_come(on_rule(series, on), now)
    cancelled = series.changes.filter(date=on, is_cancelled=True).values(*parts.FOLLOWS_RULE).first()
    fields = {**parts.FOLLOWS_RULE, **(cancelled or {}), "is_cancelled": False}
    _put(series, on, {**fields, "is_held": _is_off(series, on), "reason": ""})
    _check_to_come(on_rule(series, on), now)
    after_change(series.course, now, before=before)


@transaction.atomic
def change_from(
    series: HoursSeries,
    on: date,
    terms: Terms,
    *,
    now: datetime,
    may_displace: bool = False,
    reason: str = "",
    typed: Collection[str] | None = None,
) -> HoursSeries:
    """Change a series from one of its dates on; what was before stays. The series that holds from then on.

    The series is split there, and what was changed on single dates goes along with its week. Parts that it was split
    into before change in what differs, and keep the rest.

    What differs is what was `typed` of the terms, which then is of the date itself too, whatever was changed on it.
    """
    before = _lock(series)
    _check_to_come(on_rule(series, on), now)
    first, *later = parts.since(series)
    fields = _checked(terms, series, typed)
    holds = parts.bring(first, on, fields, now)
    for part in later:
        parts.bring(part, part.first_on, fields, now)
    if typed:
        parts.take(series, on, fields)
    after_change(series.course, now, before=before, may_displace=may_displace, reason=reason)
    return holds


@transaction.atomic
def change_to_come(
    series: HoursSeries,
    terms: Terms,
    *,
    now: datetime,
    may_displace: bool = False,
    reason: str = "",
    typed: Collection[str] | None = None,
    seen_from: date | None = None,
) -> None:
    """Change every date of a series, with all its parts, that is not over; those that are stay as they were.

    What was `typed` of the terms is of the date that it was `seen_from` too, whatever was changed on it.
    """
    before = _lock(series)
    fields, every = _checked(terms, series, typed), parts.every(series)
    if all(one.is_over(now) for part in every for one in occurrences.of_series(part, {}, series.course.zone)):
        raise DomainError("These office hours are all past; what was stays as it was. Make new ones instead.")
    shown = on_rule(series, seen_from) if seen_from else None
    for part in every:
        parts.bring(part, part.first_on, fields, now)
    if typed and shown and not shown.is_over(now):
        parts.take(series, shown.on, fields)
    after_change(series.course, now, before=before, may_displace=may_displace, reason=reason)


@transaction.atomic
def rename(series: HoursSeries, title: str, *, now: datetime) -> None:
    """Give a series, with all parts that it was split into, another name; nothing else of it changes."""
    before = _lock(series)
    series.course.hours_series.filter(lineage=series.lineage).update(title=title)
    series.title = title
    after_change(series.course, now, before=before)


@transaction.atomic
def end_before(series: HoursSeries, on: date, *, reason: str, now: datetime) -> None:
    """Hold a series no more from one of its dates on: each that is to come is cancelled; what was before stays."""
    before = _lock(series)
    _check_to_come(on_rule(series, on), now)
    for part in parts.since(series):
        cancelled = set(part.changes.filter(is_cancelled=True).values_list("date", flat=True))
        for one in occurrences.of_series(part, {}, series.course.zone):
            if one.on >= on and one.on not in cancelled and not one.is_over(now):
                _cancel(part, one.on, reason)
    after_change(series.course, now, before=before)


def after_change(
    course: Course,
    now: datetime,
    *,
    before: Mapping[str, Occurrence] | None = None,
    may_displace: bool = False,
    quietly: bool = False,
    reason: str = "",
) -> None:
    """Let bookings, queues and what calendars are told follow; whoever is booked gets a letter, or (`quietly`) later.

    `before` is how the office hours of the course were held (by uid), as far as that is known.

    Raises DomainError for bookings that no longer fit, unless they may be displaced (cancelled).
    """
    following.follow(course, before or {}, now=now, may_displace=may_displace, quietly=quietly, reason=reason)
    told.tell(course, occurrences.of_course(course), now)


def default_key(email: str, weekday: int, start: time) -> str:
    """What the course file knows a series by that has no key of its own: its host, weekday and start."""
    weekdays = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    key = f"{email} {weekdays[weekday]} {start:%H:%M}"
    return key if len(key) <= 60 else f"{key[:9]}-{told.digest(key)[:16]}-{weekdays[weekday]}-{start:%H:%M}"


def _put(series: HoursSeries, on: date, fields: dict[str, object]) -> None:
    """Write what differs on a date, be it that it has no place; nothing that differs, and no reason, is no row."""
    if all(value is None or value is False for value in {**fields, "reason": fields["reason"] or None}.values()):
        series.changes.filter(date=on).delete()
        return
    HoursChange.objects.update_or_create(series=series, date=on, defaults=fields)


def _cancel(series: HoursSeries, on: date, reason: str) -> None:
    """Mark a date as not held; where it was moved to stays known."""
    fields = {"is_cancelled": True, "is_held": False, "reason": reason}
    HoursChange.objects.update_or_create(series=series, date=on, defaults=fields)


def _checked(terms: Terms, series: HoursSeries, typed: Collection[str] | None) -> dict[str, Any]:
    check_hours(terms.start, terms.end)
    return _differing(asdict(terms), series) if typed is None else {name: asdict(terms)[name] for name in typed}


def _differing(said: dict[str, Any], series: HoursSeries) -> dict[str, Any]:
    """What is said otherwise than a series says it; of its hours both or none."""
    names = {name for name, value in said.items() if value != getattr(series, name, None)}
    names |= {"start", "end"} if names & {"start", "end"} else set()
    return {name: said[name] for name in names}


def _lock(series: HoursSeries) -> dict[str, Occurrence]:
    """Let nobody else change these office hours or take their time until the transaction ends; how all are held now."""
    slots.lock(series.course)
    series.refresh_from_db()
    return occurrences.by_uid(series.course)


def _is_off(series: HoursSeries, on: date) -> bool:
    return bool(series.course.no_class_days.filter(date=on).exists())


def _check_to_come(one: Occurrence, now: datetime) -> None:
    if one.is_over(now):
        raise DomainError(f"The office hours of {calendar.long_date(one.date)} are over; they stay as they were.")
