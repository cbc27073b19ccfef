"""Letters as Markdown templates: a variable is words, whatever characters it holds.

As Django escapes each variable of a page for HTML, the loader here has each variable of a letter escaped for Markdown.
Only what a filter returns as `StaffMarkdown` keeps its marks.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.template import Context, Engine, Template
from django.template.base import FilterExpression, Origin, VariableNode, render_value_in_context
from django.template.loaders.filesystem import Loader

# All but letters, digits and single spaces between words.
MARKS = re.compile(r"[!-/:-@\[-`{-~]|[^\S ]|(?<![^ ]) | (?![^ ])")
FILTERS = "mail.templatetags.letter_text"


class StaffMarkdown(str):
    """A text in Markdown that staff wrote."""


def escape(text: str) -> str:
    """These words in Markdown: character references, which open no list, link or heading and end no line."""
    return MARKS.sub(lambda mark: f"&#{ord(mark[0])};", text)


def render(name: str, context: dict[str, Any]) -> str:
    return str(_template(name).render(Context(context, autoescape=False)))


class LetterLoader(Loader):
    """Compiles a template so that its variables are escaped for Markdown."""

    def get_template(self, template_name: str, skip: list[Origin] | None = None) -> Template:
        """As Django's own; each variable is wrapped after it is parsed."""
        template = super().get_template(template_name, skip)
        for node in template.nodelist.get_nodes_by_type(VariableNode):
            node.filter_expression = _Escaped(node.filter_expression)  # type: ignore[attr-defined]
        return template


@dataclass(frozen=True)
class _Escaped:
    """Stands for the expression of a variable: its value, escaped."""

    expression: FilterExpression

    def resolve(self, context: Context) -> str:
        value = self.expression.resolve(context)
        return value if isinstance(value, StaffMarkdown) else escape(render_value_in_context(value, context))


@cache
def _template(name: str) -> Template:
    return _engine().get_template(name)


@cache
def _engine() -> Engine:
    """The engine of pages, with this loader and without HTML's escaping."""
    pages = Engine.get_default()
    return Engine(
        loaders=[(f"{__name__}.LetterLoader", pages.dirs)],
        libraries=pages.libraries,
        builtins=[*pages.builtins, FILTERS],
        autoescape=False,
    )
