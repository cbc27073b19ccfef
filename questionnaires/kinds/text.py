"""A free text."""

from collections.abc import Mapping
from typing import Any

from django import forms

from questionnaires.kind import Kind

LONGEST = 5_000  # characters


class Text(Kind):
    """A free text of a sensible length; nothing is counted."""

    name = "text"
    label = "A free text"

    def __init__(self, options: Mapping[str, Any]) -> None:
        pass

    def widget(self) -> forms.Widget:
        """A few lines that grow."""
        return forms.Textarea(attrs={"rows": 3, "maxlength": LONGEST})

    def problem(self, typed: str) -> str:
        """Too long is told with both numbers."""
        length = len(as_text(typed))
        too_long = f"This text has {length:,} characters; at most {LONGEST:,} fit. Please shorten it."
        return too_long if length > LONGEST else ""

    def read(self, typed: str) -> str | None:
        """As `as_text`; a draft keeps as much as fits."""
        return as_text(typed)[:LONGEST] or None


def as_text(typed: str) -> str:
    """A text as it is stored: one kind of line end, and no NUL, which PostgreSQL cannot hold."""
    return typed.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").strip()
