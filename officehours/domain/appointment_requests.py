"""Asking for an appointment beside the office hours: proposed times, accepted, declined, or answered with others."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from accounts.errors import DomainError
from accounts.models import User
from courses.domain import publishing
from courses.models import Course, Enrollment
from officehours.domain import booking_limits, letters, slots, sweeps, teams
from officehours.domain.appointments import GONE, GRACE, Wish
from officehours.models import Appointment

State = Appointment.State
ANSWERED = "This request is answered already; nothing was changed."


@transaction.atomic
def ask(
    course: Course, *, by: Enrollment, host: Enrollment, times: Sequence[datetime], wish: Wish, now: datetime
) -> Appointment:
    """Ask a host for an appointment at one of these times. Asking twice is asking once.

    Raises DomainError for a past time, or at the limit.
    """
    publishing.check(wish.topic)
    if not slots.rules_of(course).is_on:
        raise DomainError("Booking is switched off in this course. Write to your instructor instead.")
    _check_times(times, now)
    booking_limits.lock([by.pk])
    proposed = [time.isoformat() for time in sorted(set(times))]
    before = by.appointments.filter(host=host.user, state=State.ASKED, proposed=proposed).first()
    if before:
        return before
    teams.check(by, wish.team)
    booking_limits.check(by, course, now)
    request = Appointment.objects.create(
        course=course, host=host.user, student=by, team=wish.team, topic=wish.topic, state=State.ASKED,
        proposed=proposed, created_at=now,
    )  # fmt: skip
    letters.tell_host(request, "appointment_asked", occasion="asked", now=now, times=times_of(request))
    return request


def times_of(request: Appointment) -> list[datetime]:
    return [datetime.fromisoformat(time) for time in request.proposed]


@transaction.atomic
def accept(request: Appointment, *, time: datetime, by: Enrollment, now: datetime, place: str = "") -> None:
    """Agree to a proposed time: the host to the student's, and says where, the student to the host's. Twice is once.

    Raises DomainError for a time that was not proposed, is past or taken, a request that was answered otherwise, or a
    host who left.
    """
    publishing.check(place)
    if request.state == State.BOOKED and request.starts_at == time:
        return
    _check_turn(request, by)
    if time not in times_of(request) or time <= now:
        raise DomainError("This time was not proposed, or is past. Choose one of those that are.")
    slots.lock_hosts([request.host_id])
    slots.check_host(request)
    ends_at = time + timedelta(minutes=slots.rules_of(request.course).slot_minutes)
    if slots.is_taken(request.host_id, slots.TimeSlot(time, ends_at)):
        raise DomainError("There is another appointment at this time. Choose another time.")
    booking_limits.lock([request.student_id])
    booking_limits.check_own_time(request.student, time, ends_at, by=by, beside=request)
    _book(request, time, ends_at, place or request.place)
    letters.tell(request, "appointment_booked", now=now)
    if not by.is_staff:
        letters.tell_host(request, "appointment_agreed", occasion="agreed", now=now)
    else:
        letters.tell_host_of(request, "accepted", by=by, now=now)


def _book(request: Appointment, starts_at: datetime, ends_at: datetime, place: str) -> None:
    waits = Appointment.objects.filter(pk=request.pk, state=request.state)
    try:
        with transaction.atomic():
            if not waits.update(state=State.BOOKED, starts_at=starts_at, ends_at=ends_at, place=place):
                raise DomainError(ANSWERED)
    except IntegrityError:
        raise DomainError("There is another appointment at this time. Choose another time.") from None
    request.state, request.starts_at, request.ends_at, request.place = State.BOOKED, starts_at, ends_at, place


@transaction.atomic
def decline(request: Appointment, *, by: Enrollment, reason: str, now: datetime) -> None:
    publishing.check(reason)
    _check_turn(request, by)
    if not Appointment.objects.filter(pk=request.pk, state=request.state).update(state=State.DECLINED, reason=reason):
        raise DomainError(ANSWERED)
    request.state, request.reason = State.DECLINED, reason
    if not by.is_staff:
        letters.tell_host(request, "appointment_unsuited", occasion="declined", now=now)
    else:
        letters.tell(request, "appointment_declined", now=now)
        letters.tell_host_of(request, "declined", by=by, now=now)


@transaction.atomic
def counter(request: Appointment, *, by: Enrollment, times: Sequence[datetime], now: datetime, place: str = "") -> None:
    publishing.check(place)
    if not by.is_staff:
        raise DomainError("Only the host offers other times.")
    _check_turn(request, by)
    _check_times(times, now)
    proposed = [time.isoformat() for time in sorted(set(times))]
    waits = Appointment.objects.filter(pk=request.pk, state=State.ASKED)
    if not waits.update(state=State.COUNTERED, proposed=proposed, place=place):
        raise DomainError(ANSWERED)
    request.state, request.proposed, request.place = State.COUNTERED, proposed, place
    letters.tell(request, "appointment_countered", now=now, times=times_of(request))
    letters.tell_host_of(request, "countered", by=by, now=now, times=times_of(request))


def usual_place(request: Appointment) -> str:
    series = request.course.hours_series.filter(host=request.host_id).order_by("-last_on", "pk").first()
    return (series.place or series.url) if series else ""


def lapse_due(now: datetime) -> int:
    """End the requests whose proposed times are all past; how many."""
    asking = Appointment.objects.filter(state__in=Appointment.ASKING)
    return sweeps.run_each(asking.select_related("course", "host", "student__user"), _lapse, now)


@transaction.atomic
def _lapse(request: Appointment, now: datetime) -> int:
    if max(times_of(request)) > now:
        return 0
    waits = Appointment.objects.filter(pk=request.pk, state=request.state)
    if not waits.update(state=State.LAPSED, reason="Nobody answered in time"):
        return 0
    was, request.state = request.state, State.LAPSED
    letters.tell(request, "appointment_declined", now=now, was_asked=was == State.ASKED)
    return 1


@transaction.atomic
def end(request: Appointment, *, reason: str, now: datetime) -> int:
    """Decline a request, whosever turn it is, since its host has left; its student is told. Twice is once."""
    waits = Appointment.objects.filter(pk=request.pk, state__in=Appointment.ASKING)
    if not waits.update(state=State.DECLINED, reason=reason):
        return 0
    request.state, request.reason = State.DECLINED, reason
    letters.tell(request, "appointment_declined", now=now)
    return 1


def withdraw_dropped(now: datetime) -> int:
    asking = Appointment.objects.filter(state__in=Appointment.ASKING, student__dropped_at__lte=now - GRACE)
    return asking.update(state=State.CANCELLED, reason=GONE)


def _check_turn(request: Appointment, by: Enrollment) -> None:
    """Staff answer a request, its student the times that were offered instead."""
    if request.student.dropped_at is not None:
        raise DomainError(f"{request.student.user.name} is no longer in the course; nothing was changed.")
    turn = by.is_staff if request.state == State.ASKED else teams.held_by(by)(request)
    if request.state not in Appointment.ASKING or not turn:
        raise DomainError(ANSWERED)


def _check_times(times: Sequence[datetime], now: datetime) -> None:
    if not times:
        raise DomainError("Propose at least one time.")
    if min(times) <= now:
        raise DomainError("A proposed time is past already. Propose times that are to come.")


def hosts_of(course: Course) -> list[Enrollment]:
    """Whom one can ask: those of the course's staff who hold office hours, or all staff if none does."""
    staff = course.enrollments.staff().select_related("user")
    holding = staff.filter(user__in=User.objects.filter(hours_series__course=course)).distinct()
    return list(holding) or list(staff)
