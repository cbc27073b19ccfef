"""Who comes as a team: what one member holds is held by all. Which team is whose stands in another room."""

from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from typing import Any

from django.conf import settings
from django.db.models import Q

from accounts.errors import DomainError
from courses.models import Course, Enrollment
from officehours.models import Appointment, QueueEntry

Held = Appointment | QueueEntry


def number_of(person: Enrollment) -> int | None:
    """The number of a person's team, if they have one."""
    number: int | None = _room().number_of(person)
    return number


def check(person: Enrollment, number: int | None) -> None:
    """Raise DomainError for a team that is not this person's."""
    if number is not None and number_of(person) != number:
        raise DomainError(f"You are not in team {number}; leave the number empty to come alone. Nothing was changed.")


def theirs(person: Enrollment) -> Q:
    """What a person holds, alone or with their team; of rows of their own course."""
    number = number_of(person)
    return Q(student=person) if number is None else Q(student=person) | Q(team=number)


def held_by(person: Enrollment) -> Callable[[Held], bool]:
    """Whether a row of their course is this person's, alone or with their team; to be asked of many."""
    number = number_of(person)
    return lambda held: held.student_id == person.pk or (held.team is not None and held.team == number)


def people_of(course: Course, held: Held) -> list[Enrollment]:
    """Everybody who comes: the one who asked, and who else is in the team now."""
    team = _room().people_of(course, held.team) if held.team is not None else []
    return [held.student, *(one for one in team if one.pk != held.student_id)]


def follow(held: Held, course: Course, since: datetime) -> bool:
    """Give what a team holds to the next of it, if who asked for it left the team, or the course by an instant."""
    asked = held.student
    is_there = asked.dropped_at is None or asked.dropped_at > since
    if held.team is None or (is_there and number_of(asked) == held.team):
        return False
    others = [one for one in people_of(course, held) if one.pk != asked.pk]
    return bool(others) and bool(type(held).objects.filter(pk=held.pk).update(student=others[0]))


def _room() -> Any:
    return import_module(settings.TEAMS)
