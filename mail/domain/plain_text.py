"""HTML of our own making, as plain text that reads well in a letter."""

import re
import unicodedata
from html.parser import HTMLParser

BLOCKS = {"p", "ul", "ol", "pre", "blockquote", "table", "hr", "h3", "h4", "h5", "h6"}
RULE = "-" * 40


def from_html(html: str) -> str:
    """The text of a piece of HTML: list marks kept, links as "words (address)", a blank line between blocks."""
    writer = _Writer()
    writer.feed(html)
    writer.close()
    lines = (line.rstrip() for line in "".join(writer.written).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class _Writer(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.written: list[str] = []
        self.lists: list[int | None] = []  # the next number of each list around, None without numbers
        self.quotes = 0
        self.is_code = False
        self.is_after_break = False
        self.is_after_mark = False  # an entry of a list has its mark and no words yet
        self.link: tuple[str, int] | None = None  # its address, and where its words begin

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in BLOCKS:
            self._open(tag, given)
        elif tag == "li":
            self.written.append(f"\n{self._lead(self.lists[:-1])}{self._mark()}")
            self.is_after_mark = True
        elif tag in {"tr", "br"}:
            self._line()
            self.is_after_break = tag == "br"
        elif tag in {"td", "th"} and not self._is_at_line_start():
            self.written.append(" | ")
        elif tag == "del":
            self.handle_data("~~")
        elif tag == "a":
            self.link = (given.get("href") or "", len(self.written))

    def _open(self, tag: str, given: dict[str, str | None]) -> None:
        self.quotes += tag == "blockquote"
        if not self.lists:
            self._line(blank=True)
        elif tag not in {"ul", "ol"} and not self.is_after_mark:
            self.written.append("\n")
        if tag in {"ul", "ol"}:
            self.lists.append(int((given.get("start") or "1")[:9]) if tag == "ol" else None)
        elif tag == "hr":
            self.handle_data(RULE)
        self.is_code = self.is_code or tag == "pre"

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self.link:
            address, begin = self.link
            words = "".join(self.written[begin:])
            if address not in ("", words, f"mailto:{words}"):
                self.written.append(f" ({address})")
            self.link = None
        if tag == "del":
            self.written.append("~~")
        if tag in {"ul", "ol"}:
            self.lists.pop()
        self.quotes -= tag == "blockquote"
        self.is_code = self.is_code and tag != "pre"
        if tag in BLOCKS and not self.lists:
            self.written.append("\n\n")

    def handle_data(self, data: str) -> None:
        """Write words; line ends between tags are none."""
        if not self.is_code and not data.strip() and "\n" in data:
            return
        if self.is_after_break:
            data = data.removeprefix("\n")
        self.is_after_mark = self.is_after_break = False
        first, *more = data.split("\n")
        self.written.append(self._lead(self.lists) + first if self._is_at_line_start() else first)
        for line in more:
            self._line(line if self.is_code else line.lstrip())

    def _mark(self) -> str:
        number = self.lists[-1] if self.lists else None
        if number is None:
            return "- "
        self.lists[-1] = number + 1
        return f"{number}. "

    def _lead(self, lists: list[int | None]) -> str:
        """What stands before a line inside these lists: marks of quotes, and as much space as the marks above take."""
        widths = (2 if number is None else len(f"{number - 1}. ") for number in lists)
        return "> " * self.quotes + " " * sum(widths)

    def _is_at_line_start(self) -> bool:
        return not "".join(self.written[-3:]) or "".join(self.written[-3:]).endswith("\n")

    def _line(self, words: str = "", *, blank: bool = False) -> None:
        self.written.append("\n\n" if blank else f"\n{self._lead(self.lists)}{words}")


def without_controls(text: str) -> str:
    """A text as a header or a calendar may hold it: without control characters, save the ends of lines and tabs."""
    return "".join(sign for sign in text if sign in "\n\t" or unicodedata.category(sign) != "Cc")
