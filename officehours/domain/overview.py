"""What one person sees of their appointments, and of one date."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from django.db.models import Q

from courses.domain import calendar
from courses.models import Course, Enrollment
from officehours.domain import asking, hosts, letters, limits, occurrences, queues, slots, teams
from officehours.domain.occurrences import WEEK, Occurrence
from officehours.domain.slots import Slot
from officehours.models import Appointment
from officehours.models.booking import Waiting

State = Appointment.State


@dataclass(frozen=True)
class Mine:
    """One appointment with the times that can be chosen, and the other person's name."""

    appointment: Appointment
    with_whom: str
    times: list[datetime] = field(default_factory=list)
    place: str = ""  # as its office hours are held, or as was agreed

    @property
    def is_booked(self) -> bool:
        """Whether it takes place."""
        return self.appointment.state == State.BOOKED


@dataclass(frozen=True)
class Line:
    """One time of a date as staff see it: who comes then, or a slot that is free."""

    starts_at: datetime
    held_by: Appointment | None = None
    is_elsewhere: bool = False  # taken in another course of the host, which says nothing of its people here

    @classmethod
    def of(cls, one: Appointment, course: Course) -> "Line":
        """What holds a time, as staff of a course see it."""
        is_elsewhere = one.course_id != course.pk
        return cls(one.times[0], None if is_elsewhere else one, is_elsewhere)


@dataclass
class MyDate:
    """A date as one person sees it."""

    lines: list[Line]
    free: list[Slot]
    mine: list[Appointment]
    waits: bool
    waiting: int
    can_book: bool
    why_not: str  # what keeps this person from booking one more, if anything
    is_today: bool  # on which its queue is opened
    is_over: bool
    now: datetime


def of(person: Enrollment, now: datetime) -> list[Mine]:
    """What a student or their team booked, was offered or asked for; what staff are booked for, and all requests."""
    shown = Appointment.objects.counted(now).filter(course=person.course)
    if person.is_staff:
        asked = Q(state=State.ASKED, student__dropped_at=None)
        shown = shown.filter(Q(host=person.user_id) | asked)
    else:  # what staff cancelled is seen here too, also while no letter has told of it
        every = Appointment.objects.filter(course=person.course)
        shown = (shown | every.untold() | every.fallen(now)).filter(teams.theirs(person))
    rows = shown.select_related("student__user", "host", "series").order_by("starts_at", "created_at")
    return _with_places(person, [Mine(one, _with_whom(one, person), asking.times_of(one)) for one in rows])


def _with_places(person: Enrollment, every: list[Mine]) -> list[Mine]:
    in_hours = any(one.appointment.series_id for one in every)
    held = {(one.series.pk, one.on): one for one in occurrences.of_course(person.course)} if in_hours else {}
    return [replace(one, place=letters.where(one.appointment, _held(one.appointment, held))[0]) for one in every]


def _held(one: Appointment, held: Mapping[tuple[int, date], Occurrence]) -> Occurrence | None:
    return held.get((one.series_id, one.on)) if one.series_id and one.on else None


def _with_whom(one: Appointment, person: Enrollment) -> str:
    if not person.is_staff:
        return str(one.host)
    return str(one.student.user) if one.host_id == person.user_id else f"{one.student.user}, asks {one.host}"


def to_answer(student: Enrollment, now: datetime) -> list[Mine]:
    """What waits for a student's answer: slots that are offered for a time, and other times for what they asked."""
    offered = Q(state=State.OFFERED, offered_until__gt=now) | Q(state=State.COUNTERED)
    rows = student.course.appointments.filter(teams.theirs(student)).filter(offered).select_related("host")
    return [Mine(one, str(one.host), asking.times_of(one)) for one in rows.order_by("offered_until", "created_at")]


def booked_soon(student: Enrollment, now: datetime) -> list[Mine]:
    """What a student or their team booked, from now on for a week, the nearest first."""
    theirs = student.course.appointments.filter(teams.theirs(student))
    rows = theirs.to_come(now).filter(state=State.BOOKED, starts_at__lt=now + WEEK)
    mine = [Mine(one, str(one.host)) for one in rows.select_related("host", "series").order_by("starts_at")]
    return _with_places(student, mine)


def of_date(held: Occurrence, person: Enrollment, now: datetime) -> MyDate:
    """What is booked and free on a date, and what this person holds of it."""
    rules, is_over = slots.rules_of(person.course), held.is_over(now)
    queue = Waiting.objects.filter(series=held.series, on=held.on, student__dropped_at=None)
    over, is_mine = list(slots.holding_over(held).select_related("student__user")), teams.held_by(person)
    free = slots.free_beside(over, held, rules, now)
    lines = [Line.of(one, person.course) for one in over] + [Line(slot.starts_at) for slot in free]
    return MyDate(
        lines=sorted(lines, key=lambda line: line.starts_at),
        free=free,
        mine=[one for one in over if one.course_id == person.course_id and is_mine(one)],
        waits=not is_over and queue.filter(student=person).exists(),
        waiting=queue.count(),
        can_book=rules.is_on and not held.is_cancelled and not is_over and hosts.is_here(held),
        why_not="" if person.is_staff else limits.why_not(person, person.course, now),
        is_today=held.date == calendar.local_date(person.course, now),
        is_over=is_over,
        now=now,
    )


def unopened(host: Enrollment, every: Iterable[Occurrence], now: datetime) -> list[Occurrence]:
    """The office hours of a host that are on while their queue was never opened."""
    running = [one for one in every if one.is_on(now) and one.series.host_id == host.user_id]
    return [one for one in running if queues.queue_of(host.course, one.series.pk, one.on) is None]
