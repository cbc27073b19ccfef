"""The waiting list of a date: a freed slot is offered to the first, for a time; then to the next."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from accounts.errors import DomainError
from courses.domain import calendar, ical, publishing
from courses.domain import letters as course_letters
from courses.models import Course, Enrollment
from officehours.domain import hosts, letters, limits, slots, sweeps, told
from officehours.domain.occurrences import Occurrence
from officehours.models import Appointment, BookingRules
from officehours.models.booking import Waiting

State = Appointment.State
OVER = "This offer is over; the slot went to the next on the list. You can join the list again."


@transaction.atomic
def join(course: Course, *, by: Enrollment, series: int, on: date, topic: str, now: datetime) -> Waiting:
    """Wait for a slot of a date. Waiting twice is waiting once.

    Raises DomainError while a slot is free in which they can come, or without a host.
    """
    publishing.check(topic)
    slots.lock(course, series)
    limits.lock([by.pk])
    waits = Waiting.objects.filter(series=series, on=on, student=by).first()
    if waits:
        return waits
    held, rules = slots.held_on(course, series, on), slots.rules_of(course)
    if not rules.is_on or held.is_cancelled or held.is_over(now):
        raise DomainError("These office hours cannot be booked, so there is no list to wait on.")
    hosts.check(held.series)
    if Appointment.objects.holding().of_date(held.series, on).filter(student=by).exists():
        raise DomainError("You hold a slot of this date already. Give it back first to wait for another.")
    free = slots.free(held, rules, now)
    busy = limits.busy([by], held.starts_at, held.ends_at)
    if any(_can_come(by, slot, busy) for slot in free) and not _takers(held, rules, free, now):
        raise DomainError("A slot is free: book it instead of waiting.")
    limits.check(by, course, now)
    return Waiting.objects.create(
        series=held.series, on=on, student=by, since=now, topic=topic, known_start=held.starts_at
    )


def in_line(held: Occurrence, rules: BookingRules, now: datetime) -> list[Waiting]:
    """Who waits for a date and may hold one more booking, in order."""
    rows = Waiting.objects.filter(series=held.series, on=held.on, student__dropped_at=None)
    free_to = rows.annotate(open=limits.open_of("student", now)).filter(open__lt=rules.open_at_once)
    return list(free_to.select_related("student__user"))


def _takers(
    held: Occurrence, rules: BookingRules, free: Iterable[slots.Slot], now: datetime
) -> list[tuple[Waiting, slots.Slot]]:
    """Who waits for a date and can come in one of the slots that are free, in order, each with the first such slot."""
    left, found = list(free), []
    line = in_line(held, rules, now) if left else []
    busy = limits.busy([one.student for one in line], held.starts_at, held.ends_at)
    for one in line:
        slot = next((slot for slot in left if _can_come(one.student, slot, busy)), None)
        if slot is not None:
            left.remove(slot)
            found.append((one, slot))
    return found


def _can_come(student: Enrollment, slot: slots.Slot, busy: Mapping[int, Iterable[limits.Times]]) -> bool:
    """Whether a student is nowhere else at the time of a slot."""
    return not any(start < slot.ends_at and slot.starts_at < end for start, end in busy.get(student.user_id, []))


def check_turn(held: Occurrence, rules: BookingRules, by: Enrollment, now: datetime) -> None:
    """Raise DomainError if a free slot of a date is somebody's who waits for it and can come."""
    free = slots.free(held, rules, now)
    line = [one for one, _ in _takers(held, rules, free, now)] if free else in_line(held, rules, now)
    if line and line[0].student_id != by.pk:
        raise DomainError(
            "Others wait for a slot of this date; a free one goes to them. Join the waiting list; nothing was booked."
        )


def leave(course: Course, *, by: Enrollment, series: int, on: date) -> None:
    """Wait no more."""
    Waiting.objects.filter(series__course=course, series=series, on=on, student=by).delete()


def offer_freed(freed: Appointment, *, now: datetime) -> None:
    """Offer the time that an appointment held to those who wait for office hours of its host."""
    waits = list(Waiting.objects.filter(series__host=freed.host_id).select_related("series__course"))
    limits.lock(one.student_id for one in waits)
    sweeps.each(_dates(waits), _offer_date, now)


def offer_due(now: datetime) -> int:
    """Offer what is free to those who wait, however it became free, and forget waiting for what is past; how many."""
    dates = _dates(Waiting.objects.select_related("series__course"))
    return sweeps.each(dates, _offer_date, now)


def _offer_date(day: tuple[Course, int, date], now: datetime) -> int:
    course, series, on = day
    return offer_free(course, series, on, now=now)


def _dates(waits: Iterable[Waiting]) -> list[tuple[Course, int, date]]:
    found = {(one.series_id, one.on): (one.series.course, one.series_id, one.on) for one in waits}
    return [found[key] for key in sorted(found)]


@transaction.atomic
def offer_free(course: Course, series: int, on: date, *, now: datetime) -> int:
    """Offer each free slot of a date to one who waits, can come and may hold one more, in their order; how many offers.

    Without a host on the staff none: nobody could take it.
    """
    slots.lock(course, series)
    waits = Waiting.objects.filter(series=series, on=on)
    limits.lock(waits.values_list("student_id", flat=True))
    held, rules = slots.find(course, series, on), slots.rules_of(course)
    if held is None or not rules.is_on or not hosts.is_here(held):
        return 0
    if held.is_over(now):
        waits.delete()
        return 0
    until = now + timedelta(minutes=rules.offer_minutes)
    takers = _takers(held, rules, slots.free(held, rules, now), now)
    return sum(_offer(first, held, slot, until, now) for first, slot in takers)


def _offer(first: Waiting, held: Occurrence, slot: slots.Slot, until: datetime, now: datetime) -> int:
    offer = Appointment(
        course=held.series.course, host=held.series.host, student=first.student, topic=first.topic,
        series=held.series, on=held.on, offset=slot.offset, starts_at=slot.starts_at, ends_at=slot.ends_at,
        state=State.OFFERED, offered_until=min(until, slot.starts_at), created_at=now,
    )  # fmt: skip
    try:
        with transaction.atomic():
            offer.save()
            first.delete()
    except IntegrityError:
        return 0
    letters.tell(offer, "appointment_offer", held=held, now=now, kind=letters.OFFER)
    return 1


@transaction.atomic
def accept(offer: Appointment, *, by: Enrollment, now: datetime) -> None:
    """Take an offer in time. Taking it twice is taking it once. Raises DomainError when it is over or another's."""
    slots.lock_host_of(offer)
    limits.lock([by.pk])
    mine = Appointment.objects.filter(pk=offer.pk, student=by)
    if mine.filter(state=State.OFFERED).exists():
        limits.check_own_time(by, *offer.times, by=by, beside=offer)
        if held := slots.held_of(offer):
            hosts.check(held.series)
    if mine.filter(state=State.OFFERED, offered_until__gt=now, starts_at__gt=now).update(
        state=State.BOOKED, offered_until=None
    ):
        offer.refresh_from_db()
        letters.tell(offer, "appointment_booked", held=slots.held_of(offer), now=now)
    elif not mine.filter(state=State.BOOKED).exists():
        raise DomainError(OVER)


@transaction.atomic
def decline(offer: Appointment, *, by: Enrollment, now: datetime) -> None:
    """Leave an offer to the next who waits."""
    slots.lock_host_of(offer)
    mine = Appointment.objects.filter(pk=offer.pk, student=by, state=State.OFFERED)
    if mine.update(state=State.DECLINED):
        offer_freed(offer, now=now)


def lapse_due(now: datetime) -> int:
    """End the offers that were not answered in time, and offer their slots to the next; how many ended."""
    due = Appointment.objects.filter(state=State.OFFERED, offered_until__lte=now)
    return sweeps.each(due.select_related("course", "host", "series"), _lapse, now)


@transaction.atomic
def _lapse(offer: Appointment, now: datetime) -> int:
    slots.lock_host_of(offer)
    still = Appointment.objects.filter(pk=offer.pk, state=State.OFFERED, offered_until__lte=now)
    if not still.update(state=State.LAPSED):
        return 0
    offer_freed(offer, now=now)
    return 1


def follow(
    course: Course,
    waits: Iterable[Waiting],
    by_key: Mapping[Any, Occurrence],
    now: datetime,
    *,
    before: Mapping[str, Occurrence] | None = None,
    reason: str = "",
) -> int:
    """Tell who waits for a date that was moved, and end the waiting for one that is not held; offer what became free.

    `before` is how the dates were held (by uid), as far as that is known. How many letters.
    """
    before = before or {}
    dates, posted = set(), 0
    waits = list(waits)
    limits.lock(one.student_id for one in waits)
    for one in waits:
        held = by_key.get((one.series_id, one.on))
        if held is None or held.is_cancelled:
            posted += _end(course, one, held, reason_for(held, before, reason), now)
        else:
            why = reason_for(held, before, reason)
            posted += _tell_moved(course, one, held, before.get(held.uid), why, now)
            dates.add((one.series_id, one.on))
    return posted + sum(offer_free(course, series, on, now=now) for series, on in dates)


def reason_for(held: Occurrence | None, before: Mapping[str, Occurrence], reason: str) -> str:
    """Why a date is as it is now: the `reason` of a change only if that changed it, else what the date itself says."""
    was = before.get(held.uid) if held else None
    is_changed = held is None or was is None or (was.date, told.content_of(was)) != (held.date, told.content_of(held))
    return (reason if is_changed else "") or (held.reason if held else "")


def _is_close(known_start: datetime, dates: Iterable[Occurrence | None], now: datetime) -> bool:
    """Whether a date is close or on, as it was or is held, or as someone who waits believes."""
    held = [one for one in dates if one]
    return ical.is_close(known_start, now) or any(ical.is_close(one.starts_at, now, end=one.ends_at) for one in held)


def _tell_moved(
    course: Course, one: Waiting, held: Occurrence, before: Occurrence | None, reason: str, now: datetime
) -> int:
    """Tell someone who waits when their date begins now, if they know otherwise; they wait on."""
    known_start = one.known_start or (before or held).starts_at
    if one.known_start != held.starts_at:
        one.known_start = held.starts_at
        one.save(update_fields=["known_start"])
    if known_start == held.starts_at:
        return 0
    return course_letters.post_to(
        course,
        "waiting_moved",
        people=[one.student],
        key=f"waiting-{one.pk}:{now:%Y%m%d%H%M%S%f}",
        kind=letters.KIND,
        now=now,
        is_urgent=_is_close(known_start, (before, held), now),
        was=known_start,
        held=held,
        reason=reason,
    )


def _end(course: Course, one: Waiting, held: Occurrence | None, reason: str, now: datetime) -> int:
    known_start = one.known_start or calendar.at(course, one.on, time.max)
    posted = course_letters.post_to(
        course,
        "waiting_ended",
        people=[one.student],
        key=f"waiting-{one.pk}",
        kind=letters.KIND,
        now=now,
        is_urgent=_is_close(known_start, (held,), now),
        on=one.on,
        reason=reason,
    )
    one.delete()
    return posted
