from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Count, F, Q, QuerySet

from accounts.errors import DomainError
from courses.domain import calendar, publishing
from courses.domain import letters as course_letters
from courses.models import Course, Enrollment
from officehours.domain import sweeps, teams
from officehours.domain.appointments import GRACE
from officehours.models import HoursQueue, OfficeHours, QueueEntry
from officehours.models.queue import QueueEntryQuerySet

KIND = "queue_near"
NEAR = 2  # this many from the front are told that their turn is near
State, Queue = QueueEntry.State, HoursQueue.State

# Which state a place may go to from which.
MOVES: dict[str, tuple[str, ...]] = {
    State.AWAY: (State.WAITING,),
    State.WAITING: (State.AWAY, State.CALLED),
    State.CALLED: (State.WAITING,),
    State.DONE: (State.CALLED,),
    State.NO_SHOW: (State.CALLED,),
    State.LEFT: (State.WAITING, State.AWAY, State.CALLED),
    State.CARRIED: QueueEntry.CAN_BE_CARRIED,
}
# What students do with their own place: where it leads, and from which states.
OWN_MOVES: dict[str, tuple[str, tuple[str, ...]]] = {
    "leave": (State.LEFT, MOVES[State.LEFT]),
    "away": (State.AWAY, MOVES[State.AWAY]),
    "back": (State.WAITING, (State.AWAY,)),  # not when called: staff send back to the line
}
# The same for a queue.
QUEUE_MOVES: dict[str, tuple[str, ...]] = {
    Queue.OPEN: (Queue.PAUSED, Queue.LAST_CALL, Queue.CLOSED),
    Queue.PAUSED: (Queue.OPEN,),
    Queue.LAST_CALL: (Queue.OPEN, Queue.PAUSED),
    Queue.CLOSED: (Queue.OPEN, Queue.PAUSED, Queue.LAST_CALL),
}
ONCE_CALLED = (State.CALLED, State.DONE, State.NO_SHOW)
ENDS = (State.DONE, State.NO_SHOW, State.LEFT, State.CARRIED)


def queue_of(course: Course, hours_pk: int) -> HoursQueue | None:
    return HoursQueue.objects.filter(hours__course=course, hours__pk=hours_pk).first()


@transaction.atomic
def open_queue(hours: OfficeHours, *, now: datetime) -> HoursQueue:
    """Open the queue of a date, or open it again: who was left over then stands where they stood.

    Raises DomainError for a cancelled date.
    """
    hours.refresh_from_db()
    _check_takes_place(hours, now)
    queue, is_new = HoursQueue.objects.get_or_create(hours=hours, defaults={"opened_at": now})
    if not is_new:
        _change(queue, state=Queue.OPEN)
        queue.entries.filter(state=State.CARRIED).update(state=State.WAITING, ended_at=None)
    return queue


def why_no_queue(hours: OfficeHours, now: datetime) -> str:
    """Why a date has no queue: it is cancelled, or over and its day too, until which its host can stay. Or empty."""
    if hours.is_cancelled:
        return "These office hours are cancelled, so there is no queue."
    if hours.is_over(now) and hours.date < calendar.local_date(hours.course, now):
        return "These office hours are past, so there is no queue any more."
    return ""


def _check_takes_place(hours: OfficeHours, now: datetime) -> None:
    if no := why_no_queue(hours, now):
        raise DomainError(no)


def _change(queue: HoursQueue, **fields: object) -> None:
    """Let pages that watch a queue see that it has changed. It comes first in a verb: none then waits for another."""
    HoursQueue.objects.filter(pk=queue.pk).update(version=F("version") + 1, **fields)


@transaction.atomic
def turn(queue: HoursQueue, state: str) -> None:
    """Pause a queue, open it again, let nobody else join, or close it, which ends any lateness.

    Raises DomainError for a move that is none.
    """
    _change(queue, **({"late_minutes": 0} if state == Queue.CLOSED else {}))
    if not HoursQueue.objects.filter(pk=queue.pk, state__in=QUEUE_MOVES[state]).update(state=state):
        raise DomainError("The queue is not in a state for this. Look at it again.")


@transaction.atomic
def close(queue: HoursQueue, *, now: datetime) -> int:
    """Close a queue; whoever is left over is first next time. How many were."""
    turn(queue, Queue.CLOSED)
    _end_called(queue, now)
    left = queue.entries.filter(state__in=MOVES[State.CARRIED])
    return left.update(state=State.CARRIED, ended_at=now)


def _end_called(queue: HoursQueue, now: datetime) -> None:
    """Whoever is being helped when a queue closes was helped: it is nobody's turn any more."""
    queue.entries.filter(state=State.CALLED).update(state=State.DONE, ended_at=now)


def running(course: Course) -> QuerySet[HoursQueue]:
    rows = HoursQueue.objects.filter(hours__course=course).exclude(state=Queue.CLOSED)
    return rows.select_related("hours__course")


def call_off(queue: HoursQueue, *, now: datetime) -> None:
    """Close the queue of a day on which its hours do not take place now; who waited is first next time."""
    closed = {"state": Queue.CLOSED, "late_minutes": 0, "version": F("version") + 1}
    if HoursQueue.objects.filter(pk=queue.pk).exclude(state=Queue.CLOSED).update(**closed):
        _end_called(queue, now)
        queue.entries.filter(state__in=MOVES[State.CARRIED]).update(state=State.CARRIED, ended_at=now)


def run_late(queue: HoursQueue, minutes: int) -> None:
    _change(queue, late_minutes=minutes)


@transaction.atomic
def join(queue: HoursQueue, *, by: Enrollment, topic: str, team: int | None, now: datetime) -> QueueEntry:
    """Take a place at the end; after having been left over last time, at the front. Joining twice is joining once.

    Who is in a team that holds a place has it too. Raises DomainError when the queue takes nobody.
    """
    publishing.check(topic)
    _change(queue)
    queue = HoursQueue.objects.select_related("hours__course").get(pk=queue.pk)
    mine = place_of(queue, by)
    if mine:
        return mine
    if by.is_staff:
        raise DomainError("Students join the queue, and staff call them. You hold no place.")
    _check_takes_place(queue.hours, now)
    teams.check(by, team)
    if not queue.takes_people:
        raise DomainError("The queue takes nobody any more today. Come to the next office hours, or book a slot.")
    same = Q(student=by) if team is None else Q(student=by) | Q(team=team, queue__hours__course=by.course)
    left_over = QueueEntry.objects.filter(same, state=State.CARRIED).exclude(queue=queue)
    priority = bool(left_over.update(state=State.LEFT))
    entry = QueueEntry(queue=queue, student=by, team=team, topic=topic, has_priority=priority, joined_at=now)
    try:
        with transaction.atomic():
            entry.save()
    except IntegrityError:
        raise DomainError(f"Team {team} holds a place already. Wait together; nothing was changed.") from None
    return entry


@transaction.atomic
def move(entry: QueueEntry, state: str, *, now: datetime) -> None:
    """Take a place to another state. Raises DomainError for a move that MOVES does not have."""
    _change(entry.queue)
    times: dict[str, object] = {"ended_at": now} if state in ENDS else {}
    if state == State.CALLED:
        times["called_at"] = now
    if not QueueEntry.objects.filter(pk=entry.pk, state__in=MOVES[state]).update(state=state, **times):
        raise DomainError("This place is not in a state for this; someone was faster. Look at the queue again.")
    tell_near(entry.queue, now=now)


def move_own(queue: HoursQueue, does: str, *, by: Enrollment, now: datetime) -> None:
    """Leave one's place, be away for a moment, or be back. Raises DomainError for what OWN_MOVES does not have."""
    state, since = OWN_MOVES.get(does, ("", ()))
    entry = queue.entries.active().filter(teams.belongs_to(by), state__in=since).first()
    if entry is None:
        raise DomainError("You hold no place for this. Look at the queue again.")
    move(entry, state, now=now)


def places_of(course: Course) -> QueueEntryQuerySet:
    return QueueEntry.objects.filter(queue__hours__course=course).select_related("queue__hours__course")


@transaction.atomic
def call_next(queue: HoursQueue, *, first: int | None = None, now: datetime) -> QueueEntry | None:
    """Call the first who waits; None if nobody does. Two who call at once call two people.

    With the `first` (by number) whom the caller saw: if they were called since, by a second click or by someone else,
    nobody else is called unseen. Raises DomainError then.
    """
    _change(queue)
    once_called = queue.entries.filter(state__in=ONCE_CALLED).select_related("student__user")
    if first is not None and (called := once_called.filter(pk=first).first()):
        raise DomainError(f"{called.student.user} was called already, and nobody else now. Look who is next.")
    while entry := queue.entries.waiting().first():
        if QueueEntry.objects.filter(pk=entry.pk, state=State.WAITING).update(state=State.CALLED, called_at=now):
            tell_near(queue, now=now)
            return entry
    return None


def tell_near(queue: HoursQueue, *, now: datetime) -> None:
    for entry in queue.entries.waiting().select_related("student__user", "queue__hours__course")[:NEAR]:
        course_letters.post_to(
            entry.queue.hours.course,
            "queue_near",
            people=teams.people_of(entry.queue.hours.course, entry),
            key=f"place-{entry.pk}",
            kind=KIND,
            now=now,
            expires_at=now + timedelta(minutes=30),
            queue=entry.queue,
        )


def close_over(now: datetime) -> int:
    """Close the queues of days that are over, which nobody closed; how many."""
    still = HoursQueue.objects.exclude(state=Queue.CLOSED).select_related("hours__course")
    return sweeps.run_each(still, _close_over, now)


def _close_over(queue: HoursQueue, now: datetime) -> int:
    if queue.hours.date >= calendar.local_date(queue.hours.course, now):
        return 0
    close(queue, now=now)
    return 1


def leave_dropped(now: datetime) -> int:
    """Give up the places of people who are no longer in the course, save what their team keeps; how many."""
    rows = QueueEntry.objects.active().filter(student__dropped_at__lte=now - GRACE)
    places = [entry for entry in rows.select_related("queue__hours__course", "student__user") if not _kept(entry, now)]
    for entry in places:
        move(entry, State.LEFT, now=now)
    return len(places)


def _kept(entry: QueueEntry, now: datetime) -> bool:
    """Whether the next of a team has the place now; not if they stand in the queue themselves."""
    try:
        with transaction.atomic():
            _change(entry.queue)
            return teams.follow(entry, entry.queue.hours.course, now - GRACE)
    except IntegrityError:
        return False


def busy(course: Course) -> list[tuple[HoursQueue, int]]:
    """The queues in which people wait, each with their number."""
    in_line = Count("entries", filter=Q(entries__state=State.WAITING, entries__student__dropped_at=None))
    queues = HoursQueue.objects.filter(hours__course=course).exclude(state=Queue.CLOSED)
    found = queues.annotate(in_line=in_line).filter(in_line__gt=0).select_related("hours").order_by("hours__date", "pk")
    return [(queue, queue.in_line) for queue in found]


def note(entry: QueueEntry, text: str) -> None:
    publishing.check(text)
    QueueEntry.objects.filter(pk=entry.pk).update(note=text)
    _change(entry.queue)


def place_of(queue: HoursQueue, person: Enrollment) -> QueueEntry | None:
    """The place that a student holds in a queue, alone or with their team."""
    return queue.entries.active().filter(teams.belongs_to(person)).select_related("student__user").first()
