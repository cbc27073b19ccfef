"""One host at two places at once: office hours that lie over others, and appointments that would."""

from collections.abc import Iterable, Sequence
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


def overlapping(series: Sequence[HoursSeries]) -> list[tuple[Occurrence, Occurrence]]:
    """Dates of these series that lie over others of the same host, in any of their courses, each with the other."""
    held = [one for course in _courses(series) for one in occurrences.of_course(course) if not one.is_cancelled]
    pks = {one.pk for one in series}
    mine = [one for one in held if one.series.pk in pks]
    return [
        (one, other)
        for one in mine
        for other in held
        if _span(one).lies_over(_span(other)) and (other.series.pk not in pks or one.uid < other.uid)
    ]


def _courses(series: Sequence[HoursSeries]) -> list[Course]:
    return list(Course.objects.filter(hours_series__host__in={one.host_id for one in series}).distinct())


def _span(one: Occurrence) -> Span:
    return Span(one.series.host_id, one.starts_at, one.ends_at)


def standing(hosts: Iterable[int], *, beside: Iterable[int], now: datetime) -> list[Span]:
    """The time of hosts that appointments take, `beside` some of them (by number)."""
    rows = Appointment.objects.holding().to_come(now).filter(host__in=set(hosts)).exclude(pk__in=list(beside))
    return [Span(one.host_id, *one.times) for one in rows]
