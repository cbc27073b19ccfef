"""Texts inside a letter, which are Markdown; loaded by itself in templates/mail/*.md only."""

import re

from django import template

from mail.domain.letter_templates import StaffMarkdown, escape

register = template.Library()
ADDRESS = re.compile(r"(https?://[^\s<>\"]*[^\s<>\".,;:!?)])")


@register.filter
def staff_markdown(text: str) -> StaffMarkdown:
    return StaffMarkdown(text)


@register.filter
def as_typed(text: str) -> StaffMarkdown:
    """Plain text of several lines: each stays a line, addresses are links, all else is words."""
    lines = text.strip().split("\n")
    return StaffMarkdown("  \n".join("" if not line.strip() else _linked(line.rstrip()) for line in lines))


def _linked(line: str) -> str:
    pieces = (escape(piece) for piece in ADDRESS.split(line))
    return "".join(f"[{piece}]({piece})" if number % 2 else piece for number, piece in enumerate(pieces))
