from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from cloudguard.domain import account_links, aws_roles, cost_reminders, costs
from cloudguard.domain.costs import Cost
from cloudguard.models import CostReminder
from courses.domain.cards import Card
from courses.models import Assignment, Course, Enrollment


@dataclass(frozen=True)
class ReminderCost:
    reminder: CostReminder
    cost: Cost | None


@dataclass(frozen=True)
class RunningCosts:
    reminders: list[ReminderCost]
    may_edit: bool = False


@dataclass(frozen=True)
class ReminderLetter:
    assignment: Assignment
    at: datetime
    is_past: bool


def cost_of(reminder: CostReminder) -> Cost | None:
    return costs.cost_of(reminder.usd_per_hour) if reminder.usd_per_hour is not None else None


def reminders_of(course: Course) -> list[ReminderCost]:
    return [ReminderCost(reminder, cost_of(reminder)) for reminder in course.cost_reminders.all()]


def letters_of(reminder: CostReminder, now: datetime) -> list[ReminderLetter]:
    """When a reminder's letters go out; an assignment without a due date has none."""
    named = reminder.course.assignments.filter(name__in=reminder.assignments).exclude(due_at=None).order_by("due_at")
    mornings = [
        (assignment, cost_reminders.morning_after(assignment.due_at, reminder))
        for assignment in named
        if assignment.due_at
    ]
    return [ReminderLetter(assignment, at, at <= now) for assignment, at in mornings]


def today_cards(person: Enrollment) -> Iterator[Card]:
    if reminders := reminders_of(person.course):
        yield Card("cloudguard/_costs.html", RunningCosts(reminders))


def credits_cards(person: Enrollment) -> Iterator[Card]:
    reminders = reminders_of(person.course)
    if reminders or person.is_staff:
        yield Card("cloudguard/_costs.html", RunningCosts(reminders, may_edit=person.is_staff))
    if aws_roles.is_on() if person.is_staff else account_links.is_offered(person):
        yield Card("cloudguard/_guard.html")
