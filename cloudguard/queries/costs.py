"""What pages show of running costs: the reminders with what they come to, and the cards on the pages of other apps."""

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
    """A reminder and what it comes to; without a price that is not known."""

    reminder: CostReminder
    cost: Cost | None


@dataclass(frozen=True)
class RunningCosts:
    """What a course reminds of, and whether the reader may change it here."""

    reminders: list[ReminderCost]
    may_edit: bool = False


@dataclass(frozen=True)
class ReminderLetter:
    """One letter of a reminder: the morning after an assignment is due."""

    assignment: Assignment
    at: datetime
    is_past: bool


def cost_of(reminder: CostReminder) -> Cost | None:
    """What a reminder's machine costs, if it has a price."""
    return costs.cost_of(reminder.usd_per_hour) if reminder.usd_per_hour is not None else None


def reminders_of(course: Course) -> list[ReminderCost]:
    """What a course reminds of."""
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
    """On Today: what the course reminds of."""
    if reminders := reminders_of(person.course):
        yield Card("cloudguard/_costs.html", RunningCosts(reminders))


def credits_cards(person: Enrollment) -> Iterator[Card]:
    """On the credits page: the reminders, which staff change here, and the way to the guard."""
    reminders = reminders_of(person.course)
    if reminders or person.is_staff:
        yield Card("cloudguard/_costs.html", RunningCosts(reminders, may_edit=person.is_staff))
    if aws_roles.is_on() if person.is_staff else account_links.is_offered(person):
        yield Card("cloudguard/_guard.html")
