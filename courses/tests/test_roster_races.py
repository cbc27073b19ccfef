"""Two workers, two clicks and two files at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from accounts.errors import DomainError
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


def test_two_workers_on_one_roster_write_everyone_once():
    course = make_course()
    made = looked_at(course)
    roster.start(made)
    at_once(*(lambda copy=copy: roster.carry_on(copy, now=NOON) for copy in copies(made, 3)))
    made.refresh_from_db()
    assert made.state == State.APPLIED
    assert course.enrollments.students().count() == 120
    assert not made.changes.exclude(note="").exists()


def test_two_clicks_at_once_begin_one_roster():
    made = looked_at(make_course(), 3)
    assert at_once(*(lambda copy=copy: roster.start(copy) for copy in copies(made, 4))) == [None] * 4
    made.refresh_from_db()
    assert made.state == State.APPLYING


def test_of_two_files_begun_at_once_one_goes_and_the_other_is_told():
    course = make_course()
    first = looked_at(course, 3)
    second = RosterImport.objects.create(course=course, file_name="2", created_at=NOON)
    answers = at_once(lambda: roster.start(first), lambda: roster.start(second))
    assert sorted(isinstance(answer, DomainError) for answer in answers) == [False, True]
    assert course.roster_imports.filter(state=State.APPLYING).count() == 1


def test_two_courses_that_make_the_same_accounts_at_once_share_them():
    courses = [make_course(f"course-{number}") for number in range(3)]
    imports = [looked_at(course) for course in courses]
    at_once(*(lambda made=made: roster.apply(made, now=NOON) for made in imports))
    assert [course.enrollments.students().count() for course in courses] == [120] * 3
