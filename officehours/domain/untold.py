"""Who is booked and does not know what a loaded course file has changed: loading posts no letter.

Staff tell them with one button; whoever nobody told is told the day before.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

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
class News:
    """What a loaded course file has changed, and nobody was told: bookings, and waiting for what is not held then."""

    booked: list[Appointment]
    waiting: list[Waiting]

    @property
    def mailed(self) -> Mailed:
        """Whom telling it writes to."""
        readers = [reader for one in self.booked for reader in teams.people_of(one.course, one)]
        return Mailed.each([*readers, *(one.student for one in self.waiting)])


def news(course: Course, *, now: datetime) -> News:
    """All that is not told so far."""
    waits = list(
        _waits().filter(series__course=course, student__dropped_at=None, on__gte=calendar.local_date(course, now))
    )
    begins = _beginnings(course) if waits else {}
    return News(of(course), [one for one in waits if _is_news(one, begins.get((one.series_id, one.on)))])


def _is_news(one: Waiting, starts_at: datetime | None) -> bool:
    return starts_at is None or one.known_start not in (None, starts_at)


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
        return _tell(of(course), now) + _follow_waiting(course, _waits(), now)


def tell_due(now: datetime) -> int:
    """Write to those whose date is a day away and whom nobody has told; how many letters."""
    soon = now + AT_THE_LATEST
    due = Appointment.objects.untold().filter(Q(known_start__lte=soon) | Q(starts_at__lte=soon))
    waits = _waits().filter(on__lte=soon.date(), on__gte=(now - AT_THE_LATEST).date())
    concerned = Q(appointments__in=due) | Q(hours_series__waiting__in=waits)
    letters_posted = 0
    for course in Course.objects.filter(concerned).distinct():
        with transaction.atomic():
            slots.lock(course)
            near = {one.pk for one in due.filter(course=course)}
            letters_posted += _tell((one for one in of(course) if one.pk in near), now)
            letters_posted += _follow_waiting(course, waits, now)
    return letters_posted


def _tell(untold: Iterable[Appointment], now: datetime) -> int:
    return sum(letters.tell_change(one, slots.held_of(one), now=now, was=one.known_start) for one in untold)


def _waits() -> QuerySet[Waiting]:
    return Waiting.objects.select_related("student__user", "series")


def _follow_waiting(course: Course, waits: QuerySet[Waiting], now: datetime) -> int:
    by_key = {(one.series.pk, one.on): one for one in occurrences.of_course(course)}
    return waiting.follow(course, waits.filter(series__course=course), by_key, now)
