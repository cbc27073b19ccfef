"""The slots of office hours on one date: which are free, and whose the others are."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from accounts.errors import DomainError
from accounts.models import User
from courses.domain import calendar
from courses.models import Course, Enrollment
from officehours.domain import occurrences, teams
from officehours.domain.occurrences import Occurrence
from officehours.models import Appointment, BookingRules

IsMine = Callable[[Appointment], bool]


@dataclass(frozen=True)
class Slot:
    """A time that can be booked; `held_by` is what holds it."""

    offset: int
    starts_at: datetime
    ends_at: datetime
    held_by: Appointment | None = None


@dataclass(frozen=True)
class Opening:
    """How a date that can be booked stands for one student."""

    free: int
    is_mine: bool  # they, or their team, hold a slot of it


def rules_of(course: Course) -> BookingRules:
    """How students of a course may book; off until staff turn it on."""
    return BookingRules.objects.filter(course=course).first() or BookingRules(course=course)


def set_rules(course: Course, **rules: Any) -> BookingRules:
    """Say how students of a course may book; of two who say it first, the second changes what the first said."""
    return BookingRules.objects.update_or_create(course=course, defaults=rules)[0]


def lock(course: Course, series_pk: int | None = None, *, also: Iterable[int] = ()) -> None:
    """Let nobody else take or change the time of a series' host until the transaction ends.

    Without a series: of all hosts of the course, and of those that are `also` concerned. Whatever takes or changes a
    host's time begins with this: first hosts, then students, then rows, so that no two wait for each other.
    """
    series = course.hours_series.all() if series_pk is None else course.hours_series.filter(pk=series_pk)
    hosts = {*also, *series.values_list("host_id", flat=True)}
    if series_pk is None:
        hosts.update(course.appointments.holding().values_list("host_id", flat=True))
    lock_hosts(hosts)


def lock_hosts(user_ids: Iterable[int]) -> None:
    """Let nobody else take or change the time of these people until the transaction ends."""
    list(User.objects.select_for_update(no_key=True).filter(pk__in=list(user_ids)).order_by("pk"))


def lock_host_of(appointment: Appointment) -> None:
    """The same for the host of an appointment, which is read anew."""
    lock_hosts([appointment.host_id])
    appointment.refresh_from_db(fields=("state", "series", "on", "offset", "starts_at", "ends_at", "offered_until"))


def held_on(course: Course, series_pk: int, on: date) -> Occurrence:
    """The office hours that the rule of a series gives for a date. Raises DomainError if it gives none."""
    held = find(course, series_pk, on)
    if held is None:
        raise DomainError(f"There are no office hours on {calendar.long_date(on)} any more. Choose another date.")
    return held


def held_of(appointment: Appointment) -> Occurrence | None:
    """The office hours that an appointment is in; none if it was agreed on beside them, or their date is gone."""
    if appointment.series_id is None or appointment.on is None:
        return None
    return find(appointment.course, appointment.series_id, appointment.on)


def find(course: Course, series_pk: int, on: date) -> Occurrence | None:
    """The office hours that the rule of a series gives for a date, if it gives any."""
    series = course.hours_series.filter(pk=series_pk).prefetch_related("changes").select_related("host", "course")
    off = {off.date: off.reason for off in course.no_class_days.filter(date=on)}
    for one in series:
        return occurrences.find(occurrences.of_series(one, off, course.zone), series_pk, on)
    return None


def led_to(course: Course, series_pk: int, on: date) -> Occurrence | None:
    """The office hours that an address leads to: those of the rule's date, or what that week's have become.

    Office hours that were split, or moved to another weekday, are the same ones: old links and open pages find them.
    """
    found = find(course, series_pk, on)
    lineages = course.hours_series.filter(pk=series_pk).values("lineage") if found is None else []
    for part in course.hours_series.filter(lineage__in=lineages):
        day = occurrences.on_or_after(occurrences.monday(on), part.weekday)
        found = found or find(course, part.pk, day)
    return found


def of(held: Occurrence, rules: BookingRules) -> list[Slot]:
    """All slots of a date, in order."""
    holding = Appointment.objects.holding().of_date(held.series, held.on)
    return _every(held, rules, {one.offset: one for one in holding})


def _every(held: Occurrence, rules: BookingRules, by_offset: dict[int | None, Appointment]) -> list[Slot]:
    step = timedelta(minutes=rules.slot_minutes)
    count = (held.ends_at - held.starts_at) // step
    return [_slot(held, n * rules.slot_minutes, step, by_offset) for n in range(count)]


def _slot(held: Occurrence, offset: int, step: timedelta, by_offset: dict[int | None, Appointment]) -> Slot:
    starts_at = held.starts_at + timedelta(minutes=offset)
    return Slot(offset, starts_at, starts_at + step, by_offset.get(offset))


def free(held: Occurrence, rules: BookingRules, now: datetime) -> list[Slot]:
    """The slots of a date that nobody holds and that have not begun, nor lie over another appointment of the host."""
    return free_beside(list(holding_over(held)), held, rules, now)


def free_beside(over: Sequence[Appointment], held: Occurrence, rules: BookingRules, now: datetime) -> list[Slot]:
    """The same, of a date over which these appointments hold time."""
    if held.is_cancelled:
        return []
    on_it = {one.offset: one for one in over if _is_of(one, held)}
    taken = [one.times for one in over]
    return [slot for slot in _every(held, rules, on_it) if _is_free(slot, taken, now)]


def holding_over(held: Occurrence) -> QuerySet[Appointment]:
    """What holds time over a date: its own appointments, in whatever slots, and others of its host."""
    holding = Appointment.objects.holding()
    over = holding.filter(_over(held.series.host_id, held.starts_at, held.ends_at))
    return holding.of_date(held.series, held.on) | over


def _is_of(one: Appointment, held: Occurrence) -> bool:
    """The same as `of_date` of the model, of rows that are read already."""
    return one.series_id == held.series.pk and one.on == held.on and one.offset is not None


def _is_free(slot: Slot, taken: Iterable[tuple[datetime, datetime]], now: datetime) -> bool:
    if slot.held_by is not None or slot.starts_at <= now:
        return False
    return not any(start < slot.ends_at and slot.starts_at < end for start, end in taken)


def openings(course: Course, every: Iterable[Occurrence], person: Enrollment, now: datetime) -> dict[str, Opening]:
    """How each date that can be booked stands for a student, by its uid; none while booking is off."""
    rules = rules_of(course)
    if not rules.is_on:
        return {}
    staff = set(course.enrollments.staff().values_list("user_id", flat=True))
    held = [one for one in every if not one.is_cancelled and not one.is_over(now) and one.series.host_id in staff]
    taken: dict[int, list[Appointment]] = {}
    for one in Appointment.objects.holding().to_come(now).filter(host__in={held.series.host_id for held in held}):
        taken.setdefault(one.host_id, []).append(one)
    is_mine = teams.held_by(person)
    return {one.uid: _opening(one, rules, taken.get(one.series.host_id, []), is_mine, now) for one in held}


def _opening(
    held: Occurrence,
    rules: BookingRules,
    taken: list[Appointment],
    is_mine: Callable[[Appointment], bool],
    now: datetime,
) -> Opening:
    on_it = [one for one in taken if _is_of(one, held)]
    over_it = [one for one in taken if held.starts_at < one.times[1] and one.times[0] < held.ends_at]
    free = free_beside(on_it + over_it, held, rules, now)
    return Opening(len(free), any(is_mine(one) for one in on_it))


def is_taken(host_id: int, slot: Slot) -> bool:
    """Whether the host has another appointment in this time."""
    return _theirs(host_id, slot.starts_at, slot.ends_at).exists()


def _theirs(host_id: int, starts_at: datetime, ends_at: datetime) -> QuerySet[Appointment]:
    """The appointments of a host that lie over a time."""
    return Appointment.objects.holding().filter(_over(host_id, starts_at, ends_at))


def _over(host_id: int, starts_at: datetime, ends_at: datetime) -> Q:
    return Q(host_id=host_id, starts_at__lt=ends_at, ends_at__gt=starts_at)
