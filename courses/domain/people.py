"""The people of a course as its roster page lists them."""

from dataclasses import dataclass

from django.db.models import Q

from courses.models import Course, Enrollment, Section


@dataclass
class SectionList:
    """A section and its active students, by name."""

    section: Section
    students: list[Enrollment]


@dataclass
class People:
    """Everyone who is or was in a course."""

    sections: list[SectionList]
    staff: list[Enrollment]
    dropped: list[Enrollment]

    @property
    def has_students(self) -> bool:
        """Whether any student is listed, dropped ones included."""
        return bool(self.dropped) or any(part.students for part in self.sections)

    @property
    def total(self) -> int:
        """How many people are listed, dropped ones included."""
        return sum(len(part.students) for part in self.sections) + len(self.staff) + len(self.dropped)


def of_course(course: Course, wanted: str = "") -> People:
    """The people of a course; `wanted` keeps those whose name, address, login or Canvas ID holds it."""
    everyone = course.enrollments.select_related("user", "section")
    for word in wanted.replace("\0", " ").split():  # PostgreSQL holds no NUL, and would break
        everyone = everyone.filter(
            Q(user__name__icontains=word)
            | Q(user__email__icontains=word)
            | Q(login__icontains=word)
            | Q(canvas_id__startswith=word)
        )
    active = [person for person in everyone if person.dropped_at is None]
    return People(
        sections=[
            SectionList(section, [person for person in active if person.section == section and not person.is_staff])
            for section in course.sections.all()
        ],
        staff=[person for person in active if person.is_staff],
        dropped=[person for person in everyone if person.dropped_at],
    )
