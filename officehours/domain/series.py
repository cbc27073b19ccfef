from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction

from accounts.errors import DomainError
from accounts.models import User
from courses.domain import calendar, ical, publishing
from courses.models import Course
from courses.models.meeting import Weekday
from officehours.domain import slots
from officehours.models import HoursSeries, OfficeHours
from officehours.models.hours import TERMS, Mode, monday

LONGEST = timedelta(days=800)  # as the course file has it
WEEK = timedelta(days=7)
State = OfficeHours.State


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


def terms_of(series: HoursSeries) -> Terms:
    return Terms(**{name: getattr(series, name) for name in Terms.__dataclass_fields__})


def check_hours(start: time, end: time) -> None:
    if start.second or end.second:
        raise DomainError("Office hours begin and end at a full minute, like 14:30.")
    if end <= start:
        raise DomainError(f"Office hours cannot end at {end:%H:%M} when they start at {start:%H:%M}.")


def why_no_span(weekday: int, first_on: date, last_on: date) -> str:
    """Why office hours cannot take place weekly from one date to another; empty if they can."""
    if last_on - first_on > LONGEST or {first_on.year, last_on.year} - set(calendar.YEARS):
        return f"From {first_on} to {last_on} is more than a course lasts ({LONGEST.days} days at most)."
    if on_or_after(first_on, weekday) > last_on:
        return f"There is no such weekday between {first_on} and {last_on}: these hours would have no date."
    return ""


def reason_against_date(day: date, weekday: int, first_on: date, last_on: date) -> str:
    """Why weekly hours have no date on a day, naming its real weekday; empty if they have."""
    if day.weekday() != weekday:
        return f"{calendar.long_date(day)} is a {day:%A}; these office hours are on {Weekday(weekday).label}."
    if not first_on <= day <= last_on:
        return f"{calendar.long_date(day)} is not between {first_on} and {last_on}, when these office hours are held."
    return ""


def on_or_after(day: date, weekday: int) -> date:
    return day + timedelta(days=(weekday - day.weekday()) % 7)


def rule_dates(series: HoursSeries) -> Iterator[date]:
    day = on_or_after(series.first_on, series.weekday)
    while day <= series.last_on:
        yield day
        day += WEEK


def days_off(course: Course) -> dict[date, str]:
    return {off.date: off.reason for off in course.no_class_days.all()}


def digest_of(hours: OfficeHours) -> str:
    shown = (hours.mode, hours.place, hours.url, hours.is_cancelled, hours.reason, hours.series.name, hours.host)
    return ical.digest(hours.course.code, hours.course.timezone, hours.starts_at, hours.ends_at, *shown)


def laid_out(
    series: HoursSeries,
    off: Mapping[date, str],
    have: Collection[date],
    own: Mapping[date, Mapping[str, Any]] | None = None,
) -> list[OfficeHours]:
    """The rows of a series that are missing, not saved; `have` are the Mondays of the weeks that have one.

    `own` says how single dates take place: fields of OfficeHours, by the Monday of their week.
    """
    rule = {name: getattr(series, name) for name in TERMS}
    rows = []
    for day in rule_dates(series):
        if monday(day) in have:
            continue
        row = OfficeHours(course=series.course, series=series, host=series.host, on=day, date=day, **rule,
                          **{f"rule_{name}": value for name, value in rule.items()})  # fmt: skip
        row.localize()
        row = with_own_terms(row, (own or {}).get(monday(day), {}))
        follow_days_off(row, off)
        rows.append(row)
    return rows


def with_own_terms(hours: OfficeHours, own: Mapping[str, Any]) -> OfficeHours:
    if not own:
        hours.is_changed = hours.is_changed and hours.differs_from_rule
        return hours
    after = hours.copy(**own)
    after.is_changed = after.differs_from_rule
    return after


def follow_days_off(hours: OfficeHours, off: Mapping[date, str]) -> None:
    """Cancel a date by rule on a day without class, or let it take place again on one with class; not saved."""
    if hours.state == State.SCHEDULED and hours.on in off and not hours.ignores_days_off:
        hours.state, hours.reason = State.DAY_OFF, off[hours.on]
    elif hours.state == State.DAY_OFF and (hours.on not in off or hours.ignores_days_off):
        hours.state, hours.reason = State.SCHEDULED, ""
    elif hours.state == State.DAY_OFF:
        hours.reason = off[hours.on]


def first_day(course: Course, now: datetime) -> date:
    """From when on new office hours take place, unless staff say otherwise: no date of theirs has been."""
    return max(calendar.local_date(course, now), course.starts_on)


@transaction.atomic
def create(
    course: Course,
    *,
    host: User,
    terms: Terms,
    first_on: date,
    last_on: date,
    now: datetime,
    key: str = "",
    own: Mapping[date, Mapping[str, Any]] | None = None,
) -> HoursSeries:
    """New weekly office hours with a row for each date. Asking twice gives the same, as long as none was changed.

    `own` is that of `laid_out`. Raises DomainError for hours that end before they start, or without a single date.
    """
    publishing.check(terms.title, terms.place, terms.url)
    slots.lock(course, also=[host.pk])
    check_hours(terms.start, terms.end)
    if no := why_no_span(terms.weekday, first_on, last_on):
        raise DomainError(no)
    same = course.hours_series.filter(host=host, first_on=first_on, last_on=last_on, **asdict(terms))
    untouched = same.exclude(dates__is_changed=True).exclude(dates__state=State.CANCELLED)
    if not key and (made := untouched.first()):
        return made
    series = HoursSeries.objects.create(
        course=course,
        host=host,
        key=key or free_key(course, default_key(host.email, terms.weekday, terms.start)),
        first_on=first_on,
        last_on=last_on,
        position=course.hours_series.count(),
        **asdict(terms),
    )
    rows = laid_out(series, days_off(course), (), own)
    for row in rows:
        row.published_digest, row.changed_at = digest_of(row), now
    OfficeHours.objects.bulk_create(rows)
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


def default_key(email: str, weekday: int, start: time) -> str:
    """What the course file knows a series by that has no key of its own: its host, weekday and start."""
    weekdays = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    key = f"{email} {weekdays[weekday]} {start:%H:%M}"
    return key if len(key) <= 60 else f"{key[:9]}-{ical.digest(key)[:16]}-{weekdays[weekday]}-{start:%H:%M}"


def free_key(course: Course, wanted: str) -> str:
    taken = set(course.hours_series.values_list("key", flat=True))
    key, n = wanted, 2
    while key in taken:
        key, n = f"{wanted[:56]} {n}", n + 1
    return key


def check_to_come(hours: OfficeHours, now: datetime) -> None:
    if hours.is_over(now):
        raise DomainError(f"The office hours of {calendar.long_date(hours.date)} are over; they stay as they were.")


def own_terms(hours: OfficeHours) -> dict[str, Any]:
    return {"date": hours.date, **{name: getattr(hours, name) for name in TERMS}}
