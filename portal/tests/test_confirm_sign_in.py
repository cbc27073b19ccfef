"""Signing in once more, by our own code form."""

import re

import pytest
import time_machine
from allauth.account.internal.flows.login import record_authentication
from django.test import RequestFactory
from django.urls import reverse

from accounts.access import signed_in_recently
from accounts.domain import sign_in
from accounts.domain.clock import clock
from accounts.errors import DomainError
from mail.models import Message
from portal.testing import NOON, Cast, client_of

pytestmark = pytest.mark.django_db
URL = "/sign-in/again?next=/c/cs101-s24/assignments/"


def code_in_the_letter() -> str:
    return re.search(r"\b\d{4}-?\d{4}\b", Message.objects.latest("pk").text)[0]


def request_of(browser, person):
    request = RequestFactory().get("/")
    request.session, request.user = browser.session, person.user
    return request


def test_the_code_that_was_sent_makes_the_sign_in_recent_for_five_minutes(cast: Cast):
    browser = client_of(cast.student)
    with time_machine.travel(NOON, tick=False) as traveller:
        assert not signed_in_recently(request_of(browser, cast.student), clock())
        assert b"Send me a code" in browser.get(URL).content
        assert browser.post(URL, {"do": "send"})["Location"] == URL
        answer = browser.post(URL, {"code": code_in_the_letter().replace("-", " ")})
        assert answer["Location"] == "/c/cs101-s24/assignments/"
        assert signed_in_recently(request_of(browser, cast.student), clock())
        assert not signed_in_recently(request_of(browser, cast.other_student), clock())
        traveller.shift(299)
        assert signed_in_recently(request_of(browser, cast.student), clock())
        traveller.shift(1)
        assert not signed_in_recently(request_of(browser, cast.student), clock())


def test_signing_in_by_code_counts_without_another_one(cast: Cast, client):
    client.post(reverse("account_login"), {"email": cast.student.user.email})
    client.post(reverse("account_confirm_login_code"), {"code": code_in_the_letter()})
    assert signed_in_recently(request_of(client, cast.student), clock())


@pytest.mark.parametrize("method", ["socialaccount", "password", "mfa"])
def test_a_provider_or_anything_but_our_code_does_not_slip_past(cast: Cast, method):
    request = request_of(client_of(cast.student), cast.student)
    record_authentication(request, cast.student.user, method, provider="x", reauthenticated=True)
    assert not signed_in_recently(request, clock())


def test_a_wrong_code_counts_and_the_third_ends_it(cast: Cast):
    browser = client_of(cast.student)
    browser.post(URL, {"do": "send"})
    right = code_in_the_letter()
    for words in ("not the code", "not the code", "third wrong"):
        answer = browser.post(URL, {"code": "00000000"})
        assert answer.status_code == 422 and words in answer.content.decode()
    answer = browser.post(URL, {"code": right})
    assert answer.status_code == 422 and "Ask for a new one" in answer.content.decode()
    assert not signed_in_recently(request_of(browser, cast.student), clock())


def test_tries_sent_at_once_count_too(cast: Cast):
    code = "12345678"
    pending = sign_in.begin_confirmation(code, now=NOON)
    for _ in range(sign_in.MOST_TRIES):  # each has read the session before another wrote it
        assert sign_in.check_confirmation(pending, "00000000", now=NOON)
    with pytest.raises(DomainError, match="Ask for a new one"):
        sign_in.check_confirmation(pending, code, now=NOON)


def test_an_old_code_and_anothers_code_do_not_count(cast: Cast):
    browser, other = client_of(cast.student), client_of(cast.other_student)
    with time_machine.travel(NOON, tick=False) as traveller:
        browser.post(URL, {"do": "send"})
        assert other.post(URL, {"code": code_in_the_letter()}).status_code == 422
        traveller.shift(601)
        assert browser.post(URL, {"code": code_in_the_letter()}).status_code == 422


def test_the_session_holds_no_code_and_nobody_is_led_to_another_site(cast: Cast):
    browser = client_of(cast.student)
    browser.post("/sign-in/again?next=https://elsewhere.example/", {"do": "send"})
    code = code_in_the_letter()
    assert code.replace("-", "") not in str(dict(browser.session)).replace("-", "")
    assert browser.post("/sign-in/again?next=https://elsewhere.example/", {"code": code})["Location"] == "/"


def test_codes_are_sent_five_times_at_most_in_ten_minutes(cast: Cast):
    browser = client_of(cast.student)
    for _ in range(7):
        browser.post(URL, {"do": "send"})
    assert Message.objects.filter(kind="sign_in_code").count() == 5
    assert browser.get(URL)["Cache-Control"] == "no-store, no-transform, private"
