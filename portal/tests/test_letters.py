"""What the post office is told by the roof."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template
from django.utils.module_loading import import_string

from portal.letters import KINDS

LETTERS = sorted(
    path.name.removesuffix(".subject.txt") for path in Path(settings.BASE_DIR, "templates/mail").glob("*.subject.txt")
)


@pytest.mark.parametrize("letter", LETTERS)
@pytest.mark.parametrize("part", ["txt", "html"])
def test_each_letter_has_its_words_in_text_and_html(letter: str, part: str):
    assert get_template(f"mail/{letter}.{part}")


@pytest.mark.parametrize("name", [settings.MAIL_KICK, *settings.MAIL_CHECKS, *settings.ANNOUNCEMENT_CHECKS])
def test_each_room_that_the_post_office_asks_is_there(name: str):
    assert isinstance(import_string(name), Callable)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_each_kind_says_why_one_gets_it(kind):
    assert kind.why.startswith("You get this because ")
    assert kind.choices
