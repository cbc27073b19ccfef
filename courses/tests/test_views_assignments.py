from datetime import UTC, datetime

import pytest
import time_machine
from django.urls import reverse

from courses.models import Assignment
from mail.models import Message
from portal.testing import NOON, client_of

DUE = datetime(2024, 4, 20, 6, 59, tzinfo=UTC)  # Friday April 19, 23:59 in Los Angeles
TYPED = {
    "name": "Tutorial 8",
    "title": "Queues",
    "state": "posted",
    "is_required": "on",
    "url": "",
    "topics": "a\n\n b ",
    "notes": "",
}


@pytest.fixture(autouse=True)
def _tuesday_noon():
    with time_machine.travel(NOON, tick=False):
        yield


def url(name: str, assignment: Assignment | None = None) -> str:
    return reverse(name, kwargs={"course_slug": "cs101-s24"} | ({"pk": assignment.pk} if assignment else {}))


@pytest.fixture
def tutorial(cast) -> Assignment:
    return Assignment.objects.create(
        course=cast.course,
        name="Tutorial 6",
        title="Databases",
        due_at=DUE,
        topics=["SQL & more"],
        url="https://example.edu/6",
    )


def test_students_read_what_is_due_when_in_the_courses_zone(cast, tutorial):
    Assignment.objects.create(course=cast.course, name="Secret", state="draft")
    Assignment.objects.create(course=cast.course, name="Soon", state="announced", url="https://example.edu/soon")
    text = client_of(cast.student).get(url("assignments")).content.decode()
    assert "Due Fri Apr 19, 11:59 pm PDT" in text
    assert "SQL &amp; more" in text
    assert "https://example.edu/6" in text
    assert "to be posted" in text
    assert "https://example.edu/soon" not in text
    assert "Secret" not in text
    assert "Edit" not in text


def test_a_moved_due_date_stands_struck_through_beside_the_new_one(cast, tutorial):
    client_of(cast.instructor).post(url("assignment_move", tutorial), {"due_at": "2024-04-26T23:59", "sure": "yes"})
    text = client_of(cast.student).get(url("assignments")).content.decode()
    assert "was </span>Fri Apr 19</del> Fri Apr 26, 11:59 pm PDT" in text
    assert '<span class="badge warn">moved</span>' in text


def test_moving_asks_once_with_the_number_of_letters(cast, tutorial):
    browser = client_of(cast.instructor)
    asked = browser.post(url("assignment_move", tutorial), {"due_at": "2024-04-26T23:59"})
    assert asked.status_code == 200
    assert "mails 2 people" in asked.content.decode()
    assert 'name="due_at" value="2024-04-26T23:59"' in asked.content.decode()
    assert not Message.objects.exists()
    assert (
        browser.post(url("assignment_move", tutorial), {"due_at": "2024-04-26T23:59", "sure": "yes"}).status_code == 302
    )
    assert Message.objects.filter(kind="due_date_moved").count() == 2
    browser.post(url("assignment_move", tutorial), {"due_at": "2024-04-26T23:59", "sure": "yes"})
    assert Message.objects.count() == 2


@pytest.mark.parametrize("due", ["2024-03-10T02:30", "tomorrow", "", "2024-04-31T10:00"])
def test_a_time_that_does_not_exist_is_refused_and_kept(cast, tutorial, due):
    answer = client_of(cast.instructor).post(url("assignment_move", tutorial), {"due_at": due, "sure": "yes"})
    assert answer.status_code == 422
    assert f'value="{due}"' in answer.content.decode() or not due
    assert Assignment.objects.get(pk=tutorial.pk).due_at == DUE


def test_the_move_form_shows_the_local_time(cast, tutorial):
    assert (
        'value="2024-04-19T23:59"' in client_of(cast.instructor).get(url("assignment_move", tutorial)).content.decode()
    )


def test_a_first_due_date_is_set_without_asking(cast, tutorial):
    Assignment.objects.update(due_at=None)
    client_of(cast.instructor).post(url("assignment_move", tutorial), {"due_at": "2024-04-26T23:59"})
    assert Assignment.objects.get().due_at == datetime(2024, 4, 27, 6, 59, tzinfo=UTC)
    assert not Message.objects.exists()


@pytest.mark.parametrize("first", [True, False])
def test_a_due_date_in_the_past_is_asked_about_before_it_is_set(cast, tutorial, first):
    Assignment.objects.update(due_at=None if first else DUE)
    browser, past = client_of(cast.instructor), {"due_at": "2024-04-09T11:58", "is_slip": "on"}
    asked = browser.post(url("assignment_move", tutorial), past)
    assert asked.status_code == 200 and "This is in the past." in asked.content.decode()
    assert Assignment.objects.get().due_at == (None if first else DUE)
    browser.post(url("assignment_move", tutorial), past | {"sure": "yes"})
    assert Assignment.objects.get().due_at == datetime(2024, 4, 9, 18, 58, tzinfo=UTC)
    assert not Message.objects.exists()


def test_a_new_assignment_due_in_the_past_is_asked_about_with_everything_kept(cast):
    typed = TYPED | {"due_at": "2024-04-08T23:59"}
    asked = client_of(cast.assistant).post(url("assignment_new"), typed)
    assert asked.status_code == 422 and "This is in the past." in asked.content.decode()
    assert 'value="2024-04-08T23:59"' in asked.content.decode() and not Assignment.objects.exists()
    assert client_of(cast.assistant).post(url("assignment_new"), typed | {"sure": "yes"}).status_code == 302
    assert Assignment.objects.get().due_at == datetime(2024, 4, 9, 6, 59, tzinfo=UTC)


def test_a_slip_is_put_right_without_letters_and_without_a_trace(cast, tutorial):
    browser = client_of(cast.instructor)
    slip = {"due_at": "2024-04-26T23:59", "is_slip": "on"}
    page = browser.post(url("assignment_move", tutorial), slip, follow=True).content.decode()
    assert "Due Fri Apr 26, 11:59 pm PDT" in page and "<del>" not in page
    assert "Moved. Nobody is mailed." in page
    assert not Message.objects.exists()


def test_the_list_says_how_many_letters_a_move_wrote(cast, tutorial):
    sure = {"due_at": "2024-04-26T23:59", "sure": "yes"}
    browser = client_of(cast.instructor)
    page = browser.post(url("assignment_move", tutorial), sure, follow=True).content.decode()
    assert "Moved. 2 letters are on their way." in page
    assert "letters are" not in browser.post(url("assignment_move", tutorial), sure, follow=True).content.decode()


@pytest.mark.parametrize(
    ("topics", "sentence"),
    [("a\n" * 101, "These are 101 lines; at most 100 fit."), ("b" * 501, "A line has at most 500 characters")],
)
def test_a_list_that_no_course_file_takes_is_refused_and_kept(cast, topics, sentence):
    answer = client_of(cast.assistant).post(url("assignment_new"), TYPED | {"topics": topics})
    assert answer.status_code == 422 and sentence in answer.text and topics[:501] in answer.text
    assert not cast.course.assignments.exists()


def test_staff_write_an_assignment(cast):
    answer = client_of(cast.assistant).post(url("assignment_new"), TYPED | {"due_at": "2024-04-26T23:59"})
    assert answer.status_code == 302
    made = cast.course.assignments.get()
    assert (made.topics, made.notes, made.is_extra_credit) == (["a", "b"], [], False)
    assert made.due_at == datetime(2024, 4, 27, 6, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "Tutorial 6"},
        {"name": ""},
        {"url": "javascript:alert(1)"},
        {"state": "gone"},
        {"due_at": "2024-03-10T02:30"},
    ],
)
def test_a_wrong_assignment_is_refused_with_everything_typed_kept(cast, tutorial, wrong):
    answer = client_of(cast.assistant).post(url("assignment_new"), TYPED | {"notes": "keep me"} | wrong)
    assert answer.status_code == 422
    assert "keep me" in answer.content.decode()
    assert list(cast.course.assignments.all()) == [tutorial]


def test_editing_keeps_the_due_date_and_what_was_shown_stays_shown(cast, tutorial):
    browser = client_of(cast.assistant)
    assert browser.post(url("assignment_edit", tutorial), TYPED | {"state": "draft"}).status_code == 422
    assert browser.post(url("assignment_edit", tutorial), TYPED).status_code == 302
    tutorial.refresh_from_db()
    assert (tutorial.name, tutorial.due_at, tutorial.topics) == ("Tutorial 8", DUE, ["a", "b"])


def test_only_drafts_are_deleted(cast, tutorial):
    draft = Assignment.objects.create(course=cast.course, name="Draft", state="draft")
    browser = client_of(cast.assistant)
    browser.post(url("assignment_delete", draft))
    refused = browser.post(url("assignment_delete", tutorial), follow=True)
    assert "Only a draft can be deleted" in refused.content.decode()
    assert list(cast.course.assignments.all()) == [tutorial]


@pytest.mark.parametrize("name", ["assignment_new", "assignment_edit", "assignment_move", "assignment_delete"])
def test_students_change_no_assignment(cast, tutorial, name):
    address = url(name, None if name == "assignment_new" else tutorial)
    assert client_of(cast.student).post(address, TYPED).status_code == 403


def test_an_assignment_of_another_course_is_unknown(cast, tutorial):
    other = type(cast.course).objects.exclude(pk=cast.course.pk)
    assert not other.exists()
    address = url("assignment_edit", tutorial).replace(f"/{tutorial.pk}/", "/999/")
    assert client_of(cast.instructor).get(address).status_code == 404


def test_an_empty_page_teaches_the_first_step(cast):
    assert "Start with a draft" in client_of(cast.instructor).get(url("assignments")).content.decode()
    assert "Start with a draft" not in client_of(cast.student).get(url("assignments")).content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_the_database_the_same_however_long_it_is(cast, count, django_assert_num_queries):
    for n in range(count):
        Assignment.objects.create(course=cast.course, name=f"T{n}", due_at=DUE)
    browser = client_of(cast.instructor)
    with django_assert_num_queries(4):  # session, person, enrollment, assignments
        browser.get(url("assignments"))
