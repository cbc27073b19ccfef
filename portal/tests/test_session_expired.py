"""A form that was sent without a session: what was typed is shown, and saved after a new sign-in."""

import re
from html import unescape

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from portal.testing import NOON, Cast

pytestmark = pytest.mark.django_db
AGENDA = "/c/cs101-s24/classes/2024-04-10/agenda"
LINE = 'Clouds & "fog" <typed>'
TYPED = {"line-0-text": LINE, "line-0-kind": "lecture", "line-0-minutes": "", "count": "1", "version": "0"}
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture(autouse=True)
def _tuesday_noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def browser(cast: Cast) -> Client:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(cast.assistant.user, BACKEND)
    return browser


def fields_of(answer) -> dict[str, str]:
    """What a browser sends with the page's own form."""
    page = answer.content.decode().split("<main")[1].split("<footer")[0]
    inputs = re.findall(r'<input[^>]* name="([^"]*)"(?: value="([^"]*)")?', page)
    boxes = re.findall(r'<textarea[^>]* name="([^"]*)">\n(.*?)</textarea>', page, re.DOTALL)
    return {name: unescape(value) for name, value in [*inputs, *boxes]}


def test_an_agenda_typed_before_the_session_was_lost_is_saved_after_a_new_sign_in(browser: Client, cast: Cast):
    token = fields_of(browser.get(AGENDA))["csrfmiddlewaretoken"]
    del browser.cookies["sessionid"]
    lost = browser.post(AGENDA, {**TYPED, "do": "save", "csrfmiddlewaretoken": token})
    kept = fields_of(lost)
    assert lost.status_code == 403 and "no-store" in lost["Cache-Control"]
    assert "You are signed out, so nothing was saved. What you typed is here." in lost.content.decode()
    assert f'action="{AGENDA}"' in lost.content.decode()
    assert {name: kept[name] for name in TYPED} == TYPED

    browser.force_login(cast.assistant.user, BACKEND)  # gives another token than the kept page has
    browser.cookies["csrftoken"] = "x" * 32
    again = browser.post(AGENDA, kept)
    assert again.status_code == 403 and "nothing was saved" in again.content.decode()
    assert browser.post(AGENDA, fields_of(again)).status_code == 302
    meeting = cast.course.meetings.get(date="2024-04-10")
    assert [line.text for line in meeting.agenda.all()] == [LINE]


@pytest.mark.parametrize(
    "headers", [{"sec-fetch-site": "cross-site"}, {"origin": "https://elsewhere.example"}, {"origin": "null"}]
)
def test_a_form_of_another_site_gets_no_button_to_send_it_again(browser: Client, headers: dict[str, str]):
    answer = browser.post(AGENDA, TYPED, headers=headers)
    assert answer.status_code == 403
    assert "open too long" in answer.content.decode() and "Send again" not in answer.content.decode()
    assert LINE not in unescape(answer.content.decode())


def test_several_values_and_lines_of_one_field_are_kept(cast: Cast):
    answer = Client().post("/mail/preferences?page=2", {"kinds": ["a", "b"], "text": "\none\ntwo"})
    page = answer.content.decode()
    assert re.findall(r'name="kinds" value="(\w)"', page) == ["a", "b"]
    assert fields_of(answer)["text"] == "\none\ntwo"
    assert 'action="/mail/preferences?page=2"' in page


def test_a_file_is_named_to_be_chosen_again(cast: Cast):
    sent = {"file": SimpleUploadedFile("grades.csv", b"a,b"), "section": "CS 101"}
    page = Client().post("/c/cs101-s24/roster/upload", sent).content.decode()
    assert "Files cannot be kept: choose grades.csv again." in page
    assert 'enctype="multipart/form-data"' in page and "a,b" not in page


def test_a_code_or_a_password_is_never_shown_again(cast: Cast):
    for address, secret in (("/sign-in/code", "code"), ("/admin/", "password")):
        answer = Client(enforce_csrf_checks=True).post(address, {secret: "1234-5678", "next": "/c/x/"})
        assert answer.status_code == 403 and "1234-5678" not in answer.content.decode()


SECRET_FORMS = {
    "/c/cs101-s24/credits/1/import": {"text": "FAKE-Code-1001\nFAKE-Code-1002"},
    "/c/cs101-s24/credits/1/collect": {"digits": "FAKE-Code-1001"},
    "/c/cs101-s24/credits/codes/1/report": {"words": "FAKE-Code-1001 did not work"},
}


@pytest.mark.parametrize("address", SECRET_FORMS)
def test_where_codes_are_typed_nothing_is_given_back(cast: Cast, browser: Client, address):
    typed = SECRET_FORMS[address]
    for answer in (Client().post(address, typed), browser.post(address, {**typed, "csrfmiddlewaretoken": "old"})):
        page = answer.content.decode()
        assert answer.status_code == 403 and "What you typed was not kept either" in page
        assert "FAKE-Code" not in page and "no-store" in answer["Cache-Control"] and "Send again" not in page


def test_merely_looking_leads_to_sign_in(cast: Cast):
    assert Client().get(AGENDA)["Location"].startswith("/sign-in?next=")
