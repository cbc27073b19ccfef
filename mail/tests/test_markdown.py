import gc
import re
from html import unescape
from pathlib import Path
from time import process_time

import pytest
from django.conf import settings

from mail.domain.markdown import as_plain_text, render, render_for_mail

NESTED = "<ul>\n<li>a<ul>\n<li>b<ul>\n<li>c</li>\n</ul>\n</li>\n<li>d</li>\n</ul>\n</li>\n<li>e</li>\n</ul>"


@pytest.mark.parametrize("indent", [2, 3, 4, 5])
def test_nested_lists_keep_their_levels_however_far_they_are_indented(indent):
    child, grandchild = " " * indent, " " * 2 * indent
    assert render(f"- a\n{child}- b\n{grandchild}- c\n{child}- d\n- e") == NESTED


def test_nested_lists_by_tabs_keep_their_levels():
    assert render("- a\n\t- b\n\t\t- c\n\t- d\n- e") == NESTED


def test_the_answers_of_the_demo_keep_their_levels():
    text = Path(settings.BASE_DIR, "demo", "answers-2023-11-21.md").read_text()
    html = render(text)
    assert html.count("<li>") == len(re.findall(r"^ *- ", text, re.MULTILINE))
    assert re.search(r"A container can hold a microservice<ul>\s*<li>that is", html)
    assert re.search(r"several compute models:<ul>\s*<li><strong>IaaS", html)


def test_a_numbered_list_holds_a_list_and_starts_where_it_says():
    assert render("10. x\n   - y\n11. z") == '<ol start="10">\n<li>x<ul>\n<li>y</li>\n</ul>\n</li>\n<li>z</li>\n</ol>'


def test_a_list_may_follow_a_paragraph_directly():
    assert render("To do:\n- a\n- b") == "<p>To do:</p>\n<ul>\n<li>a</li>\n<li>b</li>\n</ul>"


def test_a_year_at_the_start_of_a_line_begins_no_list():
    assert "<ol" not in render("It was in\n2023. Then it ended.")


def test_a_fence_inside_a_list_keeps_its_lines():
    html = render("- a\n\n  ```\n  x\n    - y\n  ```\n- b")
    assert "<code>x\n  - y\n</code>" in html
    assert html.count("<li>") == 2


def test_the_highest_heading_becomes_h3_and_no_level_is_skipped():
    html = render("# a\n\n### b\n\n###### c\n\n# d")
    assert re.findall(r"<(h\d)>(\w)", html) == [("h3", "a"), ("h4", "b"), ("h5", "c"), ("h3", "d")]
    assert re.findall(r"<(h\d)>", render("### x\n\n# y")) == ["h3", "h3"]


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<a href='/x' onclick='alert(1)'>x</a>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html,alert)",
        "[x]( vbscript:alert(1))",
        '<a href="jav&#x09;ascript:alert(1)">x</a>',
        "<svg onload=alert(1)><style>*{color:red}</style>",
        "<iframe src=//evil.example></iframe>",
        "<form action=//evil.example><button>x</button></form>",
        "![x](https://elsewhere.example/pixel.png)",
        "```html\n<script>alert(1)</script>\n```\n<p style='color:red' class=x id=main>",
        "- a\n  <b onmouseover=alert(1)>x</b>",
    ],
)
def test_nothing_that_runs_or_calls_home_reaches_the_page(text):
    html = render(text)
    tags = " ".join(re.findall(r"<[^>]*>", html)).lower()
    assert not re.search(r"<(script|img|svg|style|iframe|form|button)|\son\w+=|(java|vb)script:|data:", tags)
    assert not re.search(r"style=|class=|id=", tags)


@pytest.mark.parametrize(
    "text",
    [
        "A List<String> holds",
        "use <b>, </b> & <!-- notes -->",
        "<div>\nx\n</div>",
        "<script>alert(1)</script>",
        "a < b > c",
    ],
)
def test_html_is_shown_as_it_was_typed(text):
    assert unescape(re.sub(r"</?p>", "", render(text))) == text


def test_html_in_code_is_escaped_once():
    assert "<code>List&lt;String&gt;</code>" in render("`List<String>`")
    assert "&lt;b&gt;x&lt;/b&gt;\n</code>" in render("```\n<b>x</b>\n```")


def test_the_text_part_of_a_letter_reads_without_marks():
    text = (
        "# Week 2\n\nRead **all** of [the notes](/c/x/), not `List<String>`.\n"
        "See <https://example.edu/a>\n\n- one\n  - *two*\n- three\n\n3. c\n4. d\n\n"
        "> said\n\n```\nx = 1\n  **y**\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    )
    assert as_plain_text(text) == (
        f"Week 2\n\nRead all of the notes ({settings.PORTAL_URL}/c/x/), not List<String>.\n"
        "See https://example.edu/a\n\n- one\n  - two\n- three\n\n3. c\n4. d\n\n"
        "> said\n\nx = 1\n  **y**\n\na | b\n1 | 2"
    )


@pytest.mark.parametrize("text", ["", "one line", "Two\n\nparagraphs", "5 < 6 & 7"])
def test_plain_words_stay_as_they_are_in_a_letter(text):
    assert as_plain_text(text) == text


def test_links_work_and_do_not_pass_reputation_on():
    html = render("[a](https://example.edu) https://example.edu/b [c](/c/x/)")
    assert html.count('rel="noopener nofollow"') == 3
    assert 'href="https://example.edu/b"' in html
    assert 'href="/c/x/"' in html


def test_what_scrolls_sideways_can_be_reached_by_keyboard():
    assert '<pre tabindex="0">' in render("```\nx\n```")


def test_links_in_letters_are_whole():
    assert f'href="{settings.PORTAL_URL}/c/x/"' in render_for_mail("[c](/c/x/) [d](https://example.edu)")
    assert 'href="https://example.edu"' in render_for_mail("[d](https://example.edu)")


@pytest.mark.parametrize("piece", ["[", "![", "[a](", "<a ", ">", "*a ", "- a\n  "])
def test_the_work_on_a_hostile_text_grows_with_its_length_only(piece):
    def work(length: int) -> float:
        start = process_time()
        render((piece * length)[:length])
        return process_time() - start

    def least_work(length: int) -> float:
        return min(work(length) for _ in range(3))

    gc.disable()  # a collection walks everything the test run holds, which is not this text's work
    try:
        # Five times the text: 5 in a linear world, 25 in a quadratic one; a hundredth of a second is noise.
        assert least_work(20_000) / max(least_work(4_000), 0.01) < 15
    finally:
        gc.enable()


def test_a_text_of_brackets_is_shown_as_typed():
    assert render("[" * 600 + "<script>") == f"<p>{'[' * 600}&lt;script&gt;</p>"


@pytest.mark.parametrize("mark", ["1. ", "* 1. "])
def test_lists_in_lists_without_end_are_shown_as_typed(mark):
    text = mark * 1666 + "x"
    assert unescape(render(text)) == f"<p>{text}</p>"


def test_in_a_letter_a_code_inside_a_numbered_list_stands_on_lines_of_its_own():
    text = "1. Run this:\n   ```\n   x = 1\n     y\n   ```\n2. Then\n   that\n\n   and more\n\n3. Done"
    assert as_plain_text(text).replace("\n\n", "\n") == (
        "1. Run this:\n   x = 1\n     y\n2. Then\n   that\n   and more\n3. Done"
    )


def test_in_a_letter_struck_words_lines_and_breaks_can_be_recognised():
    assert as_plain_text("~~Monday~~ Tuesday  \nat 9\n\n---\n\n- ~~a~~") == (
        f"~~Monday~~ Tuesday\nat 9\n\n{'-' * 40}\n\n- ~~a~~"
    )
