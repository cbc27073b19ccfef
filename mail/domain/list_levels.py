"""Nested lists keep their levels however far a writer indents them: two spaces, three or four.

Python-Markdown wants exactly its tab length a level, so each line is indented anew before it reads the text.
"""

import re
from dataclasses import dataclass, field

from markdown import Markdown
from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor

INDENT = 4  # Python-Markdown's own tab length
MARKER = re.compile(r"^( *)([-*+]|\d{1,9}[.)])( +|$)")
FENCE = re.compile(r"^ *(`{3,}|~{3,})")
OPENS_A_LIST = re.compile(r"^(?:[-*+]|1[.)]) +\S")


@dataclass
class ListLevels:
    """A text read line by line, with the list entries that are open at the present line."""

    lines: list[str] = field(default_factory=list)
    open: list[tuple[int, int]] = field(default_factory=list)  # columns of the marker and of its text
    fence: str = ""
    shift: int = 0  # of the lines inside a fence

    def read(self, line: str) -> None:
        text = line.expandtabs(INDENT)
        if self.fence:
            self._inside_fence(text)
        elif not text.strip():
            self.lines.append("")
        elif (marker := MARKER.match(text)) and (self.open or len(marker[1]) < INDENT):
            self._entry(text, marker)
        else:
            self._other(text)

    def _inside_fence(self, text: str) -> None:
        self.lines.append(_shifted(text, self.shift))
        if text.strip().startswith(self.fence) and not text.strip().strip(self.fence[0]):
            self.fence = ""
            self.lines.append("")

    def _entry(self, text: str, marker: re.Match[str]) -> None:
        column = len(marker[1])
        if not self.open and self.lines and self.lines[-1] and OPENS_A_LIST.match(text.strip()):
            self.lines.append("")  # a list may follow a paragraph without an empty line
        self._close(column)
        self.lines.append(" " * INDENT * len(self.open) + text.strip().replace(")", ".", marker[2].endswith(")")))
        self.open.append((column, marker.end()))

    def _other(self, text: str) -> None:
        column = len(text) - len(text.lstrip())
        follows_blank = bool(self.lines) and not self.lines[-1]
        if follows_blank or FENCE.match(text):
            self._close(column)
        fence = FENCE.match(text)
        if fence and self.lines and not follows_blank:
            self.lines.append("")
        shift = INDENT * len(self.open) - min(column, self.open[-1][1]) if self.open else 0
        self.lines.append(_shifted(text, shift))
        if fence:
            self.fence, self.shift = fence[1], shift

    def _close(self, column: int) -> None:
        """End the entries that a line at this column no longer belongs to."""
        while self.open and column < self.open[-1][0] + 2:
            self.open.pop()


def _shifted(text: str, by: int) -> str:
    if by >= 0:
        return " " * by + text
    return text[min(-by, len(text) - len(text.lstrip())) :]


class ListLevelsExtension(Extension):
    """Puts the indentation right before anything else reads the lines."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - the name Python-Markdown calls
        """Run after whitespace is normalised (30) and before fences are taken out (25)."""
        md.preprocessors.register(_Indent(md), "list_levels", 28)


class _Indent(Preprocessor):
    def run(self, lines: list[str]) -> list[str]:
        levels = ListLevels()
        for line in lines:
            levels.read(line)
        return levels.lines
