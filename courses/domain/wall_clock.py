"""Wall-clock times as staff type them, turned into instants with care at both ends of summer time."""

from datetime import UTC, datetime

from accounts.errors import DomainError
from courses.domain import calendar
from courses.models import Course


def instant(course: Course, wall: datetime) -> datetime:
    """The instant (UTC) of a local date and time of the course; of a repeated hour, the first.

    Raises DomainError for a time that the clocks skip when summer time begins, and for one at the calendar's end.
    """
    if wall.year not in calendar.YEARS:
        raise DomainError(f"The year {wall.year} is too far away. Take a date nearer to the course.")
    local = wall.replace(tzinfo=course.zone)
    utc = local.astimezone(UTC)
    if utc.astimezone(course.zone).replace(tzinfo=None) != wall:
        raise DomainError(
            f"{wall:%H:%M} does not exist on {wall:%A} {wall.date()}: the clocks of {course.timezone} skip that hour. "
            "Take an earlier or a later time."
        )
    return utc


def local(course: Course, at: datetime) -> datetime:
    """The local date and time of the course at an instant, as a form shows it (without zone)."""
    return at.astimezone(course.zone).replace(tzinfo=None)
