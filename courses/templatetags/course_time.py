"""Times as people of a course read them: in its zone, and saying which zone."""

from datetime import date, datetime, time

from django import template

from courses.models import Course
from courses.models.meeting import short_date

register = template.Library()
register.filter("short_date", short_date)


@register.filter
def clock(instant: datetime, course: Course) -> str:
    """An instant's time of day with its zone: "8:59 pm PST"."""
    local = instant.astimezone(course.zone)
    return f"{hour(local)} {local:%Z}"


@register.filter
def clock_short(instant: datetime, course: Course) -> str:
    """An instant's time of day where the zone stands close by: "8:59 pm"."""
    return hour(instant.astimezone(course.zone))


@register.filter
def hours(starts_and_ends: "tuple[datetime, datetime]", course: Course) -> str:
    """From when to when, with the zone once: "3:40–5:40 pm PST"."""
    start, end = (instant.astimezone(course.zone) for instant in starts_and_ends)
    return f"{span(start, end)} {end:%Z}"


def span(start: datetime | time, end: datetime | time) -> str:
    """From when to when, without a zone: "3:40–5:40 pm"."""
    first = hour(start)
    if start.strftime("%p") == end.strftime("%p"):
        first = first.rpartition(" ")[0]
    return f"{first}–{hour(end)}"


@register.filter
def meeting_hours(meeting: "object", course: Course) -> str:
    """A class's hours: "3:40–5:40 pm PST"."""
    return hours((meeting.starts_at, meeting.ends_at), course)  # type: ignore[attr-defined]


@register.filter("when")
def in_course_time(instant: datetime, course: Course) -> str:
    """An instant in full: "Mon Nov 27, 8:59 pm PST"."""
    local = instant.astimezone(course.zone)
    return f"{local:%a %b} {local.day}, {clock(instant, course)}"


@register.filter
def day(instant: datetime | date, course: Course) -> str:
    """The course's date of an instant, short: "Mon Nov 27"."""
    local = instant.astimezone(course.zone) if isinstance(instant, datetime) else instant
    return f"{local:%a %b} {local.day}"


@register.filter
def long_day(instant: datetime | date, course: Course) -> str:
    """The course's date of an instant, in full: "Tuesday, November 21"."""
    local = instant.astimezone(course.zone) if isinstance(instant, datetime) else instant
    return f"{local:%A, %B} {local.day}"


def hour(local: datetime | time) -> str:
    """A local time of day: "8:59 pm"."""
    return f"{local.hour % 12 or 12}:{local:%M} {local:%p}".replace("AM", "am").replace("PM", "pm")
