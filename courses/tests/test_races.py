"""Two clicks at the same moment, on real connections."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from django.db import connection

from accounts.errors import DomainError
from courses.domain import agenda, announcements, assignments, staff
from courses.domain.agenda import AgendaLine
from courses.models import Announcement, Assignment, ClassMeeting, Enrollment, Role
from mail.models import Message
from portal.testing import enroll

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2024, 4, 9, 19, tzinfo=UTC)


def at_once(*acts: Callable[[], object]) -> list[object]:
    """What each act returned, or the rule it broke; all start together."""
    start = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        try:
            start.wait()
            return act()
        except DomainError as error:
            return type(error)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_one_of_two_editors_saves_the_agenda(cast):
    meeting = cast.course.meetings.first()
    rows = [ClassMeeting.objects.get(pk=meeting.pk) for _ in range(2)]
    got = at_once(
        *(lambda r=r, n=n: agenda.replace(r, [AgendaLine(f"by {n}")], version=0, now=NOW) for n, r in enumerate(rows))
    )
    assert sorted(got, key=str) == sorted([None, agenda.AgendaChangedError], key=str)
    assert meeting.agenda.count() == 1


def test_two_clicks_post_an_announcement_once(cast):
    draft = announcements.write_announcement(cast.course, title="t", text="x", by=cast.instructor.user, now=NOW)
    rows = [Announcement.objects.get(pk=draft.pk) for _ in range(3)]
    got = at_once(*(lambda r=r: announcements.post_announcement(r, now=NOW) for r in rows))
    assert sorted(got) == [0, 0, 4]
    assert Message.objects.count() == 4


def test_two_clicks_move_a_due_date_once(cast):
    moved = Assignment.objects.create(course=cast.course, name="T", due_at=NOW)
    rows = [Assignment.objects.get(pk=moved.pk) for _ in range(3)]
    got = at_once(*(lambda r=r: assignments.move_due_date(r, to=NOW + timedelta(days=1), now=NOW) for r in rows))
    assert sorted(got) == [0, 0, 2]
    assert Assignment.objects.get().moves == 1


def test_two_instructors_who_remove_each_other_leave_one(cast):
    other = enroll(cast.course, "Second Instructor", Role.INSTRUCTOR)
    rows = [Enrollment.objects.select_related("course", "user").get(pk=p.pk) for p in (cast.instructor, other)]
    got = at_once(*(lambda r=r: staff.remove_staff(r, now=NOW) for r in rows))
    assert got.count(DomainError) == 1
    assert cast.course.enrollments.staff().filter(role=Role.INSTRUCTOR).count() == 1
