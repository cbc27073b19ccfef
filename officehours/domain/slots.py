from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.errors import DomainError
from accounts.models import User
from courses.models import Course, Enrollment
from officehours.domain import teams
from officehours.models import Appointment, BookingRules, HoursSeries, OfficeHours


@dataclass(frozen=True)
class TimeSlot:
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Opening:
    free: int
    is_mine: bool  # they, or their team, hold a slot of it


def rules_of(course: Course) -> BookingRules:
    """How students of a course may book; off until staff turn it on."""
    return BookingRules.objects.filter(course=course).first() or BookingRules(course=course)


def set_rules(course: Course, **rules: Any) -> BookingRules:
    """Say how students of a course may book; of two who say it first, the second changes what the first said."""
    return BookingRules.objects.update_or_create(course=course, defaults=rules)[0]


def lock(course: Course, *, also: Iterable[int] = ()) -> None:
    """Let nobody else take or change the time of the hosts of a course until the transaction ends; nor of `also` some.

    Whatever takes or changes a host's time begins with a lock of hosts: first hosts, then students, then rows, so that
    no two wait for each other.
    """
    rows = (course.hours_series.all(), course.office_hours.all(), course.appointments.holding())
    lock_hosts({*also, *(pk for row in rows for pk in row.order_by().values_list("host_id", flat=True).distinct())})


def lock_hosts(user_ids: Iterable[int]) -> None:
    list(User.objects.select_for_update(no_key=True).filter(pk__in=list(user_ids)).order_by("pk"))


def lock_host_of(row: Appointment | OfficeHours) -> None:
    """Let nobody else take or change the time of its host until the transaction ends; the row is read anew."""
    while True:
        host = row.host_id
        lock_hosts([host])
        if isinstance(row, Appointment):
            row.refresh_from_db(fields=("state", "hours", "host", "starts_at", "ends_at", "offered_until"))
        else:
            row.refresh_from_db()
        if row.host_id == host:
            return


def all_slots(hours: OfficeHours, rules: BookingRules) -> list[TimeSlot]:
    step = timedelta(minutes=rules.slot_minutes)
    starts = (hours.starts_at + n * step for n in range((hours.ends_at - hours.starts_at) // step))
    return [TimeSlot(start, start + step) for start in starts]


def free(hours: OfficeHours, rules: BookingRules, now: datetime) -> list[TimeSlot]:
    """The slots of a date that nobody holds and that have not begun, nor lie over another appointment of the host."""
    return free_beside(list(holding_over(hours)), hours, rules, now)


def free_beside(over: Sequence[Appointment], hours: OfficeHours, rules: BookingRules, now: datetime) -> list[TimeSlot]:
    if hours.is_cancelled:
        return []
    taken = [appointment.times for appointment in over]
    return [
        slot
        for slot in all_slots(hours, rules)
        if slot.starts_at > now and not any(start < slot.ends_at and slot.starts_at < end for start, end in taken)
    ]


def holding_over(hours: OfficeHours) -> QuerySet[Appointment]:
    """What holds time over a date: its own appointments, in whatever slots, and others of its host."""
    return Appointment.objects.holding().filter(_over(hours.host_id, hours.starts_at, hours.ends_at))


def openings(rows: Iterable[OfficeHours], person: Enrollment, now: datetime) -> dict[int, Opening]:
    """How each date that can be booked stands for a student, by its number; none while booking is off."""
    rules = rules_of(person.course)
    if not rules.is_on:
        return {}
    staff = staff_of(person.course)
    open_rows = [row for row in rows if not row.is_cancelled and not row.is_over(now) and row.host_id in staff]
    taken: dict[int, list[Appointment]] = {}
    for appointment in Appointment.objects.holding().to_come(now).filter(host__in={row.host_id for row in open_rows}):
        taken.setdefault(appointment.host_id, []).append(appointment)
    is_mine = teams.held_by(person)
    return {row.pk: _opening(row, rules, taken.get(row.host_id, []), is_mine, now) for row in open_rows}


def _opening(
    hours: OfficeHours,
    rules: BookingRules,
    taken: list[Appointment],
    is_mine: Callable[[Appointment], bool],
    now: datetime,
) -> Opening:
    over = [row for row in taken if hours.starts_at < row.times[1] and row.times[0] < hours.ends_at]
    free_slots = free_beside(over, hours, rules, now)
    return Opening(len(free_slots), any(row.hours_id == hours.pk and is_mine(row) for row in over))


def is_taken(host_id: int, slot: TimeSlot) -> bool:
    return Appointment.objects.holding().filter(_over(host_id, slot.starts_at, slot.ends_at)).exists()


def _over(host_id: int, starts_at: datetime, ends_at: datetime) -> Q:
    return Q(host_id=host_id, starts_at__lt=ends_at, ends_at__gt=starts_at)


def staff_of(course: Course) -> set[int]:
    return set(course.enrollments.staff().values_list("user_id", flat=True))


def is_on_staff(row: OfficeHours | Appointment) -> bool:
    return bool(row.course.enrollments.staff().filter(user=row.host_id).exists())


def check_host(row: OfficeHours | Appointment) -> None:
    if not is_on_staff(row):
        raise DomainError(f"{row.host} is no longer on the staff, so nothing was booked. Ask someone else.")


def check_host_is_on_staff(hours: OfficeHours) -> None:
    if not is_on_staff(hours):
        raise DomainError(f"{hours.host} is not on the staff and cannot hold them. Publish hours of someone who is.")


def absent_hosts(course: Course, now: datetime) -> list[HoursSeries]:
    to_come = OfficeHours.objects.scheduled().to_come(now).filter(series=OuterRef("pk"))
    staff = course.enrollments.staff().values("user")
    return list(course.hours_series.filter(Exists(to_come)).exclude(host__in=staff).select_related("host"))
