"""Reminders of what forgotten machines cost: written by staff, mailed the morning after an assignment is due."""

from datetime import datetime, time, timedelta

from django.db.models import Max

from cloudguard.domain import costs
from cloudguard.models import CostReminder
from courses.domain import calendar, letters, publishing
from courses.models import Assignment, Course

HOUR = time(9)  # course time
GRACE = timedelta(days=3)  # a due date further back is no news any more


def blank(course: Course) -> CostReminder:
    last = course.cost_reminders.aggregate(last=Max("position"))["last"] or 0
    return CostReminder(course=course, position=last + 1)


def keep(reminder: CostReminder) -> None:
    publishing.check(*publishing.texts_in([reminder.text, reminder.instance, reminder.assignments]))
    reminder.save()


def remind(now: datetime) -> int:
    return sum(
        _remind(reminder, now) for reminder in CostReminder.objects.exclude(assignments=[]).select_related("course")
    )


def _remind(reminder: CostReminder, now: datetime) -> int:
    course = reminder.course
    named = course.assignments.filter(
        name__in=reminder.assignments, state=Assignment.State.POSTED, due_at__lt=now, due_at__gt=now - GRACE
    )
    due = [
        assignment for assignment in named if assignment.due_at and now >= morning_after(assignment.due_at, reminder)
    ]
    return sum(
        letters.post_to(
            course,
            "running_cost",
            people=course.enrollments.students().select_related("user"),
            key=f"cost:{reminder.pk}:{assignment.pk}:{assignment.due_at:%Y%m%d%H%M}",
            kind="running_cost",
            now=now,
            thread=f"running-cost-{course.pk}",
            reminder=reminder,
            assignment=assignment,
            cost=costs.cost_of(reminder.usd_per_hour) if reminder.usd_per_hour is not None else None,
        )
        for assignment in due
    )


def morning_after(due_at: datetime, reminder: CostReminder) -> datetime:
    day = calendar.local_date(reminder.course, due_at) + timedelta(days=1)
    return calendar.instant(reminder.course, day, HOUR)
