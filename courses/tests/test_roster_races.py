"""Two clicks and two files at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from accounts.errors import DomainError
from accounts.models import User
from courses.domain import roster
from courses.models import RosterImport
from courses.tests.rosters import crowd
from portal.testing import NOON, make_course

pytestmark = pytest.mark.django_db(transaction=True)
State = RosterImport.State


def at_once(*jobs: Callable[[], object]) -> list[object]:
    """What each job returns, or the rule it broke, all begun at the same moment."""
    barrier = Barrier(len(jobs))

    def run(job: Callable[[], object]) -> object:
        barrier.wait()
        try:
            return job()
        except DomainError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def looked_at(course, size: int = 120) -> RosterImport:
    return roster.preview(course, "crowd.csv", crowd(size), by=None, now=NOON)


def copies(made: RosterImport, number: int) -> list[RosterImport]:
    return [RosterImport.objects.get(pk=made.pk) for _ in range(number)]


def test_clicks_at_once_apply_one_roster_once():
    course = make_course()
    made = looked_at(course)
    assert at_once(*(lambda copy=copy: roster.apply(copy, now=NOON) for copy in copies(made, 4))) == [None] * 4
    made.refresh_from_db()
    assert made.state == State.APPLIED
    assert course.enrollments.students().count() == 120
    assert not made.changes.exclude(note="").exists()


def test_of_two_files_applied_at_once_the_second_leaves_alone_whom_the_first_wrote():
    course = make_course()
    files = [
        roster.preview(course, name, crowd(30), by=User.objects.create_user(f"{name}@example.edu"), now=NOON)
        for name in ("first", "second")
    ]
    assert at_once(*(lambda made=made: roster.apply(made, now=NOON) for made in files)) == [None] * 2
    assert course.enrollments.students().count() == 30
    assert sorted(made.changes.filter(note=roster.CHANGED_SINCE).count() for made in files) == [0, 30]


def test_two_courses_that_make_the_same_accounts_at_once_share_them():
    courses = [make_course(f"course-{number}") for number in range(3)]
    imports = [looked_at(course) for course in courses]
    at_once(*(lambda made=made: roster.apply(made, now=NOON) for made in imports))
    assert [course.enrollments.students().count() for course in courses] == [120] * 3
