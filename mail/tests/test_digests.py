"""The daily letter: one a person, zone and course, at 7:00 local."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from accounts.models import User
from mail.domain import delivery, digests, outbox, preferences
from mail.models import Message
from mail.tests.smtp_server import MailServer
from portal.testing import NOON, Cast

State = Message.State
LA = "America/Los_Angeles"
MORNING = datetime(2024, 4, 10, 7, tzinfo=ZoneInfo(LA))


@pytest.fixture
def reader(cast: Cast) -> User:
    """Someone who wants announcements in one letter a day."""
    preferences.choose(cast.student.user, {"announcement": "digest"})
    return cast.student.user


def post(person: User, key: str, zone: str = LA, now=NOON, course_slug: str = "cs101-s24", expires_at=None) -> Message:
    entry = {"subject": f"About {key}", "text": f"All there is to say of {key}."}
    message = outbox.post(
        "digest", to=person, key=key, kind="announcement", sender_name="CS 101/501", zone=zone, now=now,
        course_slug=course_slug, expires_at=expires_at, letters=[entry],
    )  # fmt: skip
    assert message
    return message


def test_the_letters_of_a_day_come_in_one_at_seven(reader: User, mail_server: MailServer):
    waiting = [post(reader, key) for key in ("tutorial", "quiz")]
    assert digests.gather(now=MORNING - timedelta(seconds=1)) == 0
    assert digests.gather(now=MORNING) == 1
    assert digests.gather(now=MORNING) == 0
    digest = Message.objects.get(kind="digest")
    for letter in waiting:
        letter.refresh_from_db()
        assert (letter.state, letter.digest) == (State.BUNDLED, digest)
    assert delivery.send_due(now=MORNING, clock=lambda: NOON) == 1
    text = mail_server.letters[0].get_body(("plain",)).get_content()
    assert "All there is to say of tutorial." in text
    assert text.index("tutorial") < text.index("quiz")
    assert text.count("Choose which letters you get") == 1


def test_what_is_posted_after_seven_waits_for_the_next_day(reader: User):
    post(reader, "first", now=MORNING - timedelta(minutes=1))
    late = post(reader, "late", now=MORNING)
    assert digests.gather(now=MORNING + timedelta(minutes=1)) == 1
    late.refresh_from_db()
    assert late.state == State.DIGEST
    assert digests.gather(now=MORNING + timedelta(days=1)) == 1


def test_each_zone_and_course_has_its_own_daily_letter(reader: User):
    post(reader, "west")
    post(reader, "east", zone="Europe/Berlin")
    post(reader, "no course", course_slug="")
    assert digests.gather(now=datetime(2024, 4, 10, 5, tzinfo=UTC)) == 1  # 7:00 in Berlin
    assert digests.gather(now=MORNING) == 2


def test_what_is_of_no_use_in_the_morning_is_dropped(reader: User, cast: Cast):
    late = post(reader, "late")
    Message.objects.filter(pk=late.pk).update(expires_at=MORNING)
    left = post(reader, "another course", course_slug="cs999")
    assert digests.gather(now=MORNING) == 0
    assert set(Message.objects.filter(pk__in=[late.pk, left.pk]).values_list("state", flat=True)) == {State.DROPPED}


def test_ending_the_daily_letter_ends_what_it_gathers_save_what_one_must_know(reader: User):
    preferences.choose(reader, {"due_date_moved": "digest"})
    preferences.unsubscribe(reader, "digest")
    wanted = {"survey_reminder": "at_once", "due_date_moved": "digest", "announcement": "off"}
    assert wanted.items() <= preferences.choices_by_kind(reader).items()
