"""The reminder of what forgotten machines cost: once, the morning after each assignment that starts them is due."""

from datetime import datetime, time, timedelta

from courses.domain import calendar, letters
from courses.models import Assignment
from credits.domain import costs
from credits.models import CostReminder

HOUR = time(9)  # course time
GRACE = timedelta(days=3)  # a due date further back is no news any more


def remind(now: datetime) -> int:
    """Remind the students of every course whose assignment was due yesterday; how many letters."""
    return sum(_remind(one, now) for one in CostReminder.objects.exclude(assignments=[]).select_related("course"))


def _remind(reminder: CostReminder, now: datetime) -> int:
    course = reminder.course
    named = course.assignments.filter(
        name__in=reminder.assignments, state=Assignment.State.POSTED, due_at__lt=now, due_at__gt=now - GRACE
    )
    due = [one for one in named if one.due_at and now >= morning_after(one.due_at, reminder)]
    return sum(
        letters.post_to(
            course,
            "running_cost",
            people=course.enrollments.students().select_related("user"),
            key=f"cost:{reminder.pk}:{one.pk}:{one.due_at:%Y%m%d%H%M}",
            kind="running_cost",
            now=now,
            thread=f"running-cost-{course.pk}",
            reminder=reminder,
            assignment=one,
            cost=costs.cost_of(reminder.usd_per_hour) if reminder.usd_per_hour is not None else None,
        )
        for one in due
    )


def morning_after(due_at: datetime, reminder: CostReminder) -> datetime:
    """When the letter goes out."""
    day = calendar.local_date(reminder.course, due_at) + timedelta(days=1)
    return calendar.at(reminder.course, day, HOUR)
