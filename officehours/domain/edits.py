"""What staff, a course file or a day without class make of dates: which rows become what. Nothing is written here."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from accounts.errors import DomainError
from accounts.models import User
from courses.domain import calendar
from courses.models import Course
from officehours.domain import slots
from officehours.domain.series import (
    Terms,
    check_hours,
    check_to_come,
    days_off,
    follow_days_off,
    laid_out,
    own_terms,
    why_no_span,
    with_own_terms,
)  # fmt: skip
from officehours.models import HoursSeries, OfficeHours
from officehours.models.hours import TERMS, instants, monday

State = OfficeHours.State


class Scope(StrEnum):
    THIS = "this"
    FROM = "from"
    TO_COME = "to_come"


@dataclass(frozen=True)
class OwnTerms:
    """How one date takes place (wall-clock, course zone)."""

    date: date
    start: time
    end: time
    mode: str
    place: str
    url: str


@dataclass(frozen=True)
class Edit:
    """A change of office hours, seen from one of its dates; without `terms` they are cancelled.

    With `takes_changed` dates that were changed alone take part in a change of more than one.
    """

    hours_pk: int
    scope: Scope
    terms: OwnTerms | None
    title: str | None = None
    reason: str = ""
    may_displace: bool = False
    takes_changed: bool = False


@dataclass(frozen=True)
class ChangedDate:
    """One date before and after a change; a new one was not before."""

    before: OfficeHours | None
    after: OfficeHours

    @property
    def starts(self) -> datetime:
        """When it begins, as it was if it was."""
        return (self.before or self.after).starts_at


@dataclass(frozen=True)
class Changes:
    """What a change makes of a series and its dates; `series` is what is to be saved of it, if anything."""

    dates: list[ChangedDate]
    series: HoursSeries | None = None
    fields: dict[str, Any] = field(default_factory=dict)


def of_edit(course: Course, edit: Edit, now: datetime) -> Changes:
    hours = course.office_hours.in_order().get(pk=edit.hours_pk)
    if edit.terms is None:
        return _cancelled(hours, edit, now)
    check_hours(edit.terms.start, edit.terms.end)
    if edit.scope == Scope.THIS:
        return Changes([ChangedDate(hours, _changed_alone(hours, edit.terms, edit.reason, now))])
    return _changed_many(hours, edit, edit.terms, now)


def _cancelled(hours: OfficeHours, edit: Edit, now: datetime) -> Changes:
    check_to_come(hours, now)
    rows = [hours]
    if edit.scope != Scope.THIS:
        rows = [row for row in _rows(hours.series, now) if row.on >= hours.on and row.state != State.CANCELLED]
    fields = {"state": State.CANCELLED, "reason": edit.reason, "is_kept_on_day_off": False}
    return Changes([ChangedDate(row, row.copy(**fields)) for row in rows])


def _changed_alone(hours: OfficeHours, terms: OwnTerms, reason: str, now: datetime) -> OfficeHours:
    check_to_come(hours, now)
    is_off = hours.course.no_class_days.filter(date=hours.on).exists()
    after = hours.copy(**asdict(terms), state=State.SCHEDULED, reason=reason, is_kept_on_day_off=is_off)
    after.is_changed = after.differs_from_rule
    if after.is_over(now):
        raise DomainError("That time is past already; nothing was changed. Choose one that is to come.")
    return after


def _changed_many(hours: OfficeHours, edit: Edit, terms: OwnTerms, now: datetime) -> Changes:
    rows = _rows(hours.series, now)
    if edit.scope == Scope.FROM:
        check_to_come(hours, now)
        rows = [row for row in rows if row.on >= hours.on]
    elif not rows:
        raise DomainError("These office hours are all past; what was stays as it was. Make new ones instead.")
    typed = _typed(hours, terms)
    if "weekday" in typed and monday(terms.date) != monday(hours.on):
        raise DomainError("To change more than one date, choose a day of the same week; each date moves to that day.")
    fields = typed | ({"title": edit.title} if edit.title not in (None, hours.series.title) else {})
    series = _series_with(hours.series, fields)
    taking = {row.pk for row in rows if edit.takes_changed or row.pk == hours.pk}
    dates = _by_rule(rows, series, typed, now, taking=taking, renamed="title" in fields)
    if "weekday" in fields:
        days = [changed.after.on for changed in dates]
        series.first_on, series.last_on = min(series.first_on, *days), max(series.last_on, *days)
    return Changes(dates, series, fields)


def _typed(hours: OfficeHours, terms: OwnTerms) -> dict[str, Any]:
    """What was typed otherwise than the form showed it; of its hours both ends or none."""
    shown = own_terms(hours)
    typed = {name: value for name, value in asdict(terms).items() if value != shown[name]}
    if {"start", "end"} & typed.keys():
        typed |= {"start": terms.start, "end": terms.end}
    return typed | ({"weekday": typed.pop("date").weekday()} if "date" in typed else {})


def _series_with(series: HoursSeries, fields: Mapping[str, Any]) -> HoursSeries:
    known = {f.attname: getattr(series, f.attname) for f in series._meta.concrete_fields}
    other = HoursSeries(**known)
    other._state.adding, other._state.db = False, series._state.db
    other.course = series.course
    for name, value in fields.items():
        setattr(other, name, value)
    return other


def _rows(series: HoursSeries, now: datetime) -> list[OfficeHours]:
    rows = OfficeHours.objects.in_order().filter(series=series).exclude(state=State.OUTSIDE).to_come(now)
    return list(rows.order_by("on"))


def _by_rule(
    rows: list[OfficeHours],
    series: HoursSeries,
    fields: Mapping[str, Any],
    now: datetime,
    *,
    taking: set[int],
    renamed: bool = False,
) -> list[ChangedDate]:
    """What another rule makes of these rows: each moves within its week; one that was changed alone stays.

    Those in `taking` (by number) take what differs also if they were changed alone. Raises DomainError if the first
    would be past.
    """
    off, found = days_off(series.course), []
    for row in rows:
        after = _with_rule(row, series, fields)
        is_its_own = row.is_changed and row.pk not in taking
        if not is_its_own:
            if row.ignores_days_off and row.on in off:
                after.is_kept_on_day_off = True
            own = {name: fields[name] for name in TERMS if name in fields}
            if "weekday" in fields:
                own["date"] = after.on
            after = after.copy(**own)
            after.is_changed = row.is_changed and after.differs_from_rule
            if after.is_over(now):
                raise DomainError(
                    f"The first of them would be on {after.date:%A}, {calendar.long_date(after.date)}, which is past. "
                    "Nothing was changed; begin a week later."
                )
        if not row.has_begun(now):
            follow_days_off(after, off)
        if renamed or differs(row, after):
            found.append(ChangedDate(row, after))
    return found


def _with_rule(row: OfficeHours, series: HoursSeries, fields: Mapping[str, Any]) -> OfficeHours:
    """A row with what its rule says now; how it takes place is as it was."""
    after = row.copy(series=series, **{f"rule_{name}": fields[name] for name in TERMS if name in fields})
    if "weekday" in fields:
        after.on = monday(row.on) + timedelta(days=fields["weekday"])
    return after


def differs(before: OfficeHours, after: OfficeHours) -> bool:
    """Whether anything is to be written of a row."""
    kept = ("published_digest", "changed_at", "sequence")
    names = [field.attname for field in OfficeHours._meta.concrete_fields if field.attname not in kept]
    return any(getattr(before, name) != getattr(after, name) for name in names)


def of_restoring(hours: OfficeHours, now: datetime) -> Changes:
    """Let one date take place after all: a cancelled one as it was to be, any other as the rule says."""
    slots.check_host_is_on_staff(hours)
    check_to_come(hours, now)
    is_off = hours.course.no_class_days.filter(date=hours.on).exists()
    fields: dict[str, Any] = {"state": State.SCHEDULED, "reason": "", "is_kept_on_day_off": is_off}
    if hours.state != State.CANCELLED:
        rule = {name: getattr(hours, f"rule_{name}") for name in TERMS}
        fields |= {"date": hours.on, "is_changed": False, **rule}
    after = hours.copy(**fields)
    check_to_come(after, now)
    return Changes([ChangedDate(hours, after)])


def of_days_off(course: Course, now: datetime, *, also: Mapping[date, str] | None = None) -> Changes:
    """What the days without class (and `also` some more), and the zone, make of the dates that have not begun."""
    off = days_off(course) | dict(also or {})
    found = []
    for row in course.office_hours.in_order().filter(starts_at__gt=now):
        after = row.copy()
        if (row.starts_at, row.ends_at) != instants(row.date, row.start, row.end, course.zone):
            after.course = course
            after.localize()
        follow_days_off(after, off)
        if differs(row, after):
            found.append(ChangedDate(row, after))
    return Changes(found)


def of_series(
    series: HoursSeries,
    *,
    terms: Terms,
    host: User,
    first_on: date,
    last_on: date,
    now: datetime,
    own: Mapping[date, Mapping[str, Any]] | None = None,
    own_past: Mapping[date, Mapping[str, Any]] | None = None,
) -> Changes:
    """What a course file makes of a series: other terms, another host, a shorter or longer span.

    `own` says how single dates take place (fields of OfficeHours by the Monday of their week); the others to come are
    as the terms say. What is over stays as it was, save what `own_past` says likewise. A shorter series cancels its
    last rows, a longer one lets them take place again or lays out more.

    Raises DomainError for hours that end before they start, or without a date.
    """
    check_hours(terms.start, terms.end)
    if no := why_no_span(terms.weekday, first_on, last_on):
        raise DomainError(no)
    new = {**asdict(terms), "host": host, "first_on": first_on, "last_on": last_on}
    other = _series_with(series, {name: value for name, value in new.items() if value != getattr(series, name)})
    every = list(OfficeHours.objects.in_order().filter(series=series).order_by("on"))
    off, found = days_off(series.course), []
    for row in every:
        week = monday(row.on)
        if row.is_over(now):
            after = with_own_terms(row.copy(series=other), (own_past or {}).get(week, {}))
        else:
            after = _as_wanted(row, other, (own or {}).get(week, {}), off, now)
        if series.title != other.title or differs(row, after):
            found.append(ChangedDate(row, after))
    missing = laid_out(other, off, {monday(row.on): row for row in every}, own)
    return Changes([*found, *(ChangedDate(None, row) for row in missing)], other)


def _as_wanted(
    row: OfficeHours, series: HoursSeries, own: Mapping[str, Any], off: Mapping[date, str], now: datetime
) -> OfficeHours:
    """A date to come as its series says now, and its own terms; as it was if it would be past then."""
    terms = {name: getattr(series, name) for name in TERMS}
    rule = {"on": monday(row.on) + timedelta(days=series.weekday), **{f"rule_{name}": terms[name] for name in TERMS}}
    fields: dict[str, Any] = {**rule, **terms, "date": rule["on"], "host": series.host, "is_kept_on_day_off": False}
    if row.state == State.SCHEDULED:
        fields |= {"reason": ""}
    after = with_own_terms(row.copy(series=series, **fields), own)
    if after.is_over(now):
        return row.copy(series=series)
    if not row.has_begun(now):
        _follow_span(after, series)
        follow_days_off(after, off)
    return after


def _follow_span(hours: OfficeHours, series: HoursSeries) -> None:
    """Cancel a date that a shorter series does not reach, and let it take place again in a longer one; not saved."""
    reaches = series.first_on <= hours.on <= series.last_on
    if not reaches and hours.state in (State.SCHEDULED, State.DAY_OFF):
        hours.state, hours.reason = State.OUTSIDE, ""
    elif reaches and hours.state == State.OUTSIDE:
        hours.state, hours.reason = State.SCHEDULED, ""
