"""Letters from a course to its people, and to nobody else."""

import re
from datetime import datetime
from typing import Any

import pytest

from courses.domain import letters
from courses.models import Enrollment
from mail.domain import delivery, outbox
from mail.models import Message
from mail.queries import letters as queries
from portal.testing import NOON, Cast, client_of

State = Message.State


def post(cast: Cast, people: list[Enrollment], key: str = "news:1", kind: str = "due_date_moved", now: datetime = NOON):
    return letters.post_to(cast.course, "digest", people=people, key=key, kind=kind, now=now, letters=[])


def park(**which: Any) -> None:
    refused = "the mail server refused the address (550)"
    Message.objects.filter(**which).update(state=State.PARKED, last_error=refused)


def test_someone_named_twice_gets_one_letter_and_someone_dropped_none(cast: Cast):
    Enrollment.objects.filter(pk=cast.other_student.pk).update(dropped_at=NOON)
    cast.other_student.refresh_from_db()
    assert post(cast, [cast.student, cast.student, cast.other_student]) == 1
    assert post(cast, [cast.student, cast.assistant]) == 1
    written = Message.objects.get(recipient=cast.student.user)
    assert (written.sender_name, written.zone, written.course_slug) == (
        "CS 101/501", "America/Los_Angeles", "cs101-s24",
    )  # fmt: skip


def test_a_letter_concerns_only_who_is_still_in_its_course(cast: Cast):
    post(cast, [cast.student])
    written = Message.objects.get()
    assert letters.is_enrolled(written)
    Enrollment.objects.filter(pk=cast.student.pk).update(dropped_at=NOON)
    assert not letters.is_enrolled(written)
    written.course_slug = ""
    assert letters.is_enrolled(written)


@pytest.mark.parametrize("count", [1, 3])
def test_posting_asks_the_same_of_the_database_for_one_person_and_for_three(
    cast: Cast, count: int, django_assert_num_queries
):
    people = cast.course.enrollments.active()[:count]
    with django_assert_num_queries(7):
        assert post(cast, people) == count


def test_staff_see_what_was_posted_and_try_again_what_was_not_delivered(cast: Cast):
    post(cast, [cast.student, cast.assistant])
    park(recipient=cast.student.user)
    client, address = client_of(cast.assistant), f"/c/{cast.course.slug}/letters/"
    page = client.get(address).content.decode()
    assert "To Ada Fictive: the mail server refused the address (550)" in page
    assert "2 letters, 0 sent, 1 waiting" in page
    parked = Message.objects.parked().get()
    assert client.post(f"{address}{parked.pk}/again").status_code == 302
    parked.refresh_from_db()
    assert (parked.state, parked.tries) == (State.QUEUED, 0)
    assert delivery.claim(parked.pk, now=NOON, clock=lambda: NOON)


def test_staff_read_what_went_out_but_not_the_recipients_own_links(cast: Cast):
    post(cast, [cast.student, cast.assistant], kind="announcement")
    assert "/unsubscribe/" in Message.objects.first().text
    client = client_of(cast.assistant)
    listed = client.get(f"/c/{cast.course.slug}/letters/").content.decode()
    address = re.search(r'href="(/c/cs101-s24/letters/\d+)"', listed)[1]
    page = client.get(address).content.decode()
    assert "Your daily letter: 0 letters" in page
    assert "unsubscribe" not in page and "Ada" not in page
    assert "/settings/" not in listed
    Message.objects.update(course_slug="another-course")
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("kind", ["survey_reminder", "sign_in_code"])
def test_a_reminder_or_a_code_is_read_by_its_recipient_only(cast: Cast, kind: str):
    post(cast, [cast.student], kind=kind)
    client, address = client_of(cast.instructor), f"/c/{cast.course.slug}/letters/"
    assert f"{address}{Message.objects.get().pk}" not in client.get(address).content.decode()
    assert client.get(f"{address}{Message.objects.get().pk}").status_code == 404


def test_whose_survey_reminder_was_not_delivered_is_shown_to_nobody(cast: Cast):
    post(cast, [cast.student, cast.other_student], kind="survey_reminder")
    park()
    client, address = client_of(cast.instructor), f"/c/{cast.course.slug}/letters/"
    page = client.get(address).content.decode()
    assert "2 not delivered" in page
    assert "Ada" not in page
    assert "Timo" not in page
    hidden = Message.objects.parked().first()
    assert client.post(f"{address}{hidden.pk}/again").status_code == 404
    assert client.post(f"{address}again/survey_reminder").status_code == 302
    assert Message.objects.parked().count() == 0


def test_the_letters_of_another_course_and_students_stay_out(cast: Cast):
    post(cast, [cast.student])
    park()
    Message.objects.update(course_slug="another-course")
    assert queries.batches(cast.course.slug) == []
    assert list(queries.parked(cast.course.slug)) == []
    assert outbox.try_again(cast.course.slug, kind="due_date_moved") == 0
    assert client_of(cast.student).get(f"/c/{cast.course.slug}/letters/").status_code == 403


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_asks_the_same_of_the_database_for_one_letter_and_for_three(
    cast: Cast, rows: int, django_assert_num_queries
):
    for number in range(rows):
        post(cast, [cast.student, cast.assistant], key=f"news:{number}")
    park(recipient=cast.student.user)
    client = client_of(cast.instructor)
    with django_assert_num_queries(6):
        client.get(f"/c/{cast.course.slug}/letters/")
