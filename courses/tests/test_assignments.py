from datetime import UTC, datetime, timedelta

import pytest

from accounts.errors import DomainError
from courses.domain import assignments
from courses.models import Assignment, Course
from mail.models import Message
from portal.testing import enroll

NOW = datetime(2024, 4, 9, 19, tzinfo=UTC)
DUE = datetime(2024, 4, 20, 6, 59, tzinfo=UTC)
LATER = DUE + timedelta(days=7)


def make(course: Course, name: str = "Tutorial 6", **fields) -> Assignment:
    return Assignment.objects.create(course=course, name=name, **{"due_at": DUE, **fields})


def letters() -> list[Message]:
    return list(Message.objects.filter(kind="due_date_moved").order_by("pk"))


def test_a_move_mails_each_student_once_and_keeps_the_first_date(cast):
    tutorial = make(cast.course)
    assert assignments.recipients_of_move(tutorial) == 2
    assert assignments.move_due_date(tutorial, to=LATER, now=NOW) == 2
    tutorial.refresh_from_db()
    assert (tutorial.due_at, tutorial.moved_from) == (LATER, DUE)
    assert {letter.recipient_id for letter in letters()} == {cast.student.user_id, cast.other_student.user_id}
    assert {letter.thread for letter in letters()} == {f"assignment:{tutorial.pk}"}


def test_the_letter_names_both_times_with_zone(cast):
    tutorial = make(cast.course, title="Serverless <b>databases</b> & more")
    assignments.move_due_date(tutorial, to=LATER, now=NOW)
    letter = letters()[0]
    assert letter.subject == "CS 101/501: Tutorial 6 is now due Fri Apr 26, 11:59 pm PDT"
    assert "It was due ~~Fri Apr 19, 11:59 pm PDT~~." in letter.text
    assert "databases</b> & more" in letter.text
    assert "&lt;b&gt;databases" in letter.html


def test_asking_twice_moves_and_mails_once(cast):
    tutorial = make(cast.course)
    stale = Assignment.objects.get(pk=tutorial.pk)
    assert assignments.move_due_date(tutorial, to=LATER, now=NOW) == 2
    assert assignments.move_due_date(tutorial, to=LATER, now=NOW) == 0
    assert assignments.move_due_date(stale, to=LATER, now=NOW) == 0
    assert len(letters()) == 2


def test_moving_back_clears_the_first_date_and_is_a_move_with_its_letter(cast):
    tutorial = make(cast.course)
    assignments.move_due_date(tutorial, to=LATER, now=NOW)
    assert assignments.move_due_date(tutorial, to=DUE, now=NOW) == 2
    tutorial.refresh_from_db()
    assert tutorial.moved_from is None
    assert assignments.move_due_date(tutorial, to=LATER, now=NOW) == 2
    assert len(letters()) == 6


def test_a_move_over_a_colleagues_unseen_move_is_refused(cast):
    tutorial = make(cast.course)
    stale = Assignment.objects.get(pk=tutorial.pk)
    assignments.move_due_date(tutorial, to=LATER, now=NOW)
    with pytest.raises(DomainError, match="while you were looking"):
        assignments.move_due_date(stale, to=DUE + timedelta(days=1), now=NOW)
    assert Assignment.objects.get().due_at == LATER
    assert len(letters()) == 2


@pytest.mark.parametrize("fields", [{"state": "draft"}, {"due_at": None}])
def test_what_students_do_not_know_moves_without_letter_or_trace(cast, fields):
    tutorial = make(cast.course, **fields)
    assert assignments.recipients_of_move(tutorial) == 0
    assert assignments.move_due_date(tutorial, to=LATER, now=NOW) == 0
    tutorial.refresh_from_db()
    assert (tutorial.due_at, tutorial.moved_from, tutorial.moves) == (LATER, None, 0)
    assert letters() == []


def test_someone_dropped_gets_no_letter(cast):
    gone = enroll(cast.course, "Gone Fictive")
    gone.dropped_at = NOW
    gone.save()
    assert assignments.move_due_date(make(cast.course), to=LATER, now=NOW) == 2


def test_students_see_no_draft_and_what_is_due_next_comes_first(cast):
    make(cast.course, "Far", due_at=LATER)
    make(cast.course, "Near")
    make(cast.course, "Undated", due_at=None, state="announced")
    make(cast.course, "Secret", state="draft")
    make(cast.course, "Old", due_at=NOW - timedelta(days=9))
    make(cast.course, "Just over", due_at=NOW - timedelta(minutes=1))
    parts = assignments.by_due_date(cast.student, NOW)
    assert [(part.title, [a.name for a in part.assignments]) for part in parts] == [
        ("To come", ["Near", "Far"]),
        ("No due date yet", ["Undated"]),
        ("Past", ["Just over", "Old"]),
    ]
    staff_sees = assignments.by_due_date(cast.assistant, NOW)[0].assignments
    assert "Secret" in [a.name for a in staff_sees]


def test_what_is_due_this_minute_is_still_to_come(cast):
    make(cast.course, due_at=NOW)
    seconds = timedelta(seconds=59)
    assert assignments.by_due_date(cast.student, NOW + seconds)[0].title == "To come"
    assert assignments.by_due_date(cast.student, NOW + seconds * 2)[0].title == "Past"


def test_only_a_draft_can_be_deleted(cast):
    posted, draft = make(cast.course), make(cast.course, "Draft", state="draft")
    assignments.delete_draft(draft)
    with pytest.raises(DomainError, match="Tutorial 6"):
        assignments.delete_draft(posted)
    assert list(cast.course.assignments.all()) == [posted]


def test_a_new_assignment_comes_last(cast):
    first = assignments.create(cast.course, name="A")
    assert assignments.create(cast.course, name="B").position == first.position + 1
