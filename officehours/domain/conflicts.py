from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from officehours.models import Appointment, HoursSeries, OfficeHours


@dataclass(frozen=True)
class Span:
    host: int
    starts_at: datetime
    ends_at: datetime

    def overlaps(self, other: "Span") -> bool:
        return self.host == other.host and self.starts_at < other.ends_at and other.starts_at < self.ends_at


@dataclass(frozen=True)
class Conflict:
    """Office hours on a date that lie over other hours of the same host, or over an appointment beside any hours."""

    hours: OfficeHours
    other: OfficeHours | None = None
    appointment: Appointment | None = None


def of_series(every: Sequence[HoursSeries], now: datetime) -> list[Conflict]:
    return of_dates(OfficeHours.objects.in_order().filter(series__in=every).to_come(now), now)


def of_dates(dates: Iterable[OfficeHours], now: datetime) -> list[Conflict]:
    """What these dates lie over, each pair once: hours of the same host in any course, and appointments agreed on."""
    mine = [hours for hours in dates if not hours.is_cancelled and not hours.is_over(now)]
    if not mine:
        return []
    hosts, changed = {hours.host_id for hours in mine}, {hours.pk for hours in mine}
    span = {
        "starts_at__lt": max(hours.ends_at for hours in mine),
        "ends_at__gt": min(hours.starts_at for hours in mine),
    }
    rows = OfficeHours.objects.scheduled().filter(host__in=hosts, **span).exclude(pk__in=changed).in_order()
    others = [*rows, *mine]
    agreed = Appointment.objects.holding().to_come(now).filter(hours=None, host__in=hosts, **span)
    appointments = list(agreed.select_related("student__user"))
    found = []
    for hours in mine:
        over = [other for other in others if _span(hours).overlaps(_span(other))]
        found += [Conflict(hours, other=other) for other in over if other.pk not in changed or hours.pk < other.pk]
        over_them = [row for row in appointments if _span(hours).overlaps(Span(row.host_id, *row.times))]
        found += [Conflict(hours, appointment=row) for row in over_them]
    return sorted(found, key=lambda conflict: conflict.hours.starts_at)


def _span(hours: OfficeHours) -> Span:
    return Span(hours.host_id, hours.starts_at, hours.ends_at)


def taken(hosts: Iterable[int], *, beside: Iterable[int], now: datetime) -> list[Span]:
    """The time of hosts that appointments take, `beside` some of them (by number)."""
    rows = Appointment.objects.holding().to_come(now).filter(host__in=set(hosts)).exclude(pk__in=list(beside))
    return [Span(row.host_id, *row.times) for row in rows]
