"""Delivery to a real mail server: what arrives, what is asked again, and what becomes of failures."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from accounts.models import User
from mail.domain import delivery, outbox, preferences
from mail.models import Message
from mail.tests.smtp_server import MailServer
from portal.testing import NOON, Cast

State = Message.State


def now():
    return NOON


def post(person: User, key: str = "thing:1", kind: str = "announcement", letter: str = "digest", **what) -> Message:
    what = {"letters": [], "code": "AB12CD", "zone": "America/Los_Angeles", "now": NOON, **what}
    message = outbox.post(letter, to=person, key=key, kind=kind, sender_name="CS 101/501", **what)
    assert message
    return message


def fate_of(message: Message) -> str:
    return Message.objects.get(pk=message.pk).state


def test_a_letter_arrives_whole_from_the_course_in_text_and_html(cast: Cast, mail_server: MailServer):
    message = post(cast.student.user, course_slug=cast.course.slug, thread="assignment:7")
    assert delivery.send_due(now=NOON, clock=now) == 1
    (arrived,) = mail_server.letters
    assert arrived["From"] == "CS 101/501 <portal@localhost>"
    assert arrived["To"] == "Ada Fictive <ada.fictive@students.example.edu>"
    assert arrived["Message-ID"] == message.message_id
    assert arrived["Auto-Submitted"] == "auto-generated"
    assert arrived["References"] == arrived["In-Reply-To"] == "<thread-cs101-s24-assignment-7@127.0.0.1>"
    assert arrived.get_body(("plain",)).get_content().splitlines() == message.text.splitlines()
    assert arrived.get_body(("html",)).get_content().splitlines() == message.html.splitlines()
    assert fate_of(message) == State.SENT


def test_one_click_ends_ordinary_letters_only(cast: Cast, mail_server: MailServer):
    post(cast.student.user, kind="announcement")
    post(cast.student.user, kind="due_date_moved")
    delivery.send_due(now=NOON, clock=now)
    ordinary, must_know = mail_server.letters
    assert ordinary["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert ordinary["List-Unsubscribe"].strip().startswith("<http://127.0.0.1:8000/mail/unsubscribe/")
    assert must_know["List-Unsubscribe"] is None


def test_a_sweep_uses_one_connection_and_a_second_sweep_sends_nothing(cast: Cast, mail_server: MailServer):
    for number in range(5):
        post(cast.student.user, key=f"thing:{number}")
    assert [delivery.send_due(now=NOON, clock=now) for _ in range(2)] == [5, 0]
    assert mail_server.connections == 1
    assert len(set(mail_server.ids)) == 5


def test_a_sign_in_code_goes_before_what_was_posted_earlier_and_its_words_are_erased(
    cast: Cast, mail_server: MailServer
):
    post(cast.student.user, key="thing:1")
    code = post(cast.student.user, kind="sign_in_code", letter="sign_in_code")
    delivery.send_due(now=NOON, clock=now)
    assert mail_server.letters[0]["Subject"] == "AB12CD is your sign-in code"
    assert "AB12CD" in mail_server.letters[0].get_body(("plain",)).get_content()
    assert Message.objects.filter(pk=code.pk, subject="", text="", html="", state=State.SENT).exists()


@pytest.mark.parametrize(("age", "erased", "fate"), [(599, 0, State.QUEUED), (600, 1, State.DROPPED)])
def test_a_sign_in_code_that_was_not_sent_in_ten_minutes_is_erased(cast: Cast, age: int, erased: int, fate: str):
    code = post(cast.student.user, kind="sign_in_code", letter="sign_in_code")
    assert delivery.erase_secrets(now=NOON + timedelta(seconds=age)) == erased
    code.refresh_from_db()
    assert code.state == fate
    assert bool(code.text) is not bool(erased)


def test_a_letter_is_dropped_when_it_is_too_late_unwanted_or_not_their_course_any_more(
    cast: Cast, mail_server: MailServer
):
    late = post(cast.student.user, expires_at=NOON + timedelta(hours=1))
    assert delivery.send_due(now=NOON + timedelta(hours=1), clock=now) == 0
    unwanted = post(cast.other_student.user)
    preferences.choose(cast.other_student.user, {"announcement": "off"})
    left = post(cast.assistant.user, course_slug=cast.course.slug)
    cast.course.enrollments.filter(pk=cast.assistant.pk).update(dropped_at=NOON)
    gone = post(cast.stranger)
    User.objects.filter(pk=cast.stranger.pk).update(is_active=False)
    assert delivery.send_due(now=NOON, clock=now) == 0
    assert {fate_of(letter) for letter in (late, unwanted, left, gone)} == {State.DROPPED}
    assert mail_server.letters == []


def test_a_refused_letter_waits_longer_each_time_and_is_parked_in_the_end(cast: Cast, mail_server: MailServer):
    message = post(cast.student.user)
    clock, pauses = NOON, []
    for _ in range(20):
        mail_server.refusals = ["451 try later"]
        if not delivery.send_due(now=clock, clock=lambda at=clock: at) and fate_of(message) == State.PARKED:
            break
        message.refresh_from_db()
        pauses.append((message.send_after - clock) // timedelta(minutes=1))
        clock = message.send_after
    message.refresh_from_db()
    assert pauses == [1, 5, 15, 60, 240, 480, 960]
    assert message.last_error == "the mail server refused the address (451)"
    assert delivery.send_due(now=clock + timedelta(days=30), clock=now) == 0


def test_an_address_that_does_not_exist_is_parked_at_once(cast: Cast, mail_server: MailServer):
    message = post(cast.student.user)
    mail_server.refusals = ["550 no such person ada.fictive@students.example.edu"]
    delivery.send_due(now=NOON, clock=now)
    message.refresh_from_db()
    assert (message.state, message.tries) == (State.PARKED, 1)
    assert message.last_error == "the mail server refused the address (550)"


def test_one_refused_letter_keeps_no_other_from_going(cast: Cast, mail_server: MailServer):
    first, second = post(cast.student.user), post(cast.other_student.user)
    mail_server.refusals = ["550 no"]
    assert delivery.send_due(now=NOON, clock=now) == 1
    assert (fate_of(first), fate_of(second)) == (State.PARKED, State.SENT)


def test_while_the_mail_server_is_down_letters_keep_and_one_try_is_made_a_sweep(cast: Cast, mail_server, settings):
    letters = [post(person.user) for person in (cast.student, cast.other_student)]
    settings.EMAIL_PORT = 1  # nobody listens there
    assert delivery.send_due(now=NOON, clock=now) == 0
    assert list(Message.objects.order_by("pk").values_list("tries", "state")) == [(1, "queued"), (0, "queued")]
    assert Message.objects.get(tries=1).last_error == "the mail server did not answer (ConnectionRefusedError)"
    settings.EMAIL_PORT = mail_server.port
    assert delivery.send_due(now=NOON + timedelta(minutes=1), clock=now) == 2
    assert sorted(mail_server.ids) == sorted(letter.message_id for letter in letters)


def test_the_claim_of_a_dead_worker_is_taken_over_after_two_minutes_with_the_same_identity(
    cast: Cast, mail_server: MailServer
):
    message = post(cast.student.user)
    assert delivery.claim(message.pk, now=NOON, clock=now)
    early, later = NOON + timedelta(seconds=119), NOON + timedelta(seconds=120)
    assert delivery.send_due(now=early, clock=lambda: early) == 0
    assert delivery.send_due(now=later, clock=lambda: later) == 1
    assert mail_server.ids == [message.message_id]


def test_a_letter_that_kills_every_worker_is_parked(cast: Cast, mail_server: MailServer):
    message = post(cast.student.user)
    clock = NOON
    for _ in range(8):
        assert delivery.claim(message.pk, now=clock, clock=lambda at=clock: at)
        clock += delivery.LEASE
    assert delivery.send_due(now=clock, clock=lambda at=clock: at) == 0
    assert fate_of(message) == State.PARKED
    assert mail_server.calls == 0


def test_a_stale_worker_never_undoes_what_a_faster_one_did(cast: Cast):
    message = post(cast.student.user)
    slow = delivery.claim(message.pk, now=NOON, clock=now)
    Message.objects.filter(pk=message.pk).update(state=State.SENT, claimed_until=None)
    delivery._failed(slow, OSError(), now)
    assert fate_of(message) == State.SENT


@pytest.mark.django_db(transaction=True)
def test_twelve_deliveries_at_once_send_each_letter_once(cast: Cast, mail_server: MailServer):
    for number in range(6):
        post(cast.student.user, key=f"thing:{number}")

    def sweep(_: int) -> int:
        try:
            return delivery.send_due(now=NOON, clock=now)
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as threads:
        assert sum(threads.map(sweep, range(12))) == 6
    assert len(mail_server.ids) == len(set(mail_server.ids)) == 6
    assert set(Message.objects.values_list("tries", flat=True)) == {1}
