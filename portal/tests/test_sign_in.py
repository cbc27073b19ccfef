"""Signing in by a code, as a browser sees it."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from mail.models import Message
from portal.testing import Cast, client_of, enroll, make_course

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_limits(db):
    cache.clear()


def ask(browser: Client, email: str, next_page: str = ""):
    return browser.post("/sign-in", {"email": email, "next": next_page} if next_page else {"email": email})


def code_in_letter() -> str:
    letter = Message.objects.filter(kind="sign_in_code").latest("pk")
    return re.search(r"\b\d{4}-\d{4}\b", letter.text).group()


def is_signed_in(browser: Client) -> bool:
    return "_auth_user_id" in browser.session


def test_a_code_sent_to_the_roster_address_signs_in_and_leads_where_one_wanted(cast: Cast):
    browser = Client()
    wanted = f"/c/{cast.course.slug}/"
    asked = browser.get(wanted)
    assert asked.status_code == 302 and asked["Location"] == f"/sign-in?next={wanted}"
    answer = ask(browser, cast.student.user.email.upper(), wanted)
    assert answer["Location"] == "/sign-in/code?next=" + wanted.replace("/", "%2F")
    assert b'autocomplete="one-time-code"' in browser.get(answer["Location"]).content
    landed = browser.post(answer["Location"], {"code": code_in_letter(), "next": wanted})
    assert (landed.status_code, landed["Location"]) == (302, wanted)
    assert is_signed_in(browser)


def test_the_letter_comes_from_the_one_course_a_person_is_in(cast: Cast):
    ask(Client(), cast.student.user.email)
    letter = Message.objects.get()
    assert (letter.recipient, letter.sender_name, letter.zone) == (
        cast.student.user,
        "CS 101/501",
        "America/Los_Angeles",
    )
    assert letter.course_slug == ""  # someone who was dropped may sign in too
    assert letter.expires_at - letter.created_at == timedelta(minutes=10)
    enroll(make_course("cs102-s24"), "Ada Fictive")
    ask(Client(), cast.student.user.email)
    assert Message.objects.latest("pk").sender_name == "Course portal"


FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
SPELLINGS = {
    "spaces": lambda code: f" {code.replace('-', ' ')} ",
    "no-break space": lambda code: code.replace("-", "\u00a0"),
    "en dash": lambda code: code.replace("-", "\u2013"),
    "no-break hyphen": lambda code: code.replace("-", "\u2011"),
    "full width": lambda code: code.translate(FULL_WIDTH),
    "zero width": lambda code: f"\u200b{code}\u200b",
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_code_is_taken_however_it_is_spelt(cast: Cast, spelling: str):
    browser = Client()
    ask(browser, cast.student.user.email)
    browser.post("/sign-in/code", {"code": SPELLINGS[spelling](code_in_letter())})
    assert is_signed_in(browser)
    browser.post("/sign-in/again", {"do": "send"})
    answer = browser.post("/sign-in/again", {"code": SPELLINGS[spelling](code_in_letter())})
    assert answer.status_code == 302


def test_a_stranger_who_asks_for_codes_locks_nobody_out(cast: Cast):
    stranger = Client(REMOTE_ADDR="192.0.2.7")
    statuses = [ask(stranger, cast.student.user.email).status_code for _ in range(8)]
    assert statuses == [302] * 5 + [429] * 3
    assert ask(Client(REMOTE_ADDR="198.51.100.9"), cast.student.user.email).status_code == 302


def test_an_address_gets_thirty_codes_in_ten_minutes_from_wherever_they_are_asked_for(cast: Cast):
    statuses = [
        ask(Client(REMOTE_ADDR=f"192.0.2.{number // 5}"), cast.student.user.email).status_code for number in range(31)
    ]
    assert statuses == [302] * 30 + [429]


def test_codes_asked_for_at_sign_in_do_not_count_when_one_proves_again_who_one_is(cast: Cast):
    browser = client_of(cast.student)
    for _ in range(6):
        ask(Client(), cast.student.user.email)
    Message.objects.all().delete()
    for _ in range(6):
        browser.post("/sign-in/again", {"do": "send"})
    assert Message.objects.filter(kind="sign_in_code").count() == 5


def test_guesses_sent_at_once_are_each_counted(cast: Cast):
    browser = Client()
    ask(browser, cast.student.user.email)
    session = browser.session
    before = dict(session.items())
    for _ in range(3):
        browser.post("/sign-in/code", {"code": "1"})
        session.update(before)  # as a request finds it that was sent together with the others
        session.save()
        browser.cookies["sessionid"] = session.session_key
    answer = browser.post("/sign-in/code", {"code": code_in_letter()})
    assert answer["Location"] == "/sign-in" and not is_signed_in(browser)


def test_an_unknown_address_gets_the_same_answer_and_no_letter(cast: Cast):
    answers = []
    closed = User.objects.create_user("closed@students.example.edu", "Cleo Closed", is_active=False)
    for email in (cast.student.user.email, "nobody.known@students.example.edu", closed.email):
        browser = Client()
        asked = ask(browser, email)
        page = browser.get("/sign-in/code")
        wrong = browser.post("/sign-in/code", {"code": "0"})
        answers.append(
            (
                asked.status_code,
                asked["Location"],
                sorted(browser.cookies),
                re.sub(r'value="[A-Za-z0-9]{64}"', "", page.content.decode()).replace(email, "…"),
                wrong.status_code,
                re.sub(r'value="[A-Za-z0-9]{64}"', "", wrong.content.decode()).replace(email, "…"),
            )
        )
    assert answers[0] == answers[1] == answers[2]
    assert Message.objects.count() == 1
    assert not User.objects.filter(email__endswith="@nobody.invalid").exists()


def test_an_unknown_address_costs_the_same_work(cast: Cast):
    work = {}
    for email in (cast.student.user.email, "nobody.known@students.example.edu"):
        ask(Client(), email)
        with CaptureQueriesContext(connection) as queries:
            ask(Client(), email)
        writes = [q["sql"].split(" ", 3)[:3] for q in queries if q["sql"].startswith(("INSERT", "UPDATE"))]
        work[email] = len(queries), ["INSERT", "INTO", '"mail_message"'] in writes
    (known, wrote), (unknown, wrote_too) = work.values()
    assert wrote and wrote_too
    assert known == unknown, work


def test_a_wrong_code_is_said_kept_and_counted_and_the_third_ends_it(cast: Cast):
    browser = Client()
    ask(browser, cast.student.user.email, "/c/x/")
    for left in (2, 1):
        wrong = browser.post("/sign-in/code", {"code": "1234-567", "next": "/c/x/"})
        assert wrong.status_code == 422
        assert b'value="1234-567"' in wrong.content and b"This is not the code" in wrong.content
        assert f"{left} tr".encode() in wrong.content
    third = browser.post("/sign-in/code", {"code": "1234-567", "next": "/c/x/"})
    assert third["Location"] == "/sign-in?next=%2Fc%2Fx%2F"
    page = browser.get(third["Location"]).content.decode()
    assert "third wrong code" in page and cast.student.user.email in page
    browser.post("/sign-in/code", {"code": code_in_letter()})
    assert not is_signed_in(browser)


def test_an_empty_code_is_no_try(cast: Cast):
    browser = Client()
    ask(browser, cast.student.user.email)
    for _ in range(4):
        assert browser.post("/sign-in/code", {"code": ""}).status_code == 422
    browser.post("/sign-in/code", {"code": code_in_letter()})
    assert is_signed_in(browser)


def test_a_code_is_good_for_ten_minutes(cast: Cast):
    browser = Client()
    start = timezone.now()
    with time_machine.travel(start, tick=False):
        ask(browser, cast.student.user.email, "/c/x/")
    with time_machine.travel(start + timedelta(minutes=10, seconds=1), tick=False):
        late = browser.post("/sign-in/code", {"code": code_in_letter(), "next": "/c/x/"})
        assert late["Location"] == "/sign-in?next=%2Fc%2Fx%2F"
        assert b"good for 10 minutes" in browser.get(late["Location"]).content
        assert not is_signed_in(browser)


def test_a_code_is_good_just_before_ten_minutes(cast: Cast):
    browser = Client()
    start = timezone.now()
    with time_machine.travel(start, tick=False):
        ask(browser, cast.student.user.email)
    with time_machine.travel(start + timedelta(minutes=9, seconds=58), tick=False):
        browser.post("/sign-in/code", {"code": code_in_letter()})
        assert is_signed_in(browser)


def test_a_new_code_replaces_the_old_one_and_works_once(cast: Cast):
    browser = Client()
    ask(browser, cast.student.user.email)
    old = code_in_letter()
    ask(browser, cast.student.user.email)
    assert browser.post("/sign-in/code", {"code": old}).status_code == 422
    browser.post("/sign-in/code", {"code": code_in_letter()})
    assert is_signed_in(browser)
    browser.post("/sign-out")
    assert not is_signed_in(browser)
    browser.post("/sign-in/code", {"code": code_in_letter()})
    assert not is_signed_in(browser)


def test_the_sixth_code_in_ten_minutes_is_refused_in_words_known_or_not(cast: Cast):
    for email in (cast.student.user.email, "nobody.known@students.example.edu"):
        statuses = [ask(Client(), email).status_code for _ in range(6)]
        assert statuses == [302] * 5 + [429]
        refused = ask(Client(), email.upper())
        assert b"the limit is 5 for one address from here" in refused.content
        assert email.encode() in refused.content.lower()


def test_an_address_that_is_none_is_said_beside_the_field_and_kept(db):
    answer = ask(Client(), "ada at example")
    assert answer.status_code == 422
    assert b'value="ada at example"' in answer.content and b"not a whole e-mail address" in answer.content


def test_asking_again_while_a_code_is_on_its_way_keeps_the_page_one_wanted(cast: Cast):
    browser = Client()
    ask(browser, cast.student.user.email)
    page = browser.get("/sign-in?next=/c/x/survey")
    assert page.status_code == 200 and b'value="/c/x/survey"' in page.content


def test_nobody_is_led_to_another_site(cast: Cast):
    browser = Client()
    asked = ask(browser, cast.student.user.email, "https://elsewhere.example/")
    assert asked["Location"] == "/sign-in/code"
    landed = browser.post("/sign-in/code", {"code": code_in_letter(), "next": "https://elsewhere.example/"})
    assert landed["Location"] == "/"


def test_only_the_address_on_the_roster_gets_codes_not_one_it_replaced(cast: Cast):
    browser = Client()
    old = cast.student.user.email
    ask(browser, old)
    browser.post("/sign-in/code", {"code": code_in_letter()})
    User.objects.filter(pk=cast.student.user_id).update(email="ada.new@students.example.edu")
    Message.objects.all().delete()
    ask(Client(), old)
    assert not Message.objects.exists()


def test_someone_dropped_may_sign_in_but_sees_no_course(cast: Cast):
    cast.student.dropped_at = timezone.now()
    cast.student.save()
    browser = Client()
    ask(browser, cast.student.user.email)
    browser.post("/sign-in/code", {"code": code_in_letter()})
    assert is_signed_in(browser)
    assert b"You are no longer on the roster of CS 101/501" in browser.get("/").content
    assert browser.get(f"/c/{cast.course.slug}/").status_code == 404


def test_an_account_closed_while_its_code_was_on_the_way_does_not_sign_in(cast: Cast):
    browser = Client()
    ask(browser, cast.student.user.email)
    User.objects.filter(pk=cast.student.user_id).update(is_active=False)
    answer = browser.post("/sign-in/code", {"code": code_in_letter()}, follow=True)
    assert b"account is closed" in answer.content and not is_signed_in(browser)


def test_signing_out_takes_a_post(cast: Cast):
    browser = client_of(cast.student)
    assert browser.get("/sign-out").status_code == 200
    assert is_signed_in(browser)
    browser.post("/sign-out")
    assert not is_signed_in(browser)


@pytest.mark.parametrize("path", ["signup/", "password/reset/", "email/", "login/", "accounts/signup/", "sign-up"])
def test_allauths_other_pages_are_not_there(db, path: str):
    assert Client().get(f"/{path}").status_code == 404


def test_no_log_line_holds_an_address_or_a_code(cast: Cast, caplog):
    caplog.set_level("INFO")
    browser = Client()
    ask(browser, cast.student.user.email)
    browser.post("/sign-in/code", {"code": "0"})
    code = code_in_letter()
    browser.post("/sign-in/code", {"code": code})
    ask(Client(), "nobody.known@students.example.edu")
    assert is_signed_in(browser)
    for secret in (cast.student.user.email, code, "nobody.known"):
        assert secret not in caplog.text
