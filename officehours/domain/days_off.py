from datetime import datetime

from django.db import transaction

from courses.models import ClassMeeting, Course
from officehours.domain import edits, plans, slots


def consequence_of_cancelling(meeting: ClassMeeting, now: datetime) -> str:
    """What cancelling a class does to the office hours of its day; empty if there are none."""
    changes = edits.of_days_off(meeting.course, now, also={meeting.date: ""})
    plan = plans.of_changes(meeting.course, changes, now=now, may_displace=True)
    if not plan.dates:
        return ""
    mailed = plan.recipients
    people = f", and {mailed} {'is' if mailed.people == 1 else 'are'} mailed that they are not" if mailed else ""
    return f"A day without class: its office hours are not held{people}. You can hold them after all."


def before_cancelling(meeting: ClassMeeting, now: datetime) -> None:
    pass


@transaction.atomic
def after_calendar_change(course: Course, now: datetime) -> None:
    """Let the dates that have not begun follow the days without class, and the zone of the course."""
    slots.lock(course)
    plan = plans.of_changes(course, edits.of_days_off(course, now), now=now, may_displace=True)
    plans.apply(plan, now=now)
