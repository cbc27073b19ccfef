"""The cast of every test: one course with two sections, its people, and a stranger."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.models import User, sort_name_of
from courses.domain import calendar
from courses.models import Course, Enrollment, Role, Section, WeeklyTime
from credits.models import AuditEvent, AuditHead

NOON = datetime(2024, 4, 9, 19, tzinfo=UTC)  # Tuesday noon in Los Angeles, between two classes


@dataclass
class Cast:
    """A course and one person of each kind (enrollments; the stranger is in no course)."""

    course: Course
    instructor: Enrollment
    assistant: Enrollment
    student: Enrollment
    other_student: Enrollment
    stranger: User


def make_course(slug: str = "cs101-s24", *, sections: tuple[str, ...] = ("CS 101", "CS 501")) -> Course:
    """A course that meets Monday and Wednesday 9:00–10:30 in Los Angeles, April 1 to June 5, 2024."""
    course = Course.objects.create(
        slug=slug,
        code="CS 101/501",
        title="Invented Computing",
        term="Spring 2024",
        timezone="America/Los_Angeles",
        starts_on=date(2024, 3, 28),
        ends_on=date(2024, 6, 14),
        login_email_domain="students.example.edu",
        meetings_first_on=date(2024, 4, 1),
        meetings_last_on=date(2024, 6, 5),
    )
    for position, code in enumerate(sections):
        Section.objects.create(course=course, code=code, position=position)
    for weekday in (0, 2):
        WeeklyTime.objects.create(course=course, weekday=weekday, start=time(9), end=time(10, 30), place="HALL 1")
    calendar.lay_out(course)
    return course


def enroll(course: Course, name: str, role: Role = Role.STUDENT, section: int = 0) -> Enrollment:
    """A person of the course, made from a name; students go to the section at that position."""
    login = name.lower().replace(" ", ".")
    user, _ = User.objects.get_or_create(
        email=f"{login}@students.example.edu", defaults={"name": name, "sort_name": sort_name_of(name)}
    )
    is_student = role == Role.STUDENT
    return Enrollment.objects.create(
        course=course,
        user=user,
        role=role,
        section=course.sections.get(position=section) if is_student else None,
        login=login if is_student else "",
    )


def make_cast(slug: str = "cs101-s24") -> Cast:
    """The whole cast, in a course of its own."""
    course = make_course(slug)
    return Cast(
        course=course,
        instructor=enroll(course, "Wren Instructor", Role.INSTRUCTOR),
        assistant=enroll(course, "Tay Assistant", Role.ASSISTANT),
        student=enroll(course, "Ada Fictive"),
        other_student=enroll(course, "Timo Placeholder", section=1),
        stranger=User.objects.create_user("sam.stranger@elsewhere.example", "Sam Stranger"),
    )


def client_of(person: Enrollment | User) -> Client:
    """A browser in which this person is signed in."""
    client = Client()
    client.force_login(
        person.user if isinstance(person, Enrollment) else person,
        backend="django.contrib.auth.backends.ModelBackend",
    )
    return client


def url(name: str, course: Course, **kwargs: object) -> str:
    """The address of a page of a course."""
    return reverse(name, kwargs={"course_slug": course.slug, **kwargs})


def assert_kept_by_nobody(answer: HttpResponse, referrer: str = "no-referrer") -> None:
    """A secret page: nothing stores, compresses or frames it."""
    headers = {
        "Cache-Control": "no-store, no-transform, private",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": referrer,
    }
    assert {name: answer[name] for name in headers} == headers
    assert not answer.has_header("Content-Encoding")


@contextmanager
def log_can_be_emptied() -> Iterator[None]:
    """Lift the triggers of the credit log, for a test database's flush only (conftest.py); they stand again after."""
    tables = [AuditEvent._meta.db_table, AuditHead._meta.db_table]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            yield
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            return
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN (%s, %s)", tables)
        triggers = cursor.fetchall()
        for name, _ in triggers:
            cursor.execute(f"DROP TRIGGER {name}")
        yield
        for _, statement in triggers:
            cursor.execute(statement)
