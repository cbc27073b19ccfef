from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heapify, heapreplace

from django.db.models import Avg, Count, Exists, F, OuterRef, Q, QuerySet

from courses.models import Enrollment
from officehours.domain import queues, teams
from officehours.models import HoursQueue, OfficeHours, QueueEntry

KNOWN = 3  # this many must have been helped before a wait is estimated
SHOWN = 20  # so many of the waiting are listed
State, Queue = QueueEntry.State, HoursQueue.State


@dataclass(frozen=True)
class Wait:
    """A place as its student sees it: how many are before it, and until when that takes, if it is known."""

    entry: QueueEntry
    ahead: int
    minutes: int | None
    until: datetime | None


@dataclass(frozen=True)
class QueuePlace:
    queue: HoursQueue
    hours: OfficeHours
    wait: Wait


@dataclass(frozen=True)
class Desk:
    called: list[QueueEntry]
    waiting: list[QueueEntry]
    away: int
    more: int


def wait_of(queue: HoursQueue, person: Enrollment, *, now: datetime) -> Wait | None:
    entry = queues.place_of(queue, person)
    if entry is None:
        return None
    in_line = entry.state == State.WAITING
    ahead = queue.entries.before(entry).count() if in_line else 0
    wait = _estimate(queue, ahead, now) if in_line and queue.state != Queue.PAUSED else None
    if wait is None:
        return Wait(entry, ahead, None, None)
    return Wait(entry, ahead, round(wait / timedelta(minutes=1)), now + wait)


def places(person: Enrollment, *, now: datetime) -> list[QueuePlace]:
    running = queues.running(person.course)
    if not running.exists():
        return []
    theirs = running.filter(pk__in=_places_of(person).values("queue")).select_related("hours__host", "hours__course")
    found = [(queue, wait_of(queue, person, now=now)) for queue in theirs.order_by("hours__starts_at", "pk")]
    return [QueuePlace(queue, queue.hours, wait) for queue, wait in found if wait]


def open_to(person: Enrollment) -> dict[int, bool]:
    """The queues that a student can join or holds a place in, by the date's number; whether they hold one."""
    is_in = Exists(_places_of(person).filter(queue=OuterRef("pk")))
    found = queues.running(person.course).annotate(is_in=is_in)
    return {queue.hours_id: queue.is_in for queue in found if queue.takes_people or queue.is_in}


def _places_of(person: Enrollment) -> QuerySet[QueueEntry]:
    return queues.places_of(person.course).active().filter(teams.belongs_to(person))


def ended(queue: HoursQueue, person: Enrollment) -> QueueEntry | None:
    """A student's last place in a queue, if it ended without them: they did not come, or it closed before."""
    last = queue.entries.filter(teams.belongs_to(person)).order_by("-joined_at", "-pk").first()
    return last if last and last.state in (State.NO_SHOW, State.CARRIED) else None


def _estimate(queue: HoursQueue, ahead: int, now: datetime) -> timedelta | None:
    """How long until one is called, if each takes as long as those helped today; not known before there are some.

    Whoever is being helped has the rest of their time to go, and frees a chair; the first chair that is free takes the
    next. Where nobody is being helped the host is free.
    """
    helped = queue.entries.filter(state=State.DONE, called_at__isnull=False, ended_at__isnull=False)
    known = helped.aggregate(people=Count("pk"), each=Avg(F("ended_at") - F("called_at")))
    if known["people"] < KNOWN:
        return None
    each: timedelta = known["each"]
    called = queue.entries.present().filter(state=State.CALLED).values_list("called_at", flat=True)
    chairs = [max(each - (now - at), timedelta()) for at in called if at] or [timedelta()]
    heapify(chairs)
    for _ in range(ahead):
        heapreplace(chairs, chairs[0] + each)
    return chairs[0]


def desk_of(queue: HoursQueue) -> Desk:
    people = queue.entries.select_related("student__user")
    waiting = list(people.waiting()[:SHOWN])
    called = list(people.present().filter(state=State.CALLED).order_by("called_at"))
    in_line, away = Count("pk", filter=Q(state=State.WAITING)), Count("pk", filter=Q(state=State.AWAY))
    counts = queue.entries.present().aggregate(in_line=in_line, away=away)
    return Desk(called, waiting, counts["away"], counts["in_line"] - len(waiting))
