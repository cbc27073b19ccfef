"""Answering on the web: one screen, nothing typed is ever lost, and one answer a person."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from courses.domain import calendar
from courses.models import ClassMeeting
from feedback.domain import separation, surveys
from feedback.models import Completion, FreeText, ScaleCount, Survey
from feedback.tests.world import make_plan
from portal.testing import Cast, client_of, enroll

ANSWERS = {"material": "7", "pace": "5", "question": "When would I pick a container?"}
AFTER_CLASS = datetime(2024, 4, 8, 17, 45, tzinfo=UTC)  # Monday 10:45 in Los Angeles; class ended at 10:30


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(AFTER_CLASS, tick=False) as traveller:
        yield traveller


@pytest.fixture
def survey(cast: Cast, clock: time_machine.Traveller) -> Survey:
    make_plan(cast.course)
    return surveys.open_survey(cast.course.meetings.get(date="2024-04-08"), now=AFTER_CLASS)


def address(survey: Survey) -> str:
    return reverse("survey", kwargs={"course_slug": survey.course.slug, "date": survey.meeting.date})


def recorded(survey: Survey) -> tuple[int, int, int]:
    return (
        Completion.objects.filter(survey=survey).count(),
        sum(ScaleCount.objects.filter(survey=survey).values_list("count", flat=True)),
        FreeText.objects.filter(survey=survey).count(),
    )


def test_a_student_answers_and_reads_that_it_is_recorded(cast: Cast, survey: Survey):
    client = client_of(cast.student)
    page = client.post(address(survey), ANSWERS, follow=True)
    assert "Recorded" in page.content.decode()
    assert recorded(survey) == (1, 2, 1)


def test_a_double_click_is_one_answer(cast: Cast, survey: Survey):
    client = client_of(cast.student)
    for _ in range(2):
        assert client.post(address(survey), ANSWERS).status_code == 302
    assert recorded(survey) == (1, 2, 1)


@pytest.mark.parametrize("wrong", ["0", "11", "5.5", "", "five", "１", "1e0", " "])
def test_a_wrong_answer_is_marked_and_what_was_typed_is_kept(cast: Cast, survey: Survey, wrong: str):
    page = client_of(cast.student).post(address(survey), {**ANSWERS, "pace": wrong})
    assert page.status_code == 422
    text = page.content.decode()
    assert ANSWERS["question"] in text
    assert 'aria-invalid="true"' in text
    assert recorded(survey) == (0, 0, 0)


def test_a_text_that_is_too_long_is_kept_and_its_length_said(cast: Cast, survey: Survey):
    long = "why? " * 20_000
    page = client_of(cast.student).post(address(survey), {**ANSWERS, "question": long})
    assert page.status_code == 422
    text = page.content.decode()
    assert f"{len(long.strip()):,} characters" in text
    assert long.strip() in text
    assert recorded(survey) == (0, 0, 0)


def test_html_in_a_text_is_shown_as_text(cast: Cast, survey: Survey):
    page = client_of(cast.student).post(address(survey), {"question": "<script>alert(1)</script>"})
    assert "<script>alert(1)" not in page.content.decode()
    assert "&lt;script&gt;alert(1)" in page.content.decode()


def test_a_lost_session_shows_the_form_again_and_it_can_be_sent_after_signing_in(cast: Cast, survey: Survey):
    client = Client(enforce_csrf_checks=True)
    page = client.post(address(survey), ANSWERS)
    text = page.content.decode()
    assert page.status_code == 403
    assert ANSWERS["question"] in text
    assert re.search(r'<input type="radio" name="material" value="7"[^>]* checked', text)
    assert "no-store" in page["Cache-Control"]
    assert reverse("account_login") in text
    assert recorded(survey) == (0, 0, 0)
    client.force_login(cast.student.user, backend="django.contrib.auth.backends.ModelBackend")
    client.post(address(survey), ANSWERS)
    assert recorded(survey) == (1, 2, 1)


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}])
def test_a_form_from_another_site_records_nothing(cast: Cast, survey: Survey, headers: dict[str, str]):
    page = client_of(cast.student).post(address(survey), ANSWERS, headers=headers)
    assert page.status_code == 422
    assert "came from another site, so nothing is recorded" in page.text
    assert ANSWERS["question"] in page.text
    assert recorded(survey) == (0, 0, 0)


def test_what_was_typed_is_shown_though_the_class_was_cancelled_meanwhile(
    cast: Cast, survey: Survey, clock: time_machine.Traveller
):
    in_class = AFTER_CLASS - timedelta(hours=1)
    clock.move_to(in_class)
    calendar.cancel_meeting(survey.meeting, reason="Flood", now=in_class)
    page = client_of(cast.student).post(address(survey), ANSWERS)
    assert page.status_code == 422
    assert ANSWERS["question"] in page.text and "nothing is recorded" in page.text


def test_looking_while_signed_out_leads_to_sign_in(survey: Survey):
    page = Client().get(address(survey))
    assert page.status_code == 302
    assert page["Location"].startswith(reverse("account_login"))


def test_before_it_opens_the_page_says_when(cast: Cast, survey: Survey):
    later = ClassMeeting.objects.held().filter(starts_at__gt=AFTER_CLASS).order_by("starts_at").first()
    assert later is not None
    page = client_of(cast.student).get(reverse("survey", kwargs={"course_slug": cast.course.slug, "date": later.date}))
    assert "Not open yet" in page.content.decode()
    assert "10:30 am PDT" in page.content.decode()


def test_after_closing_an_answer_is_refused(cast: Cast, survey: Survey, clock: time_machine.Traveller):
    clock.move_to(survey.closes_at)
    page = client_of(cast.student).post(address(survey), ANSWERS)
    assert page.status_code == 422
    assert "has closed" in page.content.decode()
    assert ANSWERS["question"] in page.content.decode()
    assert recorded(survey) == (0, 0, 0)


def test_a_late_answer_is_recorded_as_late(cast: Cast, survey: Survey, clock: time_machine.Traveller):
    clock.move_to(survey.due_at + timedelta(seconds=60))
    client_of(cast.student).post(address(survey), ANSWERS)
    assert Completion.objects.get().batch == "waiting"


def test_the_last_second_of_the_due_minute_is_on_time(cast: Cast, survey: Survey, clock: time_machine.Traveller):
    clock.move_to(survey.due_at + timedelta(seconds=59))
    client_of(cast.student).post(address(survey), ANSWERS)
    assert Completion.objects.get().batch == "on_time"


def test_staff_see_the_questions_but_cannot_answer(cast: Cast, survey: Survey):
    client = client_of(cast.instructor)
    assert "Staff do not answer" in client.get(address(survey)).content.decode()
    client.post(address(survey), ANSWERS)
    assert recorded(survey) == (0, 0, 0)


def test_no_session_is_written_by_an_answer(cast: Cast, survey: Survey):
    client = client_of(cast.student)
    before = dict(client.session.items()), client.session.session_key
    page = client.post(address(survey), ANSWERS)
    assert "sessionid" not in page.cookies
    assert (dict(client.session.items()), client.session.session_key) == before


@pytest.mark.parametrize("others", [0, 3])
def test_the_page_asks_as_often_for_one_student_as_for_many(
    cast: Cast, survey: Survey, others: int, django_assert_num_queries
):
    for number in range(others):
        student = enroll(cast.course, f"Student{number} Invented")
        surveys.submit_response(survey, by=student, answers=ANSWERS, now=AFTER_CLASS)
    client = client_of(cast.student)
    client.get(address(survey))
    with django_assert_num_queries(7):
        client.get(address(survey))


def test_points_appear_only_once_the_figures_are_fixed(cast: Cast, survey: Survey):
    client = client_of(cast.student)
    client.post(address(survey), ANSWERS)
    feedback = reverse("feedback", kwargs={"course_slug": cast.course.slug})
    assert "point earned" not in client.get(feedback).content.decode()
    separation.freeze(survey, now=AFTER_CLASS)
    assert "1 point earned" in client.get(feedback).content.decode()
