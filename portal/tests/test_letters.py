"""The words and kinds of all letters."""

from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template

from portal.letters import KINDS

LETTERS = sorted(
    path.name.removesuffix(".subject.txt") for path in Path(settings.BASE_DIR, "templates/mail").glob("*.subject.txt")
)


@pytest.mark.parametrize("letter", LETTERS)
@pytest.mark.parametrize("part", ["txt", "html"])
def test_each_letter_has_its_words_in_text_and_html(letter: str, part: str):
    assert get_template(f"mail/{letter}.{part}")


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_each_kind_says_why_one_gets_it(kind):
    assert kind.why.startswith("You get this because ")
    assert kind.choices
