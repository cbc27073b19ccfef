"""When the course of a file meets, reckoned from the file alone."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from courses.domain import calendar
from courses.domain.agenda import PREVIOUS
from courses.models.meeting import short_date
from portal.course_file.shape import FILE, canonical
from portal.course_file.spelling import WEEKDAYS

MEETINGS = FILE.child("meetings")


@dataclass(frozen=True)
class Dates:
    """The dates of a file's classes: by its weekly rule, beside it (`extra`), and the entries of those `off`."""

    weekdays: frozenset[int]
    first: date
    last: date
    off: dict[date, dict[str, Any]]
    extra: frozenset[date]

    def why_not(self, day: date) -> str:
        """Why a class detail cannot lie on this date, in a sentence; empty if it can."""
        if day in self.extra:
            return ""
        if day.weekday() not in self.weekdays:
            days = " and ".join(WEEKDAYS[n].capitalize() for n in sorted(self.weekdays))
            return f"{calendar.long_date(day)} is a {day:%A}; this course meets on {days}."
        if not self.first <= day <= self.last:
            return (
                f"{calendar.long_date(day)} is not between the first class ({self.first}) and the last ({self.last})."
            )
        if day in self.off and not self.off[day]["cancelled"]:
            reason = self.off[day]["reason"]
            return f"There is no class on {calendar.long_date(day)}{f' ({reason})' if reason else ''}."
        return ""

    def rule(self, day: date) -> bool:
        """Whether the weekly rule has a class on this date, holidays included."""
        return self.first <= day <= self.last and day.weekday() in self.weekdays

    def known(self, day: date) -> bool:
        """Whether a class was ever meant to be on this date."""
        return self.rule(day) or day in self.extra

    def since_previous(self, day: date) -> list[date]:
        """The class held before this date, and those that fell out since; nothing for the first class."""
        found = []
        while (day := day - timedelta(days=1)) >= min({self.first, *self.extra}):
            if self.known(day):
                found.append(day)
                if day not in self.off:
                    return found
        return []


def dates_of(meetings: dict[str, Any]) -> Dates:
    """The dates of a file's `meetings` block, which must have passed the schema."""
    block = canonical(meetings, MEETINGS)
    return Dates(
        weekdays=frozenset(WEEKDAYS.index(weekly["weekday"]) for weekly in block["weekly"]),
        first=date.fromisoformat(block["first_on"]),
        last=date.fromisoformat(block["last_on"]),
        off={date.fromisoformat(entry["date"]): entry for entry in block.get("no_class", [])},
        extra=frozenset(date.fromisoformat(entry["date"]) for entry in block.get("extra", [])),
    )


def with_previous(tree: dict[str, Any]) -> dict[str, Any]:
    """The file with `{previous}` where an agenda's feedback line writes the date of the class before."""
    dates = dates_of(tree["meetings"])
    return _with_texts(tree, lambda day, text: _without_dates(text, dates.since_previous(day)))


def with_dates(tree: dict[str, Any]) -> dict[str, Any]:
    """The file with the date of the class before where an agenda's feedback line holds `{previous}`."""
    dates = dates_of(tree["meetings"])

    def dated(day: date, text: str) -> str:
        previous = dates.since_previous(day)
        return text.replace(PREVIOUS, short_date(previous[-1])) if previous else text

    return _with_texts(tree, dated)


def _without_dates(text: str, days: list[date]) -> str:
    for day in days:
        text = re.sub(rf"(?<![\d/]){short_date(day)}(?![\d/])", PREVIOUS, text)
    return text


def _with_texts(tree: dict[str, Any], change: Any) -> dict[str, Any]:
    meetings = tree["meetings"]
    lists = {
        key: [_detail(detail, change) for detail in meetings[key]] for key in ("extra", "details") if key in meetings
    }
    return {**tree, "meetings": {**meetings, **lists}}


def _detail(detail: dict[str, Any], change: Any) -> dict[str, Any]:
    if not detail.get("agenda"):
        return detail
    day = calendar.parse_date(detail["date"])
    agenda = [
        {**line, "text": change(day, line["text"])} if line.get("kind") == "feedback" else line
        for line in detail["agenda"]
    ]
    return {**detail, "agenda": agenda}
