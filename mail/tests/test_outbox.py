"""Posting: once each, as each person wants it, never at night, and with a broker that may be down."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from celery import current_app as app
from django.db import transaction
from kombu import Connection

from accounts.models import User
from mail import tasks
from mail.domain import outbox, preferences
from mail.models import Message
from portal.testing import NOON, Cast

State = Message.State
LA = "America/Los_Angeles"


def post(person: User, key: str = "news:1", kind: str = "announcement", **what) -> Message | None:
    what = {"letters": [], "zone": LA, "now": NOON, **what}
    return outbox.post("digest", to=person, key=key, kind=kind, sender_name="CS 101/501", **what)


def local(hour: int, minute: int = 0, day: int = 9) -> datetime:
    return datetime(2024, 4, day, hour, minute, tzinfo=ZoneInfo(LA))


def test_a_letter_is_written_once_a_kind_key_and_person(cast: Cast):
    assert post(cast.student.user)
    assert post(cast.student.user) is None
    assert post(cast.student.user, key="news:2")
    assert post(cast.student.user, kind="due_date_moved")
    assert post(cast.other_student.user)
    assert Message.objects.count() == 4


def test_a_letter_of_a_cause_that_is_rolled_back_never_was(cast: Cast):
    with transaction.atomic():
        post(cast.student.user)
        transaction.set_rollback(True)
    assert Message.objects.count() == 0


@pytest.mark.parametrize(
    ("choice", "kind", "state"),
    [
        ("at_once", "announcement", State.QUEUED),
        ("digest", "announcement", State.DIGEST),
        ("off", "announcement", None),
        ("off", "due_date_moved", State.DIGEST),
        ("digest", "survey_reminder", State.QUEUED),
        ("off", "survey_reminder", None),
    ],
)
def test_each_letter_comes_as_the_person_wants_it(cast: Cast, choice: str, kind: str, state: str | None):
    preferences.choose(cast.student.user, {kind: choice})
    message = post(cast.student.user, kind=kind)
    assert (message.state if message else None) == state


@pytest.mark.parametrize(
    ("hour", "send_after"),
    [
        (local(21, 59), None),
        (local(22), local(7, day=10)),
        (local(0, 30), local(7)),
        (local(6, 59), local(7)),
        (local(7), None),
    ],
)
def test_ordinary_letters_wait_for_the_morning_of_the_course(cast: Cast, hour: datetime, send_after: datetime | None):
    assert post(cast.student.user, now=hour).send_after == send_after
    assert post(cast.student.user, now=hour, kind="due_date_moved").send_after is None


def test_the_morning_is_seven_on_the_wall_when_summer_time_ends(cast: Cast):
    eve = datetime(2023, 11, 4, 23, tzinfo=ZoneInfo(LA))
    assert post(cast.student.user, now=eve).send_after == datetime(2023, 11, 5, 15, tzinfo=UTC)


def test_what_would_expire_while_waiting_goes_at_once(cast: Cast):
    preferences.choose(cast.student.user, {"announcement": "digest"})
    assert post(cast.student.user, expires_at=local(20)).state == State.QUEUED
    preferences.choose(cast.student.user, {"announcement": "at_once"})
    assert post(cast.student.user, key="2", now=local(23), expires_at=local(6, day=10)).send_after is None


@pytest.mark.parametrize(("choice", "state"), [("digest", State.QUEUED), ("off", None)])
def test_what_is_urgent_goes_at_once_save_to_those_who_want_none(cast: Cast, choice: str, state: str | None):
    assert post(cast.student.user, now=local(23), is_urgent=True).send_after is None
    preferences.choose(cast.student.user, {"announcement": choice})
    message = post(cast.student.user, key="2", is_urgent=True)
    assert (message.state if message else None) == state


def test_plain_text_is_not_escaped_and_the_subject_is_one_line(cast: Cast):
    entry = {"subject": "R&D <b>\nBcc: all@example.edu", "text": "1 < 2 & 3"}
    message = post(cast.student.user, letters=[entry])
    assert message.subject == "R&D <b> Bcc: all@example.edu"
    assert "1 < 2 & 3" in message.text
    assert "1 &lt; 2 &amp; 3" in message.html
    assert "<b>\n" not in message.html


def test_nobody_is_told_of_a_letter_that_waits(cast: Cast, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        post(cast.student.user, now=local(23))
    assert callbacks == []
    with django_capture_on_commit_callbacks() as callbacks, outbox.one_run() as run:
        posted = post(cast.student.user, key="in a run")
    assert callbacks == []
    assert run == [posted.pk]
    with django_capture_on_commit_callbacks() as callbacks:
        outbox.post_all(
            "digest", people=[cast.student.user, cast.assistant.user], key="both", kind="announcement",
            sender_name="CS", zone=LA, now=NOON, letters=[],
        )  # fmt: skip
    assert len(callbacks) == 1


def test_a_broker_that_is_down_holds_nobody_up_and_is_left_alone_for_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    gone = {key: str(tmp_path / "gone" / "deep") for key in ("data_folder_in", "data_folder_out", "control_folder")}
    monkeypatch.setattr(app, "connection_for_write", lambda: Connection("filesystem://here", transport_options=gone))
    monkeypatch.setattr(app.amqp, "_producer_pool", None)
    monkeypatch.setattr(tasks, "_broker_rests_until", 0.0)
    before = time.monotonic()
    tasks.send_soon(1)
    tasks.send_soon(None)
    assert time.monotonic() - before < 2
    assert caplog.text.count("no broker to tell") == 1


def test_writing_to_many_asks_no_more_of_the_database_for_those_who_have_it(cast: Cast, django_assert_num_queries):
    everyone = [person.user for person in (cast.student, cast.other_student, cast.assistant)]
    what = {"people": everyone, "key": "news:1", "kind": "announcement", "sender_name": "CS", "zone": LA, "now": NOON}
    assert len(outbox.post_all("digest", letters=[], **what)) == 3
    with django_assert_num_queries(2):
        assert outbox.post_all("digest", letters=[], **what) == []


def test_a_sign_in_code_expires_by_itself(cast: Cast):
    who = {"to": cast.student.user, "key": "1", "sender_name": "Portal", "zone": "UTC"}
    code = outbox.post("sign_in_code", kind="sign_in_code", now=NOON, code="AB12CD", **who)
    assert code.expires_at == NOON + timedelta(seconds=600)


@pytest.mark.django_db(transaction=True)
def test_two_who_post_the_same_at_once_write_one_letter_each(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(outbox, "_who_have_it", lambda *_: set())  # both looked before the other wrote
    everyone = [person.user for person in (cast.student, cast.other_student, cast.assistant)]
    what = {"key": "news:1", "kind": "announcement", "sender_name": "CS", "zone": LA, "now": NOON, "letters": []}
    assert len(outbox.post_all("digest", people=everyone[:2], **what)) == 2
    assert [letter.recipient for letter in outbox.post_all("digest", people=everyone, **what)] == everyone[2:]
    assert Message.objects.count() == 3
