"""The parts that office hours were split into ("from this date on"), and the rows that go along with their dates."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import F

from accounts.errors import DomainError
from courses.domain import calendar
from courses.models import Course
from officehours.domain import occurrences
from officehours.models import HoursChange, HoursSeries

DAY = timedelta(days=1)
FOLLOWS_RULE: dict[str, Any] = {
    "is_cancelled": False, "new_date": None, "start": None, "end": None, "mode": None, "place": None, "url": None,
}  # fmt: skip


def since(series: HoursSeries) -> list[HoursSeries]:
    """A series with the parts that follow it, in order."""
    rows = series.course.hours_series.filter(lineage=series.lineage, first_on__gt=series.first_on)
    return [series, *rows.order_by("first_on", "pk")]


def every(series: HoursSeries) -> list[HoursSeries]:
    """All parts of what a series is one of, in order."""
    return list(series.course.hours_series.filter(lineage=series.lineage).order_by("first_on", "pk"))


def bring(part: HoursSeries, on: date, fields: dict[str, Any], now: datetime) -> HoursSeries:
    """Change the dates to come of one part from a date on; the part that has them then.

    They are split off if some stay as they were. A date that is held late (it was moved), when others after it are
    past, changes on its own. Raises DomainError if the first of them would be past.
    """
    fields = {name: value for name, value in fields.items() if value != getattr(part, name)}
    shown = [one for one in occurrences.of_series(part, {}, part.course.zone) if one.on >= on]
    past = [one.on for one in shown if one.is_over(now) or _ends_at(part, one.on, {}) <= now]
    last = past[-1] if past else date.min
    for change in part.changes.filter(date__in=[one.on for one in shown if one.on <= last and not one.is_over(now)]):
        _bring_alone(change, fields)
    rest = [one.on for one in shown if one.on > last]
    if not (fields and rest):
        return part
    if _ends_at(part, rest[0], fields) <= now:
        first = _first(part, rest[0], fields)
        raise DomainError(
            f"The first of them would be on {first:%A}, {calendar.long_date(first)}, which is past. "
            "Nothing was changed; begin a week later."
        )
    part = part if rest[0] == next(occurrences.dates(part)) else split(part, rest[0])
    bring_to(part, fields)
    return part


def take(series: HoursSeries, on: date, fields: dict[str, Any]) -> None:
    """Let one date have these terms though it had its own, in whichever part and on whichever weekday it is by now."""
    for part in every(series):
        for change in part.changes.all():
            if occurrences.monday(change.date) == occurrences.monday(on):
                _take(part, change, fields)


def _take(part: HoursSeries, change: HoursChange, fields: dict[str, Any]) -> None:
    is_its_own = bool(change.new_date or change.start or change.end)
    for name in FOLLOWS_RULE.keys() & fields.keys():
        setattr(change, name, fields[name] if fields[name] != getattr(part, name) else None)
    if "weekday" in fields:
        moved = occurrences.monday(change.date) + timedelta(days=fields["weekday"])
        change.new_date = moved if moved != change.date else None
    is_off = part.course.no_class_days.filter(date=change.date).exists()
    change.is_held = change.is_held or (is_its_own and is_off)
    if change.is_held or any(getattr(change, name) != value for name, value in FOLLOWS_RULE.items()):
        change.save()
    else:
        change.delete()


def _first(part: HoursSeries, on: date, fields: dict[str, Any]) -> date:
    return on + timedelta(days=fields.get("weekday", part.weekday) - part.weekday)


def _ends_at(part: HoursSeries, on: date, fields: dict[str, Any]) -> datetime:
    """When a date ends by the rule, or by the rule with these fields."""
    hours = fields.get("start", part.start), fields.get("end", part.end)
    return occurrences.instants(_first(part, on, fields), *hours, part.course.zone)[1]


def _bring_alone(change: HoursChange, fields: dict[str, Any]) -> None:
    said = {name: value for name, value in fields.items() if name in FOLLOWS_RULE and getattr(change, name) is None}
    if said:
        HoursChange.objects.filter(pk=change.pk).update(**said)


def split(series: HoursSeries, on: date) -> HoursSeries:
    """Cut a series before a date; the new part takes along what belongs to its dates."""
    later = HoursSeries.objects.get(pk=series.pk)
    later.pk, later._state.adding = None, True
    later.key = free_key(series.course, f"{series.key[:44]} from {on}")
    later.position, later.first_on = series.course.hours_series.count(), on
    later.save()
    HoursSeries.objects.filter(pk=series.pk).update(last_on=on - DAY)
    for rows, day in _rows(series):
        rows.filter(**{f"{day}__gte": on}).update(series=later)
    return later


def bring_to(series: HoursSeries, fields: dict[str, Any]) -> None:
    """Give a series other terms; on another weekday every date, changed ones too, moves within its week."""
    by = timedelta(days=fields.get("weekday", series.weekday) - series.weekday)
    if by:
        dates = list(occurrences.dates(series))
        series.first_on, series.last_on = dates[0] + by, dates[-1] + by
        move_rows(series, by)
    # Hours that a date has of its own are its own at both ends.
    series.changes.filter(start=None, end__isnull=False).update(start=series.start)
    series.changes.filter(end=None, start__isnull=False).update(end=series.end)
    for name, value in fields.items():
        setattr(series, name, value)
    series.save()


def move_rows(series: HoursSeries, by: timedelta) -> None:
    """Let all that is known by the dates of a series follow them to another weekday."""
    for rows, day in _rows(series):
        rows.update(**{day: F(day) + by})


def drop_strays(series: HoursSeries) -> list[date]:
    """Forget what was changed of dates that a series does not have any more; which."""
    strays = series.changes.exclude(date__in=list(occurrences.dates(series)))
    found = sorted(strays.values_list("date", flat=True))
    strays.delete()
    return found


def free_key(course: Course, wanted: str) -> str:
    """A key that no other series of the course has, like the wanted one."""
    taken = set(course.hours_series.values_list("key", flat=True))
    key, n = wanted, 2
    while key in taken:
        key, n = f"{wanted[:56]} {n}", n + 1
    return key


def _rows(series: HoursSeries) -> list[tuple[Any, str]]:
    """What belongs to the dates of a series, with the name of its date: the only list of it."""
    return [(series.changes, "date"), (series.appointments, "on"), (series.waiting, "on"), (series.queues, "on")]
