"""Every letter that the portal sends: one file each, in which whatever people typed stays words."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.template.base import FilterExpression, Variable
from django.template.defaulttags import IfNode

from accounts.models import User
from mail.domain import wording
from portal.letters import KINDS

FOLDER = Path(settings.BASE_DIR, "templates/mail")
LETTERS = sorted(path.stem for path in FOLDER.glob("[!_]*.md"))
TAGS = {"if", "elif", "else", "endif", "for", "endfor", "include", "load", "url"}  # none that shows what it is given
ADDRESS = "https://meet.example/a_b?c=*d*"
HOSTILE = [
    "*a* _b_ `c` ~~d~~ __e__ **f** \\g |",
    "<b>a</b> & &amp; &lt;i&gt; <script>alert(1)</script>",
    "[a](javascript:alert(1)) ![b](https://pixel.example/c.png) [d]: http://e.example",
    "see www.a.example, http://b.example/_c_ or d@e.example",
    "Subject\nBcc: all@example.edu\n\n# heading\n\n=> [Button](https://elsewhere.example)",
    "# a", "- a\n- b", "1. a\n2. b", "> a", "    a", "\ta", "```\na\n```", "~~~\na", "| a | b |\n|---|---|\n| c | d |",
    "a\n===", "***", "-- \na", "=> [a](b)", "a  \n  b", "  ", "{{ code }} {% now 'Y' %}",
]  # fmt: skip


class Typed(str):
    """Words that somebody typed, whichever field of them a letter asks for; in a loop they come twice."""

    ADDRESSES = {
        "slug": "cs101-s24",
        "pk": 7,
        "series_id": 7,
        "hours_id": 7,
        "on": date(2024, 4, 9),
        "date": date(2024, 4, 9),
    }
    title = property(lambda words: words)  # not str's method

    def __getattr__(self, name: str) -> Any:
        return self.ADDRESSES.get(name, self)

    def __iter__(self) -> Iterator[str]:
        return iter((self, self))

    def __len__(self) -> int:
        return 2


@pytest.fixture
def everywhere(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], wording.Words]:
    """Write a letter with all its branches at once and these words for each of its variables, filters left out."""

    def resolve(expression: FilterExpression, context: Any, ignore_failures: bool = False) -> Any:
        return expression.var.resolve(context) if isinstance(expression.var, Variable) else expression.var

    def all_branches(node: IfNode, context: Any) -> str:
        return "".join(branch.render(context) for _, branch in node.conditions_nodelists)

    real = wording.letter_templates.render

    def render(name: str, context: dict[str, Any]) -> str:
        with monkeypatch.context() as patch:
            patch.setattr(FilterExpression, "resolve", resolve)
            patch.setattr(IfNode, "render", all_branches)
            return real(name, context)

    monkeypatch.setattr(wording.letter_templates, "render", render)

    def write(letter: str, words: str) -> wording.Words:
        names = re.findall(r"\b[a-z_]+\b", "".join(path.read_text() for path in FOLDER.glob("*.md")))
        typed = {**dict.fromkeys(names, Typed(words)), "link": ADDRESS, "sender_name": "CS 101", "zone": "UTC"}
        for reserved in ("to", "kind", "letter"):
            typed.pop(reserved, None)
        return wording.write(letter, to=User(pk=1), kind="appointment", **typed)

    return write


def one_line(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("letter", LETTERS)
def test_whatever_people_typed_is_words_in_every_letter(everywhere: Any, letter: str):
    plain = everywhere(letter, "§")
    subject, text, tags = plain.subject, one_line(plain.text), re.findall(r"<[^>]*>", plain.html)
    for words in HOSTILE:
        hostile = everywhere(letter, words)
        wanted = one_line(subject.replace("§", words))
        assert hostile.subject == (wanted if len(wanted) <= 250 else f"{wanted[:249]}…")
        assert one_line(hostile.text) == one_line(text.replace("§", words))
        assert re.findall(r"<[^>]*>", hostile.html) == tags


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.md")), ids=lambda path: path.stem)
def test_a_letter_has_no_tag_that_shows_a_value_unescaped(path: Path):
    assert set(re.findall(r"{%-? *(\w+)", path.read_text())) <= TAGS


def test_markdown_passes_only_where_staff_wrote_it():
    passed = {
        (path.stem, found)
        for path in FOLDER.glob("*.md")
        for found in re.findall(r"{{ *([\w.]+)\|[^}]*(?:staff_markdown|as_typed)", path.read_text())
    }
    assert passed == {
        ("announcement", "announcement.text"),  # staff's text
        ("digest", "letter.text"),  # words as they are, line by line: as_typed escapes them
    }


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_each_kind_says_why_one_gets_it(kind):
    assert kind.why.startswith("You get this because ")
    assert kind.choices
