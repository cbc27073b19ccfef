"""Whose office hours they are, and whether that person is still on the staff of the course."""

from datetime import datetime

from accounts.errors import DomainError
from courses.models import Course
from officehours.domain import occurrences
from officehours.domain.occurrences import Occurrence
from officehours.models import Appointment, HoursSeries


def is_on_staff(course: Course, host_id: int) -> bool:
    """Whether someone (a user's number) is on the staff of a course now."""
    return course.enrollments.staff().filter(user=host_id).exists()


def is_here(held: Occurrence) -> bool:
    """Whether the host of a date is still on the staff."""
    return is_on_staff(held.series.course, held.series.host_id)


def check(one: HoursSeries | Appointment) -> None:
    """Raise DomainError if nobody holds these hours, or this appointment, any more."""
    if not is_on_staff(one.course, one.host_id):
        raise DomainError(f"{one.host} is no longer on the staff, so nothing was booked. Ask someone else.")


def check_holds(series: HoursSeries) -> None:
    """Raise DomainError if the host of a series is not on the staff, and so cannot hold it."""
    if not is_on_staff(series.course, series.host_id):
        raise DomainError(f"{series.host} is not on the staff and cannot hold them. Publish hours of someone who is.")


def absent(course: Course, now: datetime) -> list[HoursSeries]:
    """The office hours that are to be held by people who are not on the staff."""
    staff = course.enrollments.staff().values("user")
    rows = course.hours_series.exclude(host__in=staff).select_related("host").prefetch_related("changes")
    return [one for one in rows if any(occurrences.to_come(one, now))]
