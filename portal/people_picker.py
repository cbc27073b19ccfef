"""The demo's list of people to be; it exists only where people are invented."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from django.conf import settings

from accounts.models import User
from courses.models import Course, Enrollment, Role

STRANGER = "stranger"  # in place of a person's number
STRANGER_EMAIL = "sam.stranger@elsewhere.example"


@dataclass
class PeopleGroup:
    """People of one course in one role and section."""

    label: str
    people: list[Enrollment]
    is_open: bool  # staff are shown at once, a class of students unfolds


def is_allowed() -> bool:
    """Whether one may be anybody here: with invented people only."""
    return bool(settings.DEMO or settings.DEBUG)


def courses_and_groups() -> list[tuple[Course, list[PeopleGroup]]]:
    """Every course with its people, staff first, students by section."""
    people = Enrollment.objects.active().select_related("course", "user", "section")
    in_order = sorted(people, key=lambda e: (-e.course.starts_on.toordinal(), e.course.slug, *_rank(e)))
    return [(course, list(_groups(part))) for course, part in groupby(in_order, key=lambda e: e.course)]


def person_named(choice: str) -> User | None:
    """The person chosen on the page, the stranger among them; None if there is no such person."""
    if choice == STRANGER:
        person, _ = User.objects.get_or_create(email=STRANGER_EMAIL, defaults={"name": "Sam Stranger"})
        return person
    return User.objects.filter(pk=int(choice), is_active=True).first() if choice.isdecimal() else None


def _rank(enrollment: Enrollment) -> tuple[int, str, str]:
    section = enrollment.section
    return -Role(enrollment.role).rank, section.code if section else "", enrollment.user.sort_key


def _groups(people: Iterator[Enrollment]) -> Iterator[PeopleGroup]:
    for (role, section), part in groupby(people, key=lambda e: (Role(e.role), e.section)):
        label = f"{role.label}s{f' of {section.code}' if section else ''}"
        yield PeopleGroup(label, list(part), is_open=role != Role.STUDENT)
