from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q

from courses.domain import calendar
from courses.models import Course, Enrollment
from officehours.domain import appointment_requests, booking_limits, letters, slots, teams
from officehours.domain.series import WEEK
from officehours.domain.slots import TimeSlot
from officehours.models import Appointment, HoursQueue, OfficeHours

State = Appointment.State


@dataclass(frozen=True)
class Mine:
    appointment: Appointment
    with_whom: str
    times: list[datetime] = field(default_factory=list)
    place: str = ""  # as its office hours are held, or as was agreed

    @property
    def is_booked(self) -> bool:
        return self.appointment.state == State.BOOKED


@dataclass(frozen=True)
class DateLine:
    """One time of a date as staff see it: who comes then, or a slot that is free."""

    starts_at: datetime
    appointment: Appointment | None = None
    is_elsewhere: bool = False  # taken in another course of the host, which says nothing of its people here

    @classmethod
    def of(cls, appointment: Appointment, course: Course) -> "DateLine":
        is_elsewhere = appointment.course_id != course.pk
        return cls(appointment.times[0], None if is_elsewhere else appointment, is_elsewhere)


@dataclass
class MyDate:
    lines: list[DateLine]
    free: list[TimeSlot]
    mine: list[Appointment]
    waits: bool
    waiting: int
    can_book: bool
    why_not: str  # what keeps this person from booking one more, if anything
    is_today: bool  # on which its queue is opened
    is_over: bool
    now: datetime


def appointments_of(person: Enrollment, now: datetime) -> list[Mine]:
    """What a student or their team booked, was offered or asked for; what staff are booked for, and all requests."""
    shown = Appointment.objects.counted(now).filter(course=person.course)
    if person.is_staff:
        asked = Q(state=State.ASKED, student__dropped_at=None)
        shown = shown.filter(Q(host=person.user_id) | asked)
    else:  # what staff cancelled is seen here too
        cancelled = Appointment.objects.filter(course=person.course).cancelled_by_staff(now)
        shown = (shown | cancelled).filter(teams.belongs_to(person))
    rows = shown.select_related("student__user", "host", "hours").order_by("starts_at", "created_at")
    return [_mine(row, _with_whom(row, person)) for row in rows]


def _mine(row: Appointment, with_whom: str) -> Mine:
    return Mine(row, with_whom, appointment_requests.times_of(row), letters.place_and_link(row, row.hours)[0])


def _with_whom(row: Appointment, person: Enrollment) -> str:
    if not person.is_staff:
        return str(row.host)
    return str(row.student.user) if row.host_id == person.user_id else f"{row.student.user}, asks {row.host}"


def to_answer(student: Enrollment, now: datetime) -> list[Mine]:
    offered = Q(state=State.OFFERED, offered_until__gt=now) | Q(state=State.COUNTERED)
    rows = student.course.appointments.filter(teams.belongs_to(student)).filter(offered).select_related("host", "hours")
    return [_mine(row, str(row.host)) for row in rows.order_by("offered_until", "created_at")]


def booked_soon(student: Enrollment, now: datetime) -> list[Mine]:
    theirs = student.course.appointments.filter(teams.belongs_to(student))
    rows = theirs.to_come(now).filter(state=State.BOOKED, starts_at__lt=now + WEEK)
    return [_mine(row, str(row.host)) for row in rows.select_related("host", "hours").order_by("starts_at")]


def of_date(hours: OfficeHours, person: Enrollment, now: datetime) -> MyDate:
    rules, is_over = slots.rules_of(person.course), hours.is_over(now)
    waiting = hours.waiting_list.filter(student__dropped_at=None)
    over, is_mine = list(slots.holding_over(hours).select_related("student__user")), teams.held_by(person)
    free = slots.free_beside(over, hours, rules, now)
    lines = [DateLine.of(row, person.course) for row in over] + [DateLine(slot.starts_at) for slot in free]
    return MyDate(
        lines=sorted(lines, key=lambda line: line.starts_at),
        free=free,
        mine=[row for row in over if row.course_id == person.course_id and is_mine(row)],
        waits=not is_over and waiting.filter(student=person).exists(),
        waiting=waiting.count(),
        can_book=rules.is_on and not hours.is_cancelled and not is_over and slots.is_on_staff(hours),
        why_not="" if person.is_staff else booking_limits.reason_against(person, person.course, now),
        is_today=hours.date == calendar.local_date(person.course, now),
        is_over=is_over,
        now=now,
    )


def unopened(host: Enrollment, rows: Iterable[OfficeHours], now: datetime) -> list[OfficeHours]:
    """The office hours of a host that are on while their queue was never opened."""
    mine = [row for row in rows if row.is_on(now) and row.host_id == host.user_id]
    opened = set(HoursQueue.objects.filter(hours__in=mine).values_list("hours", flat=True)) if mine else set()
    return [row for row in mine if row.pk not in opened]


def duties_of(host: Enrollment, now: datetime) -> str:
    """What somebody still hosts in this course, as a sentence for who removes them from its staff; empty if nothing."""
    dates = host.course.office_hours.scheduled().to_come(now).filter(host=host.user_id).count()
    booked = host.course.appointments.holding().to_come(now).filter(host=host.user_id).count()
    if not dates and not booked:
        return ""
    return (
        f"{dates} date{'s' * (dates != 1)} of office hours to come and {booked} appointment{'s' * (booked != 1)} "
        f"stay in the name of {host.user}. Let someone else host them first, or cancel them."
    )
