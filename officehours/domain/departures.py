"""Hosts who leave the staff: what they would have held is cancelled, requests end, and whoever is concerned is told."""

from datetime import datetime

from django.db.models import Exists, OuterRef

from courses.models import Enrollment, Role
from officehours.domain import asking, bookings, occurrences, series, sweeps
from officehours.domain.bookings import GRACE
from officehours.models import Appointment, HoursSeries


def end_due(now: datetime) -> int:
    """Cancel the hours and appointments to come of those who left the staff, and end what they were asked; how many.

    Who comes back within a quarter of an hour, since it was a mistake, finds them as they were.
    """
    left = Enrollment.objects.filter(dropped_at__lte=now - GRACE).exclude(role=Role.STUDENT)
    whose = {"course": OuterRef("course"), "host": OuterRef("user")}
    hours = HoursSeries.objects.filter(**whose, last_on__gte=now.date() - occurrences.WEEK)
    booked = Appointment.objects.holding().to_come(now).filter(**whose)
    asked = Appointment.objects.filter(state__in=Appointment.ASKING, **whose)
    found = left.filter(Exists(hours) | Exists(booked) | Exists(asked)).select_related("course", "user")
    return sweeps.each(found, _end, now)


def _end(host: Enrollment, now: datetime) -> int:
    reason, ended = f"{host.user} is no longer on the staff.", 0
    for one in host.course.hours_series.filter(host=host.user).select_related("course", "host"):
        first = next(occurrences.to_come(one, now), None)
        if first is not None:
            series.end_before(one, first.on, reason=reason, now=now)
            ended += 1
    for agreed in host.course.appointments.holding().to_come(now).filter(host=host.user):
        bookings.cancel(agreed, reason=reason, now=now)
        ended += 1
    asked = host.course.appointments.filter(host=host.user, state__in=Appointment.ASKING)
    return ended + sum(asking.end(one, reason=reason, now=now) for one in asked)
