from datetime import date

import pytest
import time_machine
from django.urls import reverse

from courses.models import Course, NoClassDay
from portal.testing import NOON, client_of, enroll

PAGE = "/c/cs101-s24/settings/"
COURSE = {
    "code": "CS 101/501",
    "title": "Kept title",
    "term": "Spring 2024",
    "timezone": "America/Los_Angeles",
    "starts_on": "2024-03-28",
    "ends_on": "2024-06-14",
    "meetings_first_on": "2024-04-01",
    "meetings_last_on": "2024-06-05",
}


@pytest.fixture(autouse=True)
def _tuesday_noon():
    with time_machine.travel(NOON, tick=False):
        yield


def url(name: str, pk: int | None = None) -> str:
    return reverse(name, kwargs={"course_slug": "cs101-s24"} | ({"pk": pk} if pk else {}))


def test_instructors_change_the_course(cast):
    answer = client_of(cast.instructor).post(url("course_fields"), COURSE | {"meetings_last_on": "Monday 2024-06-10"})
    assert answer.status_code == 302
    course = Course.objects.get()
    assert course.title == "Kept title"
    assert course.meetings.last().date == date(2024, 6, 10)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"timezone": "Mars/Olympus"}, "is not a time zone"),
        ({"timezone": "America/New_York"}, "the time zone stays"),
        ({"ends_on": "Tuesday 2024-06-14"}, "June 14 2024 is a Friday"),
        ({"ends_on": "2024-02-30"}, "is not a date"),
        ({"ends_on": "2024-03-01"}, "cannot end before"),
        ({"meetings_last_on": "2024-03-30"}, "cannot come before the first"),
        ({"meetings_first_on": "2024-03-01"}, "cannot start before the course"),
        ({"meetings_last_on": "2024-07-01"}, "cannot end before its last class"),
        ({"code": ""}, "required"),
    ],
)
def test_wrong_fields_are_refused_in_words_with_everything_typed_kept(cast, wrong, sentence):
    answer = client_of(cast.instructor).post(url("course_fields"), COURSE | wrong)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert "Kept title" in answer.content.decode()
    assert Course.objects.get().title == "Invented Computing"


def test_the_colour_is_one_of_eight(cast):
    browser = client_of(cast.instructor)
    assert browser.post(url("course_accent"), {"accent": "teal"}).status_code == 302
    assert browser.post(url("course_accent"), {"accent": "neon"}).status_code == 422
    assert Course.objects.get().accent == "teal"
    assert browser.get(PAGE).content.decode().count('type="radio"') == 8


def test_staff_are_added_promoted_and_removed(cast):
    browser = client_of(cast.instructor)
    browser.post(url("staff_add"), {"name": "Neu Assistant", "email": "neu@example.edu", "role": "assistant"})
    person = cast.course.enrollments.get(user__email="neu@example.edu")
    browser.post(url("staff_role", person.pk), {"role": "instructor"})
    person.refresh_from_db()
    assert person.role == "instructor"
    asked = browser.get(url("staff_remove", person.pk)).content.decode()
    assert "Remove Neu Assistant from the staff?" in asked and "access to this course at once" in asked
    assert cast.course.enrollments.staff().filter(pk=person.pk).exists()
    browser.post(url("staff_remove", person.pk))
    assert client_of(person).get("/c/cs101-s24/classes/").status_code == 404


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"name": "Kept Name", "email": "no address", "role": "assistant"}, "is not an e-mail address"),
        ({"name": "Kept Name", "email": "ada.fictive@students.example.edu", "role": "assistant"}, "is a student"),
        ({"name": "Kept Name", "email": "x@example.edu", "role": "student"}, "valid choice"),
    ],
)
def test_wrong_staff_are_refused_with_everything_typed_kept(cast, typed, sentence):
    answer = client_of(cast.instructor).post(url("staff_add"), typed)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert "Kept Name" in answer.content.decode()
    assert cast.course.enrollments.staff().count() == 2


def test_the_last_instructor_cannot_leave(cast):
    browser = client_of(cast.instructor)
    for answer in (
        browser.post(
            url("staff_remove", cast.instructor.pk), follow=True, headers={"referer": f"http://testserver{PAGE}"}
        ),
        browser.post(url("staff_role", cast.instructor.pk), {"role": "assistant"}),
    ):
        assert "only instructor" in answer.content.decode()
    assert cast.course.enrollments.staff().count() == 2


def test_a_student_is_not_removed_as_staff(cast):
    assert client_of(cast.instructor).post(url("staff_remove", cast.student.pk)).status_code == 404
    assert cast.course.enrollments.students().count() == 2


def test_class_times_are_added_changed_and_removed(cast):
    browser = client_of(cast.instructor)
    typed = {"weekday": "4", "start": "13:00", "end": "14:00", "place": "LAB"}
    assert browser.post(url("weekly_time_add"), typed).status_code == 302
    friday = cast.course.weekly_times.get(weekday=4)
    assert "8 classes to come" in browser.get(url("weekly_time_edit", friday.pk)).content.decode()
    assert browser.post(url("weekly_time_edit", friday.pk), typed | {"end": "15:00"}).status_code == 302
    assert cast.course.meetings.get(date=date(2024, 4, 12)).ends_at.hour == 22
    browser.post(url("weekly_time_remove", friday.pk))
    assert not cast.course.meetings.filter(date=date(2024, 4, 12)).exists()


def test_overlapping_class_times_are_refused_naming_both(cast):
    typed = {"weekday": "2", "start": "10:00", "end": "11:00", "place": "Kept place"}
    for answer in (
        client_of(cast.instructor).post(url("weekly_time_add"), typed),
        client_of(cast.instructor).post(url("weekly_time_edit", cast.course.weekly_times.first().pk), typed),
    ):
        assert answer.status_code == 422
        assert "Wednesday 09:00–10:30 and Wednesday 10:00–11:00 overlap" in answer.content.decode()
        assert "Kept place" in answer.content.decode()
    assert cast.course.weekly_times.count() == 2


def test_a_day_without_class_is_added_and_taken_back(cast):
    browser = client_of(cast.instructor)
    browser.post(url("no_class_day_add"), {"date": "Monday 2024-05-27", "reason": "Memorial Day"})
    assert cast.course.meetings.get(date=date(2024, 5, 27)).is_cancelled
    browser.post(url("no_class_day_remove", NoClassDay.objects.get().pk))
    assert not cast.course.meetings.get(date=date(2024, 5, 27)).is_cancelled


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("Tuesday 2024-05-27", "May 27 2024 is a Monday"),
        ("May 27", "is not a date"),
        ("2024-04-08", "a past class cannot be cancelled"),
        ("2025-05-27", "outside the course"),
    ],
)
def test_a_wrong_day_is_refused_in_words_with_everything_typed_kept(cast, written, sentence):
    answer = client_of(cast.instructor).post(url("no_class_day_add"), {"date": written, "reason": "Kept reason"})
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert "Kept reason" in answer.content.decode()
    assert written in answer.content.decode()
    assert not NoClassDay.objects.exists()


@pytest.mark.parametrize("who", ["assistant", "student"])
def test_settings_are_for_instructors(cast, who):
    browser = client_of(getattr(cast, who))
    assert browser.get(PAGE).status_code == 403
    assert browser.post(url("course_accent"), {"accent": "teal"}).status_code == 403
    assert PAGE not in browser.get("/c/cs101-s24/classes/").content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_asks_the_database_the_same_however_much_is_on_it(cast, count, django_assert_num_queries):
    for n in range(count):
        enroll(cast.course, f"More Staff{n}", "assistant")
        NoClassDay.objects.create(course=cast.course, date=date(2024, 5, n + 1))
    browser = client_of(cast.instructor)
    with django_assert_num_queries(6):  # session, person, enrollment, staff, class times, days without class
        browser.get(PAGE)
