"""What a student says reaches the survey's tables and nothing else: no log, no error report, no task, no letter."""

import logging

import pytest
from django.core import mail
from django.db import DatabaseError
from django.views.debug import ExceptionReporter

from feedback.domain import surveys
from feedback.models import FreeText
from feedback.tests import world
from mail.models import Message
from portal.testing import Cast, client_of

SECRET = "I never understood recursion, please do not tell"


def broken(*args, **kwargs):
    raise DatabaseError(f"Failing row contains ({SECRET}).")


@pytest.mark.django_db
def test_answer_leaves_no_log_line_and_no_letter(cast: Cast, caplog):
    caplog.set_level(logging.DEBUG)
    world.make_plan(cast.course)
    survey = world.opened(cast.course)

    surveys.submit_response(
        survey, by=cast.student, answers={**world.FINE, "question": SECRET}, now=survey.opened_at
    )  # fmt: skip

    assert FreeText.objects.get().text == SECRET
    assert "recursion" not in caplog.text
    assert not Message.objects.exists() and not mail.outbox


@pytest.mark.django_db
def test_error_while_recording_tells_its_kind_only(cast: Cast, monkeypatch):
    world.make_plan(cast.course)
    survey = world.opened(cast.course)
    monkeypatch.setattr(FreeText.objects, "create", broken)

    with pytest.raises(surveys.NotRecordedError) as raised:
        surveys.submit_response(
            survey, by=cast.student, answers={**world.FINE, "question": SECRET}, now=survey.opened_at
        )  # fmt: skip

    report = ExceptionReporter(None, raised.type, raised.value, raised.tb).get_traceback_text()
    assert "NotRecordedError" in report and "recursion" not in report


@pytest.mark.django_db
def test_server_error_of_the_page_leaves_no_answer_in_the_log(cast: Cast, monkeypatch, caplog):
    world.make_plan(cast.course)
    survey = world.opened(cast.course)
    monkeypatch.setattr(FreeText.objects, "create", broken)
    monkeypatch.setattr(surveys, "state_of", lambda *args: surveys.State.OPEN)
    browser = client_of(cast.student)
    browser.raise_request_exception = False

    answer = browser.post(
        f"/c/{cast.course.slug}/classes/{survey.meeting.date}/survey", {**world.FINE, "question": SECRET}
    )

    assert answer.status_code == 500
    assert "NotRecordedError" in caplog.text
    assert "recursion" not in caplog.text and "recursion" not in answer.content.decode()
    assert not any("recursion" in str(vars(record)) for record in caplog.records)
