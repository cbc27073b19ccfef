"""The reminder of what runs and costs, as staff write it."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max

from courses.domain import publishing
from courses.models import Assignment, Course
from credits.domain import cost_letters
from credits.models import CostReminder


@dataclass(frozen=True)
class Planned:
    """One letter of a reminder: the morning after an assignment is due."""

    assignment: Assignment
    at: datetime
    is_past: bool


def blank(course: Course) -> CostReminder:
    """A new reminder, the last of its course."""
    last = course.cost_reminders.aggregate(last=Max("position"))["last"] or 0
    return CostReminder(course=course, position=last + 1)


def keep(reminder: CostReminder) -> None:
    """Store what the course reminds of."""
    publishing.check(*publishing.texts_in([reminder.text, reminder.instance, reminder.assignments]))
    reminder.save()


def planned(reminder: CostReminder, now: datetime) -> list[Planned]:
    """When its letters go out; an assignment without a due date has none."""
    named = reminder.course.assignments.filter(name__in=reminder.assignments).exclude(due_at=None).order_by("due_at")
    mornings = [(one, cost_letters.morning_after(one.due_at, reminder)) for one in named if one.due_at]
    return [Planned(one, at, at <= now) for one, at in mornings]
