"""Preferences, the way out, and the demo's mailbox, as pages."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from mail.domain import delivery, mailbox, outbox, preferences
from mail.models import Preference
from portal.testing import NOON, Cast, client_of


@pytest.fixture
def demo_letter(cast: Cast, settings: Any, tmp_path: Path) -> None:
    settings.DEMO, settings.MAILBOX_DIR = True, tmp_path
    settings.EMAIL_BACKEND = "mail.domain.mailbox.MailboxBackend"
    who = {"to": cast.student.user, "key": "1", "sender_name": "Course portal", "zone": "UTC"}
    outbox.post("sign_in_code", kind="sign_in_code", now=NOON, code="AB12CD", **who)
    delivery.send_due(now=NOON, clock=lambda: NOON)


def test_a_person_chooses_for_each_kind(cast: Cast):
    client = client_of(cast.student)
    assert "Moved due dates" in client.get("/mail/preferences").content.decode()
    every = {kind: str(choice) for kind, choice in preferences.choices_by_kind(cast.student.user).items()}
    chosen = {**every, "survey_reminder": "off", "due_date_moved": "digest", "announcement": "at_once"}
    assert client.post("/mail/preferences", chosen).status_code == 302
    assert preferences.choices_by_kind(cast.student.user) == chosen


def test_what_one_must_know_cannot_be_switched_off(cast: Cast):
    every = {kind: str(choice) for kind, choice in preferences.choices_by_kind(cast.student.user).items()}
    refused = client_of(cast.student).post("/mail/preferences", {**every, "due_date_moved": "off"})
    assert refused.status_code == 422
    assert Preference.objects.count() == 0


def test_the_link_in_a_letter_asks_before_it_ends_anything(cast: Cast):
    address = f"/mail/unsubscribe/{preferences.token_of(cast.student.user, 'announcement')}"
    assert "Stop these letters" in Client().get(address).content.decode()
    assert Preference.objects.count() == 0
    stranger_to_csrf = Client(enforce_csrf_checks=True)
    done = stranger_to_csrf.post(address, {"List-Unsubscribe": "One-Click"})
    assert done.status_code == 200
    assert preferences.choice_of(cast.student.user, "announcement") == "off"
    assert preferences.choice_of(cast.other_student.user, "announcement") == "at_once"


@pytest.mark.parametrize(
    ("kind", "before"), [("announcement", "digest"), ("announcement", "at_once"), ("digest", "digest")]
)
def test_what_a_link_ended_is_brought_back_as_it_was(cast: Cast, kind: str, before: str):
    person = cast.student.user
    preferences.choose(person, {"announcement": before})
    address = f"/mail/unsubscribe/{preferences.token_of(person, kind)}"
    done = Client().post(address, {"List-Unsubscribe": "One-Click"})
    assert preferences.choice_of(person, "announcement") == "off"
    undo = re.search(r'name="undo" value="([^"]+)"', done.content.decode())[1]
    other = f"/mail/unsubscribe/{preferences.token_of(cast.other_student.user, kind)}"
    for wrong in (Client().post(other, {"undo": undo}), Client().post(address, {"undo": undo[:-1]})):
        assert "Stop these letters" in wrong.content.decode()
        assert preferences.choice_of(person, "announcement") == "off"
    assert "You get these letters again" in Client().post(address, {"undo": undo}).content.decode()
    assert preferences.choice_of(person, "announcement") == before


def test_undo_after_a_double_click_brings_the_letters_back(cast: Cast):
    person = cast.student.user
    for _ in range(2):
        word = preferences.unsubscribe(person, "announcement")
    assert preferences.undo(word, person=person, kind="announcement")
    assert preferences.choice_of(person, "announcement") == "at_once"


def test_a_forged_unsubscribe_link_is_unknown(cast: Cast):
    token = preferences.token_of(cast.student.user, "announcement")
    answer = Client().post(f"/mail/unsubscribe/{token[:-1]}")
    assert answer.status_code == 404 and "This link is broken" in answer.content.decode()
    assert Preference.objects.count() == 0


@pytest.mark.usefixtures("demo_letter")
def test_the_demo_shows_its_letters_of_everyone_or_of_one():
    client = Client()
    listed = client.get("/mail/mailbox/").content.decode()
    assert "AB12CD is your sign-in code" in listed
    assert "The real portal never shows that" in listed
    assert "AB12CD" not in client.get("/mail/mailbox/?to=sam.stranger@elsewhere.example").content.decode()
    name = re.search(r"/mail/mailbox/([0-9a-f-]+)", listed)[1]
    assert "Your sign-in code is" in client.get(f"/mail/mailbox/{name}").content.decode()
    html = client.get(f"/mail/mailbox/{name}/html")
    assert "sandbox" in html.headers["Content-Security-Policy"]
    assert "unsafe-inline" not in html.headers["Content-Security-Policy"]


@pytest.mark.usefixtures("demo_letter")
def test_the_mailbox_reads_no_more_letters_than_its_page_shows(settings: Any, monkeypatch: pytest.MonkeyPatch):
    (kept,) = Path(settings.MAILBOX_DIR).glob("*.eml")
    for number in range(120):
        Path(settings.MAILBOX_DIR, f"{number:020d}-0000000a.eml").write_bytes(kept.read_bytes())
    read: list[str] = []
    head = mailbox.head
    monkeypatch.setattr(mailbox, "head", lambda name: read.append(name) or head(name))
    first = Client().get("/mail/mailbox/")
    assert len(read) == 50 and "1 of 3" in first.content.decode()
    assert Client().get("/mail/mailbox/?page=3").content.decode().count("is your sign-in code") == 21


@pytest.mark.usefixtures("demo_letter")
def test_outside_the_demo_there_is_no_mailbox(settings: Any):
    (kept,) = Path(settings.MAILBOX_DIR).glob("*.eml")
    settings.DEMO = False
    for address in ("", kept.stem, f"{kept.stem}/html"):
        assert Client().get(f"/mail/mailbox/{address}").status_code == 404
