"""Hosts who leave the staff: their dates and appointments are cancelled, requests end, and people are mailed."""

from datetime import datetime

from django.db.models import Exists, OuterRef

from courses.models import Enrollment, Role
from officehours.domain import appointment_requests, appointments, plans, slots, sweeps
from officehours.domain.appointments import GRACE
from officehours.domain.edits import ChangedDate, Changes
from officehours.models import Appointment, OfficeHours


def end_due(now: datetime) -> int:
    """Cancel the hours and appointments to come of those who left the staff, and end what they were asked; how many.

    Who comes back within a quarter of an hour, since it was a mistake, finds them as they were.
    """
    left = Enrollment.objects.filter(dropped_at__lte=now - GRACE).exclude(role=Role.STUDENT)
    whose = {"course": OuterRef("course"), "host": OuterRef("user")}
    hours = OfficeHours.objects.scheduled().to_come(now).filter(**whose)
    booked = Appointment.objects.holding().to_come(now).filter(**whose)
    asked = Appointment.objects.filter(state__in=Appointment.ASKING, **whose)
    found = left.filter(Exists(hours) | Exists(booked) | Exists(asked)).select_related("course", "user")
    return sweeps.run_each(found, _end, now)


def _end(host: Enrollment, now: datetime) -> int:
    slots.lock(host.course)
    course, reason = host.course, f"{host.user} is no longer on the staff."
    rows = course.office_hours.scheduled().to_come(now).filter(host=host.user).in_order()
    fields = {"state": OfficeHours.State.CANCELLED, "reason": reason, "is_kept_on_day_off": False}
    dates = [ChangedDate(row, row.copy(**fields)) for row in rows]
    plans.apply(plans.of_changes(course, Changes(dates), now=now, reason=reason), now=now)
    ended = len({date.after.series_id for date in dates})
    for agreed in course.appointments.holding().to_come(now).filter(host=host.user):
        appointments.cancel(agreed, reason=reason, now=now)
        ended += 1
    asked = course.appointments.filter(host=host.user, state__in=Appointment.ASKING)
    return ended + sum(appointment_requests.end(request, reason=reason, now=now) for request in asked)
