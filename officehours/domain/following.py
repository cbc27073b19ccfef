"""What follows a change of office hours: bookings move along or are cancelled, waiting and queues end; all are told."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from accounts.errors import DomainError
from courses.domain import ical
from courses.domain import letters as course_letters
from courses.models import Course
from officehours.domain import bookings, clashes, letters, occurrences, queues, slots, teams, waiting
from officehours.domain.clashes import Span
from officehours.domain.occurrences import Occurrence
from officehours.models import Appointment, HoursQueue
from officehours.models.booking import Waiting

State = Appointment.State
MINUTE = timedelta(minutes=1)
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

    @property
    def offset(self) -> int:
        """How many minutes after its office hours begin it begins."""
        assert self.span is not None and self.held is not None
        return (self.span.starts_at - self.held.starts_at) // MINUTE


def follow(
    course: Course,
    before: Mapping[str, Occurrence],
    *,
    now: datetime,
    may_displace: bool = False,
    quietly: bool = False,
    reason: str = "",
) -> None:
    """Let bookings follow their office hours, and tell each student once; `before` is how these were held (by uid).

    A booking whose time is still one of its date stays. The others move along if their date was moved as a whole, and
    fall away if it was shortened.

    `reason` is that of the change, and is read in letters about the dates that it changed, in no others.
    `quietly` posts no letter: who is concerned is kept for `untold`, and who waits goes on waiting.
    Raises DomainError, naming them, for bookings that no longer fit, unless `may_displace`: then they are cancelled.
    """
    slots.lock(course)
    by_key: dict[Any, Occurrence] = {(one.series.pk, one.on): one for one in occurrences.of_course(course)}
    _leave_behind(course, by_key, now)
    in_slots = course.appointments.holding().to_come(now).filter(series__isnull=False, offset__isnull=False)
    booked = list(in_slots.select_related("student__user", "course", "host", "series"))
    waits = list(Waiting.objects.filter(series__course=course).select_related("student__user", "series"))
    open_queues = list(queues.running(course))
    if not booked and not waits and not open_queues:
        return
    fates = [_fate(one, by_key.get((one.series_id, one.on)), before, now) for one in booked]
    _judge(fates, now)
    displaced = [fate.one for fate in fates if not fate.fits]
    if displaced and not may_displace:
        raise DomainError(_in_the_way(course, displaced, FIRST_HERE if quietly else CHOOSE))
    for fate in fates:
        _follow(fate, now, quietly, waiting.reason_for(fate.held, before, reason))
    _renumber(fate for fate in fates if fate.span and fate.fits)
    for queue in open_queues:
        held = by_key.get((queue.series_id, queue.on))
        _end_queue(queue, held, before, now, quietly, waiting.reason_for(held, before, reason))
    if not quietly:
        waiting.follow(course, waits, by_key, now, before=before, reason=reason)


def _leave_behind(course: Course, by_key: Mapping[Any, Occurrence], now: datetime) -> None:
    """What has begun stays where it was: of a date that was moved away from it, it holds no slot any more."""
    to_come = {one.on for one in by_key.values() if not one.is_over(now)}
    begun = course.appointments.holding().filter(series__isnull=False, offset__isnull=False, starts_at__lte=now)
    for one in begun.filter(Q(ends_at__gt=now) | Q(on__in=to_come)):
        held = by_key.get((one.series_id, one.on))
        if held and not held.is_cancelled and not _lies_in(Span(one.host_id, *one.times), held):
            Appointment.objects.filter(pk=one.pk).update(offset=None)


def _fate(one: Appointment, held: Occurrence | None, before: Mapping[str, Occurrence], now: datetime) -> Fate:
    if held is None or held.is_cancelled:
        return Fate(one, held, None)
    starts_at, ends_at = one.times
    if starts_at <= now:
        return Fate(one, held, Span(one.host_id, starts_at, ends_at))
    stays = Span(held.series.host_id, starts_at, ends_at)
    if _lies_in(stays, held) or _keeps_time(held, before, one):
        return Fate(one, held, stays)
    start = held.starts_at + _distance(one)
    return Fate(one, held, Span(held.series.host_id, start, start + (ends_at - starts_at)))


def _lies_in(span: Span, held: Occurrence) -> bool:
    return held.starts_at <= span.starts_at and span.ends_at <= held.ends_at


def _keeps_time(held: Occurrence, before: Mapping[str, Occurrence], one: Appointment) -> bool:
    """Whether a date still takes some of the time that it took: it was made shorter or longer, not moved as a whole.

    Of a date that nobody knows as it was, an appointment in it tells the beginning, and that it lasted so long.
    """
    was = before.get(held.uid)
    starts_at, ends_at = (was.starts_at, was.ends_at) if was else (one.times[0] - _distance(one), one.times[1])
    return held.starts_at < ends_at and starts_at < held.ends_at


def _distance(one: Appointment) -> timedelta:
    return timedelta(minutes=one.offset or 0)


def _judge(fates: list[Fate], now: datetime) -> None:
    """Find out which of them fit where they would be."""
    moved = [fate for fate in fates if fate.is_moved]
    hosts = [fate.span.host for fate in moved if fate.span]
    standing = clashes.standing(hosts, beside=[fate.one.pk for fate in fates], now=now) if moved else []
    for fate in fates:
        fate.fits = fate.span is None or _fits(fate, now)
    for fate in moved:
        others = standing + [other.span for other in fates if other is not fate and other.span and other.fits]
        fate.fits = fate.fits and not any(fate.span and fate.span.lies_over(other) for other in others)


def _fits(fate: Fate, now: datetime) -> bool:
    """Whether it lies within its office hours, and nobody has to come in the past."""
    assert fate.span is not None and fate.held is not None
    is_past = fate.is_moved and fate.span.starts_at <= now < fate.one.times[0]
    return _lies_in(fate.span, fate.held) and not is_past


def _in_the_way(course: Course, displaced: Iterable[Appointment], advice: str) -> str:
    names = [f"{one.student.user.name} ({_written(one.times[0].astimezone(course.zone))})" for one in displaced]
    return (
        f"Booked in time that falls away, would be past, or is taken: {', '.join(names)}. Nothing was changed. {advice}"
    )


def _written(local: datetime) -> str:
    return f"{local:%b} {local.day}, {local:%H:%M}"


def _follow(fate: Fate, now: datetime, quietly: bool, reason: str) -> None:
    one, held = fate.one, fate.held
    known_start = one.known_start or one.starts_at
    if fate.span is None or not fate.fits:
        why = reason or "The office hours are not held."
        if not bookings.move_on(one, State.CANCELLED, why, ended_by=Appointment.Ended.DATE):
            return
    elif fate.is_moved:
        _move(one, fate.span)
    if not letters.differs(one, held):
        letters.know(one, None, one.known_content)
    elif quietly:
        letters.know(one, known_start, one.known_content)
    else:
        letters.tell_change(one, held, now=now, was=known_start, reason=reason)


def tell_held_after_all(held: Occurrence, now: datetime) -> int:
    """Write to those whose booking fell with a date that is held after all: they can book again. How many letters."""
    fell = held.series.appointments.fallen(now).filter(on=held.on, ended_by=Appointment.Ended.DATE)
    rows = list(fell.select_related("student__user", "course"))
    Appointment.objects.filter(pk__in=[one.pk for one in rows]).update(ended_by="")
    return course_letters.post_to(
        held.series.course,
        "hours_after_all",
        people=[person for one in rows for person in teams.people_of(one.course, one)],
        key=f"after-all-{held.series.pk}:{held.on}:{now:%Y%m%d%H%M%S%f}",
        kind=letters.KIND,
        now=now,
        is_urgent=ical.is_close(held.starts_at, now, end=held.ends_at),
        held=held,
    )


def _move(one: Appointment, span: Span) -> None:
    """Take a booking along: its time, its host, and until when it is offered."""
    one.host_id, one.starts_at, one.ends_at = span.host, span.starts_at, span.ends_at
    if one.offered_until:
        one.offered_until = min(one.offered_until, span.starts_at)
    one.save(update_fields=["host", "starts_at", "ends_at", "offered_until"])


def _renumber(standing: Iterable[Fate]) -> None:
    """Note where in its date each begins now; first nowhere, so that no two are at the same place meanwhile."""
    others = [fate for fate in standing if fate.offset != fate.one.offset]
    Appointment.objects.filter(pk__in=[fate.one.pk for fate in others]).update(offset=None)
    for fate in others:
        fate.one.offset = fate.offset
        fate.one.save(update_fields=["offset"])


def _end_queue(
    queue: HoursQueue,
    held: Occurrence | None,
    before: Mapping[str, Occurrence],
    now: datetime,
    quietly: bool,
    reason: str,
) -> None:
    """Call off the queue of a date that is not held, or not on the day on which its queue runs."""
    was = before.get(held.uid) if held else None
    is_held = held is not None and not held.is_cancelled
    if is_held and (was is None or held is None or was.date == held.date):
        return
    on = was.date if was else queue.on
    queues.call_off(queue, on=on, moved_to=held if is_held else None, reason=reason, quietly=quietly, now=now)
