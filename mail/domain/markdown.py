"""What staff write in Markdown, as HTML that is safe to show.

HTML in a text is no markup: it is shown as it was typed. The text is rendered first and sanitised afterwards, so
that nothing Markdown lets through reaches a page.
"""

from xml.etree.ElementTree import Element

import nh3
from django.conf import settings
from django.utils.html import linebreaks
from django.utils.safestring import SafeString, mark_safe
from markdown import Markdown
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor

from mail.domain import plain_text
from mail.domain.list_levels import ListLevelsExtension

TOP = 3  # a text stands under a page's h1 and h2
HEADINGS = [f"h{level}" for level in range(1, 7)]
TAGS = {"p", "br", "hr", "ul", "ol", "li", "strong", "em", "del", "sup", "sub", "code", "pre", "blockquote", "a"} | {
    "table", "thead", "tbody", "tr", "th", "td", "h3", "h4", "h5", "h6"
}  # fmt: skip
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
MOST_BRACKETS = 500  # of a kind: 20,000 "[" kept Python-Markdown busy for a minute
EXTENSIONS = [
    "pymdownx.superfences",
    "pymdownx.betterem",
    "pymdownx.tilde",
    "pymdownx.magiclink",
    "tables",
    "sane_lists",
]


def render(text: str) -> SafeString:
    """A Markdown text as safe HTML: lists keep their levels, headings start at h3, no script, no picture.

    Links lead to http, https, mailto or a page of the portal; they tell search engines not to follow.
    A text of hardly anything but brackets, or of lists in lists without end, is shown as it was typed.
    """
    if max(text.count("["), text.count("<")) > MOST_BRACKETS:
        return _as_typed(text)
    markdown = Markdown(
        extensions=[*EXTENSIONS, ListLevelsExtension(), _HeadingsExtension(), _NoHtmlExtension()],
        extension_configs={"pymdownx.highlight": {"use_pygments": False}},
    )
    try:
        html = markdown.convert(text)
    except RecursionError:  # Python-Markdown goes down into each list; no reader is to meet a 500 for it
        return _as_typed(text)
    return mark_safe(_clean(html))  # noqa: S308 - this is what sanitising is for


def _as_typed(text: str) -> SafeString:
    return mark_safe(linebreaks(text, autoescape=True))  # noqa: S308 - escaped


def render_for_mail(text: str) -> SafeString:
    """The same for a letter, where links to pages of the portal need its whole address."""
    return mark_safe(render(text).replace('href="/', f'href="{settings.PORTAL_URL}/'))  # noqa: S308 - sanitised


def as_plain_text(text: str) -> str:
    """A Markdown text as a letter's text part shows it: no marks, links as "words (whole address)"."""
    return plain_text.from_html(render_for_mail(text))


def _clean(html: str) -> str:
    return nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener nofollow",
        # What is wider than a phone scrolls, and what scrolls must be reachable by keyboard.
        set_tag_attribute_values={"pre": {"tabindex": "0"}},
    )


class _NoHtmlExtension(Extension):
    """`List<String>` is text."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - the name Python-Markdown calls
        md.preprocessors.deregister("html_block")
        md.inlinePatterns.deregister("html")


class _HeadingsExtension(Extension):
    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - the name Python-Markdown calls
        md.treeprocessors.register(_Headings(md), "headings", 5)


class _Headings(Treeprocessor):
    """The highest heading of a text becomes h3, and none is more than one level below the one before it."""

    def run(self, root: Element) -> None:
        found = [element for element in root.iter() if element.tag in HEADINGS]
        ranks = {tag: TOP + rank for rank, tag in enumerate(sorted({element.tag for element in found}))}
        level = TOP - 1
        for element in found:
            level = min(ranks[element.tag], level + 1, 6)
            element.tag = f"h{level}"
