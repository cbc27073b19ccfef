"""One host at two places at once: office hours that lie over others, and appointments that would."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from courses.models import Course
from officehours.domain import occurrences
from officehours.domain.occurrences import Occurrence
from officehours.models import Appointment, HoursSeries


@dataclass(frozen=True)
class Span:
    """A host's time that something takes."""

    host: int
    starts_at: datetime
    ends_at: datetime

    def lies_over(self, other: "Span") -> bool:
        """Whether the host would be at two places."""
        return self.host == other.host and self.starts_at < other.ends_at and other.starts_at < self.ends_at


@dataclass(frozen=True)
class Clash:
    """Office hours on a date that lie over other hours of the same host, or over an appointment beside any hours."""

    held: Occurrence
    other: Occurrence | None = None
    appointment: Appointment | None = None


def of_series(series: Sequence[HoursSeries], now: datetime) -> list[Clash]:
    """What the dates to come of these series lie over."""
    return of_dates([one for part in series for one in occurrences.to_come(part, now)], now)


def of_dates(dates: Iterable[Occurrence], now: datetime) -> list[Clash]:
    """What these dates lie over, each pair once: hours of the same host in any course, and appointments agreed on."""
    mine = [one for one in dates if not one.is_cancelled and not one.is_over(now)]
    found = [*_with_hours(mine), *_with_appointments(mine, now)]
    return sorted(found, key=lambda clash: clash.held.starts_at)


def _with_hours(mine: Sequence[Occurrence]) -> Iterator[Clash]:
    courses = Course.objects.filter(hours_series__host__in={one.series.host_id for one in mine}).distinct()
    every = [one for course in courses for one in occurrences.of_course(course) if not one.is_cancelled]
    known = {one.uid for one in mine}
    for one in mine:
        for other in every:
            is_new = other.uid not in known or one.uid < other.uid
            if is_new and _span(one).lies_over(_span(other)):
                yield Clash(one, other=other)


def _with_appointments(mine: Sequence[Occurrence], now: datetime) -> Iterator[Clash]:
    agreed = (
        Appointment.objects.holding().to_come(now).filter(series=None, host__in={one.series.host_id for one in mine})
    )
    for appointment in agreed.select_related("student__user"):
        for one in mine:
            if _span(one).lies_over(Span(appointment.host_id, *appointment.times)):
                yield Clash(one, appointment=appointment)


def _span(one: Occurrence) -> Span:
    return Span(one.series.host_id, one.starts_at, one.ends_at)


def standing(hosts: Iterable[int], *, beside: Iterable[int], now: datetime) -> list[Span]:
    """The time of hosts that appointments take, `beside` some of them (by number)."""
    rows = Appointment.objects.holding().to_come(now).filter(host__in=set(hosts)).exclude(pk__in=list(beside))
    return [Span(one.host_id, *one.times) for one in rows]
