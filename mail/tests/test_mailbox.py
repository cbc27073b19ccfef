"""The demo's mailbox: one whole file a letter."""

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from mail.domain import delivery, mailbox, outbox
from mail.domain.mailbox import Letter
from portal.testing import NOON, Cast


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.EMAIL_BACKEND = "mail.domain.mailbox.MailboxBackend"
    settings.MAILBOX_DIR = tmp_path / "mailbox"
    return settings.MAILBOX_DIR


def send_code(cast: Cast, code: str) -> None:
    who = {"to": cast.student.user, "key": code, "sender_name": "Course portal", "zone": "UTC"}
    outbox.post("sign_in_code", kind="sign_in_code", now=NOON, code=code, **who)
    assert delivery.send_due(now=NOON, clock=lambda: NOON) == 1


def test_each_letter_is_one_file_newest_first_and_keeps_its_words(cast: Cast, folder: Path):
    assert mailbox.newest() == []
    send_code(cast, "AAAA11")
    send_code(cast, "BBBB22")
    assert sorted(path.suffix for path in folder.iterdir()) == [".eml", ".eml"]
    newest, oldest = mailbox.newest()
    assert newest.subject == "BBBB22 is your sign-in code"
    assert (oldest.to, oldest.address) == ("Ada Fictive", "ada.fictive@students.example.edu")
    whole = mailbox.letter(oldest.name)
    assert isinstance(whole, Letter)
    assert "AAAA11" in whole.text
    assert "AAAA11" in whole.html


@pytest.mark.parametrize("name", ["../secret_key", "1", "0" * 20 + "-00000000", "/etc/passwd"])
def test_no_other_file_can_be_read(folder: Path, name: str):
    folder.mkdir()
    (folder.parent / "secret_key.eml").write_text("Subject: no")
    assert mailbox.letter(name) is None


def test_every_style_of_a_letter_is_allowed_by_its_hash_and_no_other(cast: Cast, folder: Path):
    send_code(cast, "AAAA11")
    html = mailbox.letter(mailbox.newest()[0].name).html
    hashes = mailbox.style_hashes(html)
    body_style = "margin:0;padding:0;background:#fbfaf7;"
    assert f"'sha256-{b64encode(sha256(body_style.encode()).digest()).decode()}'" in hashes
    assert len(hashes) == len(set(re.findall(r'style="[^"]*"', html))) + html.count("<style>")
