"""Booking a slot, and giving it up; what becomes of bookings when office hours change is in `plans`.

All that takes a host's time, or changes it, locks the host's row before it looks, then the student's
(`slots.lock_host_of`, `booking_limits.lock`); the unique constraint has the last word.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts.errors import DomainError
from courses.domain import publishing
from courses.models import Enrollment
from officehours.domain import booking_limits, letters, slots, sweeps, teams, waiting_list
from officehours.models import Appointment, OfficeHours, WaitingListEntry

State, Ended = Appointment.State, Appointment.Ended
GRACE = timedelta(minutes=15)  # a drop that is taken back within it costs nobody a booking
GONE = "No longer in the course"


@dataclass(frozen=True)
class Wish:
    topic: str = ""
    team: int | None = None


@transaction.atomic
def book(hours: OfficeHours, *, by: Enrollment, starts_at: datetime, wish: Wish, now: datetime) -> Appointment:
    """Book the slot of a date that begins at an instant. Asking twice gives the same booking.

    Raises DomainError when booking is off, the slot is taken, past or none of this date (any more), or the student's
    limit is reached.
    """
    publishing.check(wish.topic)
    slots.lock_host_of(hours)
    rules = slots.rules_of(hours.course)
    if not rules.is_on:
        raise DomainError("Booking is switched off in this course. Just come by, or write to your instructor.")
    booking_limits.lock([by.pk])
    mine = hours.appointments.filter(starts_at=starts_at, student=by, state=State.BOOKED).first()
    if mine:
        return mine
    slot = next((slot for slot in slots.all_slots(hours, rules) if slot.starts_at == starts_at), None)
    if slot is None:
        raise DomainError(
            "These office hours have no such slot, or were changed since you looked; nothing was booked. Look at the "
            "times again."
        )
    slots.check_host(hours)
    teams.check(by, wish.team)
    _check_team(hours, wish)
    booking_limits.check(by, hours.course, now)
    if hours.waiting_list.exists():
        waiting_list.check_turn(hours, rules, by, now)
    if slot not in slots.free(hours, rules, now):
        raise DomainError("This slot is taken or past; nothing was booked. Choose another, or join the waiting list.")
    booking_limits.check_own_time(by, slot.starts_at, slot.ends_at, by=by)
    appointment = Appointment(
        course=hours.course, host=hours.host, student=by, team=wish.team, topic=wish.topic, hours=hours,
        starts_at=slot.starts_at, ends_at=slot.ends_at, state=State.BOOKED, created_at=now,
    )  # fmt: skip
    _insert(appointment)
    WaitingListEntry.objects.filter(hours=hours, student=by).delete()
    letters.tell(appointment, "appointment_booked", now=now)
    return appointment


def _check_team(hours: OfficeHours, wish: Wish) -> None:
    """A team holds one slot of a date; whoever asks twice is not refused here but given the same."""
    theirs = Appointment.objects.holding().of_date(hours).filter(team=wish.team)
    if wish.team is not None and theirs.exists():
        raise DomainError(f"Team {wish.team} holds a slot of this date already. Come together; nothing was booked.")


def _insert(appointment: Appointment) -> None:
    try:
        with transaction.atomic():
            appointment.save()
    except IntegrityError:
        raise DomainError(
            "Someone else has just booked this slot; nothing was booked. Choose another, or join the waiting list."
        ) from None


@transaction.atomic
def give_up(appointment: Appointment, *, by: Enrollment, now: datetime) -> None:
    """A student gives a booking back, or takes a request back; a slot goes to the first who waits. Twice is once.

    Of a team anyone does, and the others are told who did. The host is told, save of a mere offer: they never knew it.
    """
    slots.lock_host_of(appointment)
    if appointment.starts_at is not None and appointment.starts_at <= now:
        raise DomainError("This appointment has begun or is over; it stays as it was.")
    was, why = appointment.state, f"Given back by {by.user}"
    if not transition(appointment, State.CANCELLED, why, Appointment.GIVEN_BACK, ended_by=Ended.GIVEN_BACK):
        return
    if was == State.BOOKED:
        letters.tell(appointment, "appointment_cancelled", now=now, beside=by)
        letters.tell_host(appointment, "appointment_given_up", occasion="given-up", now=now, by=by)
    elif was == State.ASKED:
        letters.tell_host(appointment, "appointment_withdrawn", occasion="withdrawn", now=now)
    waiting_list.offer_freed(appointment, now=now)


@transaction.atomic
def cancel(appointment: Appointment, *, reason: str, now: datetime, by: Enrollment | None = None) -> None:
    publishing.check(reason)
    slots.lock_host_of(appointment)
    if appointment.ends_at is not None and appointment.ends_at <= now:
        raise DomainError("This appointment is over; it stays as it was.")
    was = appointment.state
    if not transition(appointment, State.CANCELLED, reason, ended_by=Ended.STAFF):
        return
    letters.tell(appointment, "appointment_cancelled", now=now)
    if was == State.BOOKED:
        letters.tell_host_of(appointment, "cancelled", by=by, now=now)
    waiting_list.offer_freed(appointment, now=now)


def release_dropped(now: datetime) -> int:
    """Free what is held by people who are no longer in the course, for those who wait; how many slots.

    What one of a team held, the next of it holds, also when they only left the team.
    """
    of_teams = Appointment.objects.filter(Q(ends_at__gt=now) | Q(state__in=Appointment.ASKING)).exclude(team=None)
    for appointment in of_teams.select_related("course", "student__user"):
        teams.follow(appointment, appointment.course, now - GRACE)
    dropped = Appointment.objects.holding().to_come(now).filter(student__dropped_at__lte=now - GRACE)
    return sweeps.run_each(dropped.select_related("course", "host", "hours"), _release_dropped, now)


@transaction.atomic
def _release_dropped(appointment: Appointment, now: datetime) -> int:
    slots.lock_host_of(appointment)
    was = appointment.state
    if not transition(appointment, State.CANCELLED, GONE):
        return 0
    if was == State.BOOKED:
        letters.tell_host(appointment, "appointment_given_up", occasion="dropped", now=now)
    waiting_list.offer_freed(appointment, now=now)
    return 1


def transition(
    appointment: Appointment,
    state: str,
    reason: str,
    since: Iterable[str] = Appointment.HOLDING,
    *,
    ended_by: str = "",
) -> bool:
    holding = Appointment.objects.filter(pk=appointment.pk, state__in=since)
    appointment.state, appointment.reason, appointment.ended_by = state, reason, ended_by
    return bool(holding.update(state=state, reason=reason, ended_by=ended_by))
