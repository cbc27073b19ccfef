"""What days without class do to office hours (settings.CALENDAR_LISTENERS)."""

from datetime import datetime

from courses.models import ClassMeeting, Course
from officehours.domain import occurrences, series


def said_before_cancelling(meeting: ClassMeeting) -> str:
    """What cancelling a class does to the office hours of its day; empty if there are none."""
    day = meeting.date
    held = [one for one in occurrences.of_course(meeting.course, since=day, until=day) if not one.is_cancelled]
    follows = [one for one in held if not one.is_held_anyway]
    if not follows:
        return ""
    booked = sum(one.series.appointments.holding().filter(on=one.on).count() for one in follows)
    letters = (
        f", and {booked} {'people are' if booked != 1 else 'person is'} mailed that they are not" if booked else ""
    )
    return f"A day without class: its office hours are not held{letters}. You can hold them after all."


def before_cancelling(meeting: ClassMeeting, now: datetime) -> None:
    """Let any class be cancelled."""


def after_calendar_change(course: Course, now: datetime, *, quietly: bool = False) -> None:
    """Let bookings and calendars follow the days without class."""
    series.after_change(course, now, may_displace=True, quietly=quietly)
