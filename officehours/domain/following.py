"""What follows a change of office hours: bookings move along or are cancelled, waiting and queues end; all are told."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from accounts.errors import RuleBroken
from courses.models import Course
from officehours.domain import bookings, clashes, letters, occurrences, queues, slots, waiting
from officehours.domain.clashes import Span
from officehours.domain.occurrences import Occurrence
from officehours.models import Appointment, HoursQueue
from officehours.models.booking import Waiting

State = Appointment.State
FIRST_HERE = "Cancel these bookings in the portal first, or leave the time as it is."
CHOOSE = "Choose to cancel these bookings, or leave the time as it is."


@dataclass
class Fate:
    """An appointment and where its office hours are now; without a `span` they are not held."""

    one: Appointment
    held: Occurrence | None
    span: Span | None
    fits: bool = True

    @property
    def is_moved(self) -> bool:
        """Whether its time or its host is another."""
        one = self.one
        return self.span is not None and self.span != Span(one.host_id, *one.times)


def follow(
    course: Course, *, now: datetime, may_displace: bool = False, quietly: bool = False, reason: str = ""
) -> None:
    """Let bookings follow their office hours: moved along, or cancelled with the reason; each student is told once.

    `quietly` posts no letter: who is concerned is kept for `untold`, and who waits goes on waiting.
    Raises RuleBroken, naming them, for bookings that no longer fit, unless `may_displace`: then they are cancelled.
    """
    slots.lock(course)
    in_slots = course.appointments.holding().to_come(now).filter(series__isnull=False)
    booked = list(in_slots.select_related("student__user", "course", "host", "series"))
    waits = list(Waiting.objects.filter(series__course=course).select_related("student__user", "series"))
    open_queues = list(queues.running(course))
    if not booked and not waits and not open_queues:
        return
    by_key = {(one.series.pk, one.on): one for one in occurrences.of_course(course)}
    fates = _fates(booked, by_key, now)
    displaced = [fate.one for fate in fates if not fate.fits]
    if displaced and not may_displace:
        raise RuleBroken(_in_the_way(course, displaced, FIRST_HERE if quietly else CHOOSE))
    for fate in fates:
        _follow(fate, now, quietly, reason)
    _end_queues(course, open_queues, by_key, now, quietly, reason)
    if not quietly:
        waiting.follow(course, waits, by_key, now, reason=reason)


def _fates(booked: Iterable[Appointment], by_key: Mapping[Any, Occurrence], now: datetime) -> list[Fate]:
    fates = [_fate(one, by_key.get((one.series_id, one.on))) for one in booked]
    moved = [fate for fate in fates if fate.is_moved]
    hosts = [fate.span.host for fate in moved if fate.span]
    standing = clashes.standing(hosts, beside=[fate.one.pk for fate in fates], now=now) if moved else []
    for fate in fates:
        fate.fits = fate.span is None or _fits(fate, now)
    for fate in moved:
        others = standing + [other.span for other in fates if other is not fate and other.span and other.fits]
        fate.fits = fate.fits and not any(fate.span and fate.span.lies_over(other) for other in others)
    return fates


def _fate(one: Appointment, held: Occurrence | None) -> Fate:
    if held is None or held.is_cancelled:
        return Fate(one, held, None)
    starts_at, ends_at = one.times
    start = held.starts_at + timedelta(minutes=one.offset or 0)
    return Fate(one, held, Span(held.series.host_id, start, start + (ends_at - starts_at)))


def _fits(fate: Fate, now: datetime) -> bool:
    """Whether it lies within its office hours, and nobody has to come in the past."""
    assert fate.span is not None and fate.held is not None
    is_past = fate.is_moved and fate.span.starts_at <= now < fate.one.times[0]
    return fate.span.ends_at <= fate.held.ends_at and not is_past


def _in_the_way(course: Course, displaced: Iterable[Appointment], advice: str) -> str:
    names = [f"{one.student.user.name} ({_written(one.times[0].astimezone(course.zone))})" for one in displaced]
    return (
        f"Booked in time that falls away, would be past, or is taken: {', '.join(names)}. Nothing was changed. {advice}"
    )


def _written(local: datetime) -> str:
    return f"{local:%b} {local.day}, {local:%H:%M}"


def _follow(fate: Fate, now: datetime, quietly: bool, reason: str) -> None:
    one, held = fate.one, fate.held
    known = (one.known_start or one.starts_at, letters.known_content(one))
    if fate.span is None or not fate.fits:
        why = reason or (held.reason if held else "") or "The office hours are not held."
        if not bookings.move_on(one, State.CANCELLED, why):
            return
    elif fate.is_moved:
        _move(one, fate.span)
    if not letters.differs(one, held):
        letters.know(one, None, "")
    elif quietly:
        letters.know(one, *known)
    else:
        letters.tell_change(one, held, now=now, was=known[0], reason=reason)


def _move(one: Appointment, span: Span) -> None:
    """Take a booking along: its time, its host, and until when it is offered."""
    one.host_id, one.starts_at, one.ends_at = span.host, span.starts_at, span.ends_at
    if one.offered_until:
        one.offered_until = min(one.offered_until, span.starts_at)
    one.save(update_fields=["host", "starts_at", "ends_at", "offered_until"])


def _end_queues(
    course: Course,
    running: Iterable[HoursQueue],
    by_key: Mapping[Any, Occurrence],
    now: datetime,
    quietly: bool,
    reason: str,
) -> None:
    for queue in running:
        held = by_key.get((queue.series_id, queue.on))
        if held is None or held.is_cancelled:
            queues.call_off(queue, reason=reason or (held.reason if held else ""), quietly=quietly, now=now)
