"""Hosts: whether they are still on the staff, and what becomes of their office hours when they leave it."""

from datetime import datetime

from django.db.models import Exists, OuterRef

from accounts.errors import DomainError
from courses.models import Course
from officehours.models import Appointment, HoursSeries, OfficeHours


def staff_of(course: Course) -> set[int]:
    """The users who are on the staff of a course now."""
    return set(course.enrollments.staff().values_list("user_id", flat=True))


def is_on_staff(row: OfficeHours | Appointment) -> bool:
    """Whether the host of a date or an appointment is on the staff of its course now."""
    return bool(row.course.enrollments.staff().filter(user=row.host_id).exists())


def check(row: OfficeHours | Appointment) -> None:
    """Raise DomainError if nobody takes these hours, or this appointment, any more."""
    if not is_on_staff(row):
        raise DomainError(f"{row.host} is no longer on the staff, so nothing was booked. Ask someone else.")


def check_is_on_staff(hours: OfficeHours) -> None:
    """Raise DomainError if the host of a date is not on the staff."""
    if not is_on_staff(hours):
        raise DomainError(f"{hours.host} is not on the staff and cannot hold them. Publish hours of someone who is.")


def absent(course: Course, now: datetime) -> list[HoursSeries]:
    """The office hours to come of people who are not on the staff."""
    to_come = OfficeHours.objects.scheduled().to_come(now).filter(series=OuterRef("pk"))
    staff = course.enrollments.staff().values("user")
    return list(course.hours_series.filter(Exists(to_come)).exclude(host__in=staff).select_related("host"))
