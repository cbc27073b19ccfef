"""Whose office hours they are, and whether that person is still on the staff of the course."""

from datetime import datetime

from accounts.errors import RuleBroken
from courses.domain import calendar
from courses.models import Course
from officehours.domain.occurrences import Occurrence
from officehours.models import HoursSeries


def is_here(held: Occurrence) -> bool:
    """Whether the host of a date is still on the staff."""
    return held.series.course.enrollments.staff().filter(user=held.series.host_id).exists()


def check(held: Occurrence) -> None:
    """Raise RuleBroken if nobody holds these hours any more."""
    if not is_here(held):
        raise RuleBroken(f"{held.series.host} is no longer on the staff, so nothing was booked. Ask someone else.")


def left(course: Course, now: datetime) -> list[HoursSeries]:
    """The office hours to come whose hosts are no longer on the staff."""
    staff = course.enrollments.staff().values("user")
    to_come = course.hours_series.filter(last_on__gte=calendar.local_date(course, now))
    return list(to_come.exclude(host__in=staff).select_related("host"))
