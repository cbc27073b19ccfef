"""A letter as a text that was typed line by line, and one that lacks a part."""

from html import unescape
from time import process_time

import pytest

from accounts.models import User
from mail.domain import letter_templates, markdown, wording
from mail.templatetags.letter_text import as_typed

TYPED = "Dear all,\n\n1. *bring* https://a.example/b_c?d=*e*.\n  - and (http://f.example)\n\n--- <b>"


def test_plain_text_keeps_its_lines_and_its_addresses_become_links():
    assert markdown.as_plain_text(as_typed(TYPED)) == TYPED
    html = markdown.render(as_typed(TYPED))
    assert html.count("<a ") == 2 and 'href="https://a.example/b_c?d=*e*"' in html
    assert "<ol" not in html and "<em" not in html and "&lt;b&gt;" in html


@pytest.mark.parametrize("text", ["R&D, 3 < 4", "é ñ 漢字 “quoted”", "two  spaces", " around ", "a\nb\tc"])
def test_an_escaped_text_is_the_same_words(text: str):
    assert unescape(letter_templates.escape(text)) == text


def test_a_letter_without_a_heading_is_refused_by_name(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(letter_templates, "render", lambda *_: "Subject\n\nOnly words.\n")
    with pytest.raises(ValueError, match=r"templates/mail/lost\.md"):
        wording.write("lost", to=User(pk=1), kind="appointment", sender_name="CS 101", zone="UTC")


def test_a_long_text_of_marks_is_written_quickly():
    start = process_time()
    markdown.render(as_typed("*a*_b_ [c] " * 1_800))
    assert process_time() - start < 5
