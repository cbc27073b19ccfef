"""The waiting list of a date: a freed slot is offered to the first, for a time; then to the next."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from accounts.errors import DomainError
from courses.domain import publishing
from courses.models import Enrollment
from officehours.domain import booking_limits, letters, slots, sweeps
from officehours.domain.slots import TimeSlot
from officehours.models import Appointment, BookingRules, OfficeHours, WaitingListEntry
from officehours.models.hours import OfficeHoursQuerySet

State = Appointment.State
OVER = "This offer is over; the slot went to the next on the list. You can join the list again."


@transaction.atomic
def join(hours: OfficeHours, *, by: Enrollment, topic: str, now: datetime) -> WaitingListEntry:
    """Wait for a slot of a date. Waiting twice is waiting once.

    Raises DomainError while a slot is free in which they can come, or without a host.
    """
    publishing.check(topic)
    slots.lock_host_of(hours)
    booking_limits.lock([by.pk])
    waits = hours.waiting_list.filter(student=by).first()
    if waits:
        return waits
    rules = slots.rules_of(hours.course)
    if not rules.is_on or hours.is_cancelled or hours.is_over(now):
        raise DomainError("These office hours cannot be booked, so there is no list to wait on.")
    slots.check_host(hours)
    if Appointment.objects.holding().of_date(hours).filter(student=by).exists():
        raise DomainError("You hold a slot of this date already. Give it back first to wait for another.")
    free = slots.free(hours, rules, now)
    busy = booking_limits.busy([by], hours.starts_at, hours.ends_at)
    if any(_can_come(by, slot, busy) for slot in free) and not _takers(hours, rules, free, now):
        raise DomainError("A slot is free: book it instead of waiting.")
    booking_limits.check(by, hours.course, now)
    return WaitingListEntry.objects.create(hours=hours, student=by, since=now, topic=topic)


def in_line(hours: OfficeHours, rules: BookingRules, now: datetime) -> list[WaitingListEntry]:
    """Who waits for a date and may hold one more booking, in order."""
    rows = hours.waiting_list.filter(student__dropped_at=None)
    free_to = rows.annotate(open=booking_limits.open_of("student", now)).filter(open__lt=rules.open_at_once)
    return list(free_to.select_related("student__user"))


def _takers(
    hours: OfficeHours, rules: BookingRules, free: Iterable[TimeSlot], now: datetime
) -> list[tuple[WaitingListEntry, TimeSlot]]:
    """Who waits for a date and can come in one of the slots that are free, in order, each with the first such slot."""
    left, found = list(free), []
    line = in_line(hours, rules, now) if left else []
    busy = booking_limits.busy([entry.student for entry in line], hours.starts_at, hours.ends_at)
    for entry in line:
        slot = next((slot for slot in left if _can_come(entry.student, slot, busy)), None)
        if slot is not None:
            left.remove(slot)
            found.append((entry, slot))
    return found


def _can_come(student: Enrollment, slot: TimeSlot, busy: Mapping[int, Iterable[booking_limits.Times]]) -> bool:
    return not any(start < slot.ends_at and slot.starts_at < end for start, end in busy.get(student.user_id, []))


def check_turn(hours: OfficeHours, rules: BookingRules, by: Enrollment, now: datetime) -> None:
    free = slots.free(hours, rules, now)
    line = [entry for entry, _ in _takers(hours, rules, free, now)] if free else in_line(hours, rules, now)
    if line and line[0].student_id != by.pk:
        raise DomainError(
            "Others wait for a slot of this date; a free one goes to them. Join the waiting list; nothing was booked."
        )


def leave(hours: OfficeHours, *, by: Enrollment) -> None:
    hours.waiting_list.filter(student=by).delete()


def offer_freed(freed: Appointment, *, now: datetime) -> None:
    rows = _waited_for().filter(host=freed.host_id)
    booking_limits.lock(WaitingListEntry.objects.filter(hours__in=rows).values_list("student_id", flat=True))
    sweeps.run_each(list(rows), offer_free, now)


def offer_due(now: datetime) -> int:
    """Offer what is free to those who wait, however it became free, and forget waiting for what is past; how many."""
    return sweeps.run_each(list(_waited_for()), offer_free, now)


def _waited_for() -> OfficeHoursQuerySet:
    waited_for = WaitingListEntry.objects.values("hours")
    return OfficeHours.objects.filter(pk__in=waited_for).select_related("course", "host", "series").order_by("pk")


@transaction.atomic
def offer_free(hours: OfficeHours, now: datetime) -> int:
    """Offer each free slot of a date to one who waits, can come and may hold one more, in their order; how many offers.

    Without a host on the staff none: nobody could take it.
    """
    slots.lock_host_of(hours)
    waits = hours.waiting_list.all()
    booking_limits.lock(waits.values_list("student_id", flat=True))
    rules = slots.rules_of(hours.course)
    if not rules.is_on or not slots.is_on_staff(hours):
        return 0
    if hours.is_over(now):
        waits.delete()
        return 0
    until = now + timedelta(minutes=rules.offer_minutes)
    takers = _takers(hours, rules, slots.free(hours, rules, now), now)
    return sum(_offer(first, hours, slot, until, now) for first, slot in takers)


def _offer(first: WaitingListEntry, hours: OfficeHours, slot: TimeSlot, until: datetime, now: datetime) -> int:
    offer = Appointment(
        course=hours.course, host=hours.host, student=first.student, topic=first.topic, hours=hours,
        starts_at=slot.starts_at, ends_at=slot.ends_at, state=State.OFFERED, created_at=now,
        offered_until=min(until, slot.starts_at),
    )  # fmt: skip
    try:
        with transaction.atomic():
            offer.save()
            first.delete()
    except IntegrityError:
        return 0
    letters.tell(offer, "appointment_offer", now=now, kind=letters.OFFER)
    return 1


@transaction.atomic
def accept(offer: Appointment, *, by: Enrollment, now: datetime) -> None:
    """Take an offer in time. Taking it twice is taking it once. Raises DomainError when it is over or another's."""
    slots.lock_host_of(offer)
    booking_limits.lock([by.pk])
    mine = Appointment.objects.filter(pk=offer.pk, student=by)
    if mine.filter(state=State.OFFERED).exists():
        booking_limits.check_own_time(by, *offer.times, by=by, beside=offer)
        slots.check_host(offer)
    if mine.filter(state=State.OFFERED, offered_until__gt=now, starts_at__gt=now).update(
        state=State.BOOKED, offered_until=None
    ):
        offer.refresh_from_db()
        letters.tell(offer, "appointment_booked", now=now)
    elif not mine.filter(state=State.BOOKED).exists():
        raise DomainError(OVER)


@transaction.atomic
def decline(offer: Appointment, *, by: Enrollment, now: datetime) -> None:
    slots.lock_host_of(offer)
    mine = Appointment.objects.filter(pk=offer.pk, student=by, state=State.OFFERED)
    if mine.update(state=State.DECLINED):
        offer_freed(offer, now=now)


def lapse_due(now: datetime) -> int:
    """End the offers that were not answered in time, and offer their slots to the next; how many ended."""
    due = Appointment.objects.filter(state=State.OFFERED, offered_until__lte=now)
    return sweeps.run_each(due.select_related("course", "host", "hours"), _lapse, now)


@transaction.atomic
def _lapse(offer: Appointment, now: datetime) -> int:
    slots.lock_host_of(offer)
    still = Appointment.objects.filter(pk=offer.pk, state=State.OFFERED, offered_until__lte=now)
    if not still.update(state=State.LAPSED):
        return 0
    offer_freed(offer, now=now)
    return 1
