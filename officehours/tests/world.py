"""Office hours for tests: the demo's, and hours of the cast."""

from datetime import UTC, date, datetime, time
from io import StringIO
from typing import Any

from django.core.management import call_command

from accounts.models import User
from courses.models import Course, Enrollment
from officehours.domain import occurrences, series
from officehours.domain.occurrences import Occurrence
from officehours.domain.terms import Terms
from officehours.models import BookingRules, HoursSeries
from portal.testing import NOON, Cast

TUESDAY, FRIDAY = 1, 4


def make_hours(cast: Cast, **terms: Any) -> HoursSeries:
    """Tuesdays 14:30-15:30 of the instructor, April 2 to June 4, 2024 (today, at NOON, is Tuesday April 9)."""
    known = {"weekday": TUESDAY, "start": time(14, 30), "end": time(15, 30), "place": "HALL 2"}
    return series.create(
        cast.course,
        host=cast.instructor.user,
        terms=Terms(**{**known, **terms}),
        first_on=date(2024, 4, 2),
        last_on=date(2024, 6, 4),
        now=NOON,
    )


def on(one: HoursSeries, day: date) -> Occurrence:
    """The office hours of a series that the rule gives for a date."""
    found = occurrences.find(occurrences.of_course(one.course), one.pk, day)
    assert found is not None
    return found


def printed(course: Course, day: str, *arguments: str) -> str:
    """What `office_hours_week` prints."""
    out = StringIO()
    call_command("office_hours_week", course.slug, day, *arguments, stdout=out)
    return out.getvalue()


def at(text: str) -> datetime:
    """An instant."""
    return datetime.fromisoformat(text).astimezone(UTC)


def turn_booking_on(cast: Cast, **rules: Any) -> BookingRules:
    """Let students book: 15 minutes a slot, two at once, offers for two hours."""
    return BookingRules.objects.create(course=cast.course, is_on=True, **rules)


def fill(course: Course, students: int) -> list[Enrollment]:
    """Students of a course, two of three in its first section."""
    sections = list(course.sections.all())
    users = User.objects.bulk_create(
        User(email=f"student{n:03}@students.example.edu", name=f"Sam {n:03}", sort_name=f"{n:03}, Sam", password="!")
        for n in range(students)
    )
    return Enrollment.objects.bulk_create(
        Enrollment(course=course, user=user, login=f"student{n:03}", section=sections[n % 3 == 0])
        for n, user in enumerate(users)
    )
