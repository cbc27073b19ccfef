"""A change of office hours as a plan: the rows, what becomes of bookings, waiting and queues, and who is mailed.

Making a plan writes nothing; applying writes that plan.
"""

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.errors import DomainError
from courses.domain import ical, publishing
from courses.domain import letters as course_letters
from courses.models import Course, Enrollment
from officehours.domain import conflicts, edits, letters, queues, series, slots, teams
from officehours.domain.conflicts import Conflict, Span
from officehours.domain.edits import ChangedDate, Changes, Edit
from officehours.domain.letters import HoursLetter, Recipients
from officehours.models import Appointment, HoursQueue, HoursSeries, OfficeHours, QueueEntry, WaitingListEntry

State = Appointment.State
CHOOSE = "Choose to cancel these bookings, or leave the time as it is."
OVER_RULE = "The office hours are not held."


@dataclass(frozen=True)
class ChangedAppointment:
    before: Appointment
    after: Appointment
    hours: OfficeHours

    @property
    def span(self) -> Span:
        return Span(self.after.host_id, *self.after.times)

    @property
    def is_moved(self) -> bool:
        return self.span != Span(self.before.host_id, *self.before.times)


@dataclass
class HoursPlan:
    course: Course
    changes: Changes
    appointments: list[ChangedAppointment] = field(default_factory=list)
    waiting_ends: list[WaitingListEntry] = field(default_factory=list)
    queues_end: list[HoursQueue] = field(default_factory=list)
    letters: list[HoursLetter] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    host: Enrollment | None = None  # who gets a letter too, if another does it
    reason: str = ""

    @property
    def dates(self) -> list[ChangedDate]:
        """The dates that people see otherwise than before, in order."""
        seen = [date for date in self.changes.dates if date.before is None or is_seen(date.before, date.after)]
        return sorted(seen, key=lambda date: date.starts)

    @property
    def recipients(self) -> Recipients:
        return Recipients.of(self.course, self.letters)

    @property
    def fingerprint(self) -> str:
        """A digest of all that it does, and of who gets a letter."""
        shown = [(date.before and _shown(date.before), _shown(date.after)) for date in self.dates]
        mailed = [(letter.template, [user.pk for user in letter.readers]) for letter in self.letters]
        return ical.digest(shown, mailed, len(self.conflicts))


def is_seen(before: OfficeHours, after: OfficeHours) -> bool:
    return _shown(before) != _shown(after)


def _shown(hours: OfficeHours) -> tuple[object, ...]:
    return hours.date, series.digest_of(hours)


def of_edit(course: Course, edit: Edit, *, now: datetime) -> HoursPlan:
    changes = edits.of_edit(course, edit, now)
    plan = of_changes(course, changes, now=now, reason=edit.reason, may_displace=edit.may_displace)
    plan.conflicts = conflicts.of_dates([date.after for date in plan.dates], now)
    return plan


@transaction.atomic
def apply_edit(course: Course, edit: Edit, *, by: Enrollment, seen: str | None, now: datetime) -> HoursPlan | None:
    """Do it, if it is what was `seen` (its fingerprint; None for whatever it is); else return what it would do now.

    The host is told of what others did to their hours. Raises DomainError if a rule says no; nothing is changed then.
    """
    own = (edit.terms.place, edit.terms.url) if edit.terms else ()
    publishing.check(edit.title or "", edit.reason, *own)
    slots.lock(course)
    plan = of_edit(course, edit, now=now)
    if seen is not None and plan.fingerprint != seen:
        return plan
    apply(plan, now=now)
    _tell_host(plan, by=by, now=now)
    return None


@transaction.atomic
def restore(hours: OfficeHours, *, by: Enrollment, now: datetime) -> int:
    """Let one date take place after all; whose booking was cancelled with it can book again, and is mailed.

    The host is told if others do it. Doing it twice is doing it once. How many letters to students.
    """
    course = hours.course
    slots.lock(course)
    hours = course.office_hours.in_order().get(pk=hours.pk)
    plan = of_changes(course, edits.of_restoring(hours, now), now=now)
    plan.letters += _after_all(plan.changes.dates[0].after, now)
    posted = apply(plan, now=now)
    hours.appointments.filter(ended_by=Appointment.Ended.DATE).update(ended_by="")
    _tell_host(plan, by=by, now=now)
    return posted


def of_changes(
    course: Course, changes: Changes, *, now: datetime, reason: str = "", may_displace: bool = False
) -> HoursPlan:
    """What follows when these dates change.

    A booking whose time is still one of its date stays. The others move along if their date was moved as a whole, and
    are in the way if it was shortened. `reason` is that of the change, and is read in the letters.

    Raises DomainError, naming them, for bookings in the way, unless `may_displace`: then they are cancelled.
    """
    plan = HoursPlan(course, changes, reason=reason)
    by_pk = {date.before.pk: date for date in changes.dates if date.before}
    _follow_bookings(plan, by_pk, now, may_displace)
    _follow_waiting(plan, by_pk, now)
    _follow_queues(plan, by_pk, now)
    plan.host = _host(plan)
    return plan


# --- What follows -----------------------------------------------------------------------------------


def _follow_bookings(plan: HoursPlan, by_pk: Mapping[int, ChangedDate], now: datetime, may_displace: bool) -> None:
    holding = Appointment.objects.holding().to_come(now).filter(hours__in=list(by_pk))
    rows = list(holding.select_related("student__user", "course", "host", "hours"))
    found = [_follow(row, by_pk[row.hours_id or 0], now) for row in rows]
    displaced = _displaced(found, by_pk, now)
    if displaced and not may_displace:
        names = [
            f"{row.student.user.name} ({_written(row.times[0].astimezone(plan.course.zone))})" for row in displaced
        ]
        raise DomainError(
            f"Booked in time that falls away, would be past, or is taken: {', '.join(names)}. Nothing was changed. "
            f"{CHOOSE}"
        )
    for changed in found:
        date = by_pk[changed.before.hours_id or 0]
        reason = plan.reason or changed.hours.reason
        if changed.before in displaced or date.after.is_cancelled:
            after = copy(changed.before)
            after.state, after.ended_by, after.reason = State.CANCELLED, Appointment.Ended.DATE, reason or OVER_RULE
            changed = ChangedAppointment(changed.before, after, date.after)
        assert date.before is not None
        if letters.digest_of(changed.after, date.after) != letters.digest_of(changed.before, date.before):
            plan.appointments.append(changed)
            was = changed.before.starts_at
            plan.letters.append(letters.of_change(changed.after, date.after, now=now, was=was, reason=reason))


def _follow(row: Appointment, date: ChangedDate, now: datetime) -> ChangedAppointment:
    """An appointment as it moves along with its date, whether or not it fits there."""
    before, hours, after = date.before, date.after, copy(row)
    starts_at, ends_at = row.times
    assert before is not None
    if starts_at > now:
        after.host = hours.host
        has_another_zone = (hours.date, hours.start, hours.end) == (before.date, before.start, before.end)
        keeps_time = hours.starts_at < before.ends_at and before.starts_at < hours.ends_at
        if has_another_zone or not (keeps_time or _lies_in(starts_at, ends_at, hours)):
            by = hours.starts_at - before.starts_at
            after.starts_at, after.ends_at = starts_at + by, ends_at + by
            if row.offered_until:
                after.offered_until = min(row.offered_until, after.starts_at)
    return ChangedAppointment(row, after, hours)


def _lies_in(starts_at: datetime, ends_at: datetime, hours: OfficeHours) -> bool:
    return hours.starts_at <= starts_at and ends_at <= hours.ends_at


def _displaced(found: list[ChangedAppointment], by_pk: Mapping[int, ChangedDate], now: datetime) -> list[Appointment]:
    """Those that do not fit where they would be: outside of their date, in the past, or over another of the host."""
    staying = [changed for changed in found if not changed.hours.is_cancelled]
    moved = [changed for changed in staying if changed.is_moved]
    hosts = {changed.after.host_id for changed in moved}
    taken = conflicts.taken(hosts, beside=[changed.before.pk for changed in found], now=now) if moved else []
    out = [changed for changed in staying if changed.before.times[0] > now and not _fits(changed, now)]
    for changed in moved:
        others = taken + [other.span for other in staying if other is not changed and other not in out]
        if changed not in out and any(changed.span.overlaps(other) for other in others):
            out.append(changed)
    return [changed.before for changed in staying if changed in out]


def _fits(changed: ChangedAppointment, now: datetime) -> bool:
    starts_at, ends_at = changed.after.times
    return _lies_in(starts_at, ends_at, changed.hours) and not (changed.is_moved and starts_at <= now)


def _written(local: datetime) -> str:
    return f"{local:%b} {local.day}, {local:%H:%M}"


def _follow_waiting(plan: HoursPlan, by_pk: Mapping[int, ChangedDate], now: datetime) -> None:
    """Who waits for a date that is cancelled waits no more; for one that is moved they wait on. Both are mailed."""
    rows = WaitingListEntry.objects.filter(hours__in=list(by_pk)).select_related("student__user", "hours")
    for entry in rows:
        before, after = by_pk[entry.hours_id].before, by_pk[entry.hours_id].after
        assert before is not None
        is_close = any(ical.is_close(row.starts_at, now, end=row.ends_at) for row in (before, after))
        about: dict[str, Any] = {
            "people": (entry.student,), "is_urgent": is_close, "reason": plan.reason or after.reason,
        }  # fmt: skip
        if after.is_cancelled:
            plan.waiting_ends.append(entry)
            plan.letters.append(HoursLetter("waiting_ended", key=f"waiting-{entry.pk}", on=before.date, **about))
        elif after.starts_at != before.starts_at:
            key, was = f"waiting-{entry.pk}:{now:%Y%m%d%H%M%S%f}", before.starts_at
            plan.letters.append(HoursLetter("waiting_moved", key=key, was=was, hours=after, **about))


def _follow_queues(plan: HoursPlan, by_pk: Mapping[int, ChangedDate], now: datetime) -> None:
    """Close the queue of a date that is cancelled, or moved to another day; who is left over is mailed."""
    running = HoursQueue.objects.exclude(state=HoursQueue.State.CLOSED)
    for queue in running.filter(hours__in=list(by_pk)).select_related("hours__course"):
        before, after = by_pk[queue.hours_id].before, by_pk[queue.hours_id].after
        assert before is not None
        if not after.is_cancelled and after.date == before.date:
            continue
        plan.queues_end.append(queue)
        left = queue.entries.filter(state__in=QueueEntry.CAN_BE_CARRIED).select_related("student__user")
        people = {person.pk: person for entry in left for person in teams.people_of(plan.course, entry)}
        moved_to = None if after.is_cancelled else after
        plan.letters.append(
            HoursLetter(
                "queue_ended", people=tuple(people.values()), key=f"queue-{queue.pk}:{now:%Y%m%d%H%M%S%f}",
                is_urgent=True, queue=queue, on=before.date, moved_to=moved_to, reason=plan.reason or after.reason,
            )
        )  # fmt: skip


def _after_all(hours: OfficeHours, now: datetime) -> list[HoursLetter]:
    """A letter to those whose booking was cancelled with a date that takes place after all: they can book again."""
    rows = hours.appointments.cancelled_by_staff(now).filter(ended_by=Appointment.Ended.DATE)
    people = {
        person.pk: person
        for row in rows.select_related("student__user", "course")
        for person in teams.people_of(row.course, row)
    }
    key, is_close = f"after-all-{hours.pk}:{now:%Y%m%d%H%M%S%f}", ical.is_close(hours.starts_at, now, end=hours.ends_at)
    return [HoursLetter("hours_after_all", people=tuple(people.values()), key=key, is_urgent=is_close, hours=hours)]


def _host(plan: HoursPlan) -> Enrollment | None:
    """To whom a change of these dates is written, unless they made it: the host, while on the staff."""
    hosts = {(date.before or date.after).host_id for date in plan.dates}
    return plan.course.enrollments.staff().filter(user__in=hosts).select_related("user").first() if hosts else None


# --- Writing ----------------------------------------------------------------------------------------


@transaction.atomic
def apply(plan: HoursPlan, *, now: datetime) -> int:
    """Write a plan, and post its letters; how many. What becomes free is offered to who waits by the next sweep."""
    if plan.changes.series is not None:
        plan.changes.series.save()
    for date in plan.changes.dates:
        date.after.save()
    ical.publish([(date.after, series.digest_of(date.after)) for date in plan.changes.dates], now)
    _write_appointments(plan)
    WaitingListEntry.objects.filter(pk__in=[entry.pk for entry in plan.waiting_ends]).delete()
    for queue in plan.queues_end:
        queues.call_off(queue, now=now)
    return sum(letter.post(plan.course, now) for letter in plan.letters)


def _write_appointments(plan: HoursPlan) -> None:
    """One by one: those that are cancelled make room, of those that move later the last goes first.

    So no two of a date begin at the same time meanwhile, as the unique constraint wants.
    """
    names = ("state", "ended_by", "reason", "host", "starts_at", "ends_at", "offered_until")
    for changed in sorted(plan.appointments, key=_turn):
        changed.after.save(update_fields=names)


def _turn(changed: ChangedAppointment) -> tuple[bool, float]:
    before, after = changed.before.times[0], changed.after.times[0]
    is_kept = changed.after.state != State.CANCELLED
    return is_kept, -before.timestamp() if after > before else before.timestamp()


def _tell_host(plan: HoursPlan, *, by: Enrollment, now: datetime) -> None:
    """Write to the host of hours that somebody else changed, and whether students are told; not if no date changed."""
    host, dates = plan.host, plan.dates
    if host is None or host == by:
        return
    rows = [row for date in dates for row in (date.before, date.after) if row]
    course_letters.post_to(
        plan.course,
        "hours_changed",
        people=[host],
        key=f"hours-{dates[0].after.pk}:{now:%Y%m%d%H%M%S%f}",
        kind=letters.KIND,
        now=now,
        is_urgent=any(ical.is_close(row.starts_at, now, end=row.ends_at) for row in rows),
        dates=dates,
        by=by,
        reason=plan.reason,
        is_told=bool(plan.recipients),
    )


@transaction.atomic
def change_series(series_: HoursSeries, *, now: datetime, may_displace: bool = False, **what: Any) -> HoursPlan:
    """Let a series and its dates be as a course file says (`edits.of_series`), and write to who is concerned."""
    slots.lock(series_.course)
    changes = edits.of_series(series_, now=now, **what)
    plan = of_changes(series_.course, changes, now=now, may_displace=may_displace)
    apply(plan, now=now)
    return plan
