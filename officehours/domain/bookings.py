"""Booking a slot, giving it up, and what becomes of bookings when office hours change.

All that takes a host's time, or changes it, locks the host's row before it looks, then the student's; the unique
constraint has the last word.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction

from accounts.errors import RuleBroken
from courses.models import Course, Enrollment
from officehours.domain import letters, occurrences, slots, waiting
from officehours.domain.occurrences import Occurrence
from officehours.models import Appointment, HoursSeries
from officehours.models.booking import Waiting

State = Appointment.State


@dataclass(frozen=True)
class Wish:
    """What a student wants a slot for; a team's number if they come as one."""

    topic: str = ""
    team: int | None = None


@transaction.atomic
def book(
    course: Course, *, by: Enrollment, series: int, on: date, offset: int, wish: Wish, now: datetime
) -> Appointment:
    """Book a slot. Asking twice gives the same booking.

    Raises RuleBroken when booking is off, the slot is gone, past or no slot, or the student's limit is reached.
    """
    slots.lock(course, series)
    held, rules = slots.held_on(course, series, on), slots.rules_of(course)
    if not rules.is_on:
        raise RuleBroken("Booking is switched off in this course. Just come by, or write to your instructor.")
    lock_student(by)
    mine = held.series.appointments.filter(on=on, offset=offset, student=by, state=State.BOOKED).first()
    if mine:
        return mine
    check_limit(by, course, now)
    slot = next((one for one in slots.free(held, rules, now) if one.offset == offset), None)
    if slot is None:
        raise RuleBroken("This slot is taken or past; nothing was booked. Choose another, or join the waiting list.")
    appointment = Appointment(
        course=course, host=held.series.host, student=by, team=wish.team, topic=wish.topic, series=held.series, on=on,
        offset=offset, starts_at=slot.starts_at, ends_at=slot.ends_at, state=State.BOOKED, created_at=now,
    )  # fmt: skip
    _insert(appointment)
    Waiting.objects.filter(series=held.series, on=on, student=by).delete()
    letters.tell(appointment, "appointment_booked", held=held, now=now)
    return appointment


def lock_student(student: Enrollment) -> None:
    """Let nothing else count against this student's limit until the transaction ends."""
    Enrollment.objects.select_for_update(no_key=True).get(pk=student.pk)


def check_limit(student: Enrollment, course: Course, now: datetime) -> None:
    """Raise RuleBroken if a student has as many open bookings as the course allows."""
    limit = slots.rules_of(course).open_at_once
    if student.appointments.counted(now).count() >= limit:
        raise RuleBroken(
            f"You have {limit} open booking{'s' * (limit != 1)}, as many as one may have. "
            "Give one back first; nothing was booked."
        )


def _insert(appointment: Appointment) -> None:
    try:
        with transaction.atomic():
            appointment.save()
    except IntegrityError:
        raise RuleBroken(
            "Someone else has just booked this slot; nothing was booked. Choose another, or join the waiting list."
        ) from None


@transaction.atomic
def give_up(appointment: Appointment, *, now: datetime) -> None:
    """A student gives a booking back, or takes a request back; a slot goes to the first who waits. Twice is once."""
    if appointment.starts_at is not None and appointment.starts_at <= now:
        raise RuleBroken("This appointment has begun or is over; it stays as it was.")
    if not _move_on(appointment, State.CANCELLED, "Given back by the student", Appointment.GIVEN_BACK):
        return
    letters.know(appointment, None, "")
    letters.tell_host(appointment, "appointment_given_up", occasion="given-up", now=now)
    waiting.offer_freed(appointment, now=now)


@transaction.atomic
def cancel(appointment: Appointment, *, reason: str, now: datetime) -> None:
    """Staff cancel a booking; the student is told once, with the reason."""
    held = held_of(appointment)
    if not _move_on(appointment, State.CANCELLED, reason):
        return
    letters.tell(appointment, "appointment_cancelled", held=held, now=now)
    waiting.offer_freed(appointment, now=now)


def release_dropped(now: datetime) -> int:
    """Free what is held by people who are no longer in the course, for those who wait; how many slots."""
    held = Appointment.objects.holding().to_come(now).exclude(student__dropped_at=None)
    return sum(_release_dropped(one, now) for one in held.select_related("course", "host", "series"))


@transaction.atomic
def _release_dropped(one: Appointment, now: datetime) -> int:
    if not _move_on(one, State.CANCELLED, "No longer in the course"):
        return 0
    waiting.offer_freed(one, now=now)
    return 1


def _move_on(appointment: Appointment, state: str, reason: str, since: Iterable[str] = Appointment.HOLDING) -> bool:
    """Take an appointment to another state; whether it still was in one of `since`."""
    holding = Appointment.objects.filter(pk=appointment.pk, state__in=since)
    appointment.state, appointment.reason = state, reason
    return bool(holding.update(state=state, reason=reason))


def held_of(appointment: Appointment) -> Occurrence | None:
    """The office hours that an appointment is in; none if it was agreed on beside them, or their date is gone."""
    if appointment.series_id is None or appointment.on is None:
        return None
    try:
        return slots.held_on(appointment.course, appointment.series_id, appointment.on)
    except RuleBroken:
        return None


def follow(course: Course, *, now: datetime, may_displace: bool = False, quietly: bool = False) -> None:
    """Let bookings follow their office hours: moved along, or cancelled with the reason; each student is told once.

    `quietly` posts no letter: who is concerned is kept for `untold`, and who waits goes on waiting.
    Raises RuleBroken, naming them, for bookings that no longer fit, unless `may_displace`: then they are cancelled.
    """
    slots.lock(course)
    in_slots = course.appointments.holding().to_come(now).filter(series__isnull=False)
    booked = list(in_slots.select_related("student__user", "course", "host", "series"))
    waits = Waiting.objects.filter(series__course=course).select_related("student__user", "series")
    if not booked and not waits:
        return
    by_key = {(one.series.pk, one.on): one for one in occurrences.of_course(course)}
    displaced = [one for one in booked if _is_displaced(one, by_key.get((one.series_id or 0, one.on or date.min)))]
    if displaced and not may_displace:
        raise RuleBroken(_in_the_way(course, displaced))
    for one in booked:
        _follow(one, by_key.get((one.series_id or 0, one.on or date.min)), now, quietly)
    if not quietly:
        waiting.follow(course, waits, by_key, now)


def _new_time(one: Appointment, held: Occurrence) -> tuple[datetime, datetime]:
    assert one.starts_at is not None and one.ends_at is not None
    starts_at = held.starts_at + timedelta(minutes=one.offset or 0)
    return starts_at, starts_at + (one.ends_at - one.starts_at)


def _is_displaced(one: Appointment, held: Occurrence | None) -> bool:
    return held is not None and not held.is_cancelled and _new_time(one, held)[1] > held.ends_at


def _in_the_way(course: Course, displaced: Iterable[Appointment]) -> str:
    names = [
        f"{one.student.user.name} ({one.starts_at.astimezone(course.zone):%b} "  # type: ignore[union-attr]
        f"{one.starts_at.astimezone(course.zone).day}, {one.starts_at.astimezone(course.zone):%H:%M})"  # type: ignore[union-attr]
        for one in displaced
    ]
    return (
        f"Booked in the time that falls away: {', '.join(names)}. Nothing was changed. "
        "Choose to cancel these bookings, or leave the time as it is."
    )


def _follow(one: Appointment, held: Occurrence | None, now: datetime, quietly: bool) -> None:
    known = (one.known_start or one.starts_at, letters.known_content(one))
    if held is None or held.is_cancelled or _is_displaced(one, held):
        reason = (held.reason if held else "") or "The office hours are not held."
        if not _move_on(one, State.CANCELLED, reason):
            return
    else:
        starts_at, ends_at = _new_time(one, held)
        if (one.starts_at, one.ends_at) != (starts_at, ends_at):
            one.starts_at, one.ends_at = starts_at, ends_at
            one.save(update_fields=["starts_at", "ends_at"])
    if not letters.differs(one, held):
        letters.know(one, None, "")
    elif quietly:
        letters.know(one, *known)
    else:
        letters.tell_change(one, held, now=now, was=known[0])


def release(series: HoursSeries, *, reason: str, now: datetime) -> None:
    """Cancel what is booked in office hours that are about to go; each student is told once."""
    for one in series.appointments.holding().to_come(now).select_related("student__user", "course", "host", "series"):
        held = held_of(one)
        if _move_on(one, State.CANCELLED, reason):
            letters.tell(one, "appointment_cancelled", held=held, now=now)
