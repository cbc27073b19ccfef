"""Who comes as a team: what one member holds is held by all. Which team is whose, another app knows."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from django.db.models import Q

from accounts.domain.registry import Registry
from accounts.errors import DomainError
from courses.models import Course, Enrollment
from officehours.models import Appointment, QueueEntry

Place = Appointment | QueueEntry


class Teams(Protocol):
    def number_of(self, person: Enrollment, /) -> int | None:
        pass

    def people_of(self, course: Course, number: int, /) -> list[Enrollment]:
        """Who is in the team of a number."""


registry: Registry[Teams] = Registry("who knows the teams")


def number_of(person: Enrollment) -> int | None:
    return registry.only.number_of(person)


def check(person: Enrollment, number: int | None) -> None:
    if number is not None and number_of(person) != number:
        raise DomainError(f"You are not in team {number}; leave the number empty to come alone. Nothing was changed.")


def belongs_to(person: Enrollment) -> Q:
    """What a person holds, alone or with their team; of rows of their own course."""
    number = number_of(person)
    return Q(student=person) if number is None else Q(student=person) | Q(team=number)


def held_by(person: Enrollment) -> Callable[[Place], bool]:
    """Whether a row of their course is this person's, alone or with their team; to be asked of many."""
    number = number_of(person)
    return lambda place: place.student_id == person.pk or (place.team is not None and place.team == number)


def people_of(course: Course, place: Place) -> list[Enrollment]:
    """Everybody who comes: the one who asked, and who else is in the team now."""
    team = registry.only.people_of(course, place.team) if place.team is not None else []
    return [place.student, *(person for person in team if person.pk != place.student_id)]


def follow(place: Place, course: Course, since: datetime) -> bool:
    """Give what a team holds to the next of it, if who asked for it left the team, or the course by an instant."""
    asked = place.student
    is_there = asked.dropped_at is None or asked.dropped_at > since
    if place.team is None or (is_there and number_of(asked) == place.team):
        return False
    others = [person for person in people_of(course, place) if person.pk != asked.pk]
    return bool(others) and bool(type(place).objects.filter(pk=place.pk).update(student=others[0]))
