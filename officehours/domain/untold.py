"""Who is booked and does not know what a loaded course file has changed: loading posts no letter.

Staff tell them with one button; whoever nobody told is told the day before.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from courses.domain import calendar
from courses.models import Course
from officehours.domain import letters, occurrences, slots, teams, waiting
from officehours.domain.mailed import Mailed
from officehours.models import Appointment
from officehours.models.booking import Waiting

AT_THE_LATEST = timedelta(days=1)


@dataclass(frozen=True)
class Unaware:
    """Someone who waits for a date that is held otherwise than they know; without `starts_at` it is not held."""

    one: Waiting
    starts_at: datetime | None

    @property
    def is_news(self) -> bool:
        """Whether they know otherwise; who waited before that was kept knows of any time."""
        return self.starts_at is None or self.one.known_start not in (None, self.starts_at)

    @property
    def instants(self) -> list[datetime]:
        """When it begins as they believe (else some time on the rule's date), and as it does."""
        one, course = self.one, self.one.series.course
        day = [calendar.at(course, one.on, wall) for wall in (time.min, time.max)]
        return [*([one.known_start] if one.known_start else day), *([self.starts_at] if self.starts_at else [])]


@dataclass(frozen=True)
class News:
    """What a loaded course file has changed, and nobody was told: bookings, waiting, and whom telling it writes to."""

    booked: list[Appointment]
    waiting: list[Unaware]
    mailed: Mailed


def news(course: Course, *, now: datetime) -> News:
    """All that is not told so far."""
    booked, unaware = of(course), _unaware(course, now)
    readers = [reader for one in booked for reader in teams.people_of(course, one)]
    return News(booked, unaware, Mailed.each([*readers, *(each.one.student for each in unaware)]))


def _unaware(course: Course, now: datetime) -> list[Unaware]:
    """Who waits for what is held otherwise than they know, as long as either is to come."""
    waits = list(_waits().filter(series__course=course, student__dropped_at=None))
    begins = _beginnings(course) if waits else {}
    found = [Unaware(one, begins.get((one.series_id, one.on))) for one in waits]
    return [each for each in found if each.is_news and max(each.instants) > now]


def _beginnings(course: Course) -> dict[tuple[int, date], datetime]:
    """When each date that is held begins."""
    return {(one.series.pk, one.on): one.starts_at for one in occurrences.of_course(course) if not one.is_cancelled}


def of(course: Course) -> list[Appointment]:
    """The appointments that stand otherwise than their students know, by the time that they know."""
    rows = course.appointments.untold()
    return list(rows.select_related("student__user", "course", "host", "series").order_by("known_start", "pk"))


def tell(course: Course, *, now: datetime) -> int:
    """Write to all of them, and to those who wait for a date that is not held, or was moved; how many letters."""
    with transaction.atomic():
        slots.lock(course)
        return _tell(of(course), now) + _follow_waiting(course, _waits().filter(series__course=course), now)


def tell_due(now: datetime) -> int:
    """Write to those whose date is, or was to be, a day away and whom nobody has told; how many letters."""
    soon = now + AT_THE_LATEST
    due = Appointment.objects.untold().filter(Q(known_start__lte=soon) | Q(starts_at__lte=soon))
    concerned = Q(appointments__in=due) | Q(hours_series__waiting__isnull=False)
    letters_posted = 0
    for course in Course.objects.filter(concerned).distinct():
        unaware = [each.one.pk for each in _unaware(course, now) if min(each.instants) <= soon]
        if unaware or due.filter(course=course).exists():
            letters_posted += _tell_near(course, due, unaware, now)
    return letters_posted


@transaction.atomic
def _tell_near(course: Course, due: QuerySet[Appointment], unaware: list[int], now: datetime) -> int:
    slots.lock(course)
    near = {one.pk for one in due.filter(course=course)}
    told = _tell((one for one in of(course) if one.pk in near), now)
    return told + _follow_waiting(course, _waits().filter(pk__in=unaware), now)


def _tell(untold: Iterable[Appointment], now: datetime) -> int:
    return sum(letters.tell_change(one, slots.held_of(one), now=now, was=one.known_start) for one in untold)


def _waits() -> QuerySet[Waiting]:
    return Waiting.objects.select_related("student__user", "series__course")


def _follow_waiting(course: Course, waits: QuerySet[Waiting], now: datetime) -> int:
    by_key = {(one.series.pk, one.on): one for one in occurrences.of_course(course)}
    return waiting.follow(course, waits, by_key, now)
