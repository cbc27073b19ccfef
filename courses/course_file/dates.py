"""When the course of a file meets, reckoned from the file alone."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from courses.domain import calendar
from courses.domain.agenda import PREVIOUS
from courses.domain.course_schema import WEEKDAYS
from courses.models import Course
from courses.models.meeting import short_date

Tree = dict[str, Any]


def course_of(tree: Tree) -> Course:
    """The course that a file is about; one not yet saved if there is none of its slug."""
    slug = tree["course"]["slug"]
    return Course.objects.filter(slug=slug).first() or Course(slug=slug)


def newest_class(tree: Tree) -> date:
    """The last date that is written about; the first class of a file that writes about none."""
    meetings = tree["meetings"]
    return date.fromisoformat(max((each["date"] for each in meetings.get("details", [])), default=meetings["first_on"]))


@dataclass(frozen=True)
class Dates:
    """The dates of a file's classes: by its weekly rule, beside it (`extra`), and the entries of those `off`."""

    weekdays: frozenset[int]
    first: date
    last: date
    off: dict[date, Tree]
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
        if day in self.off and not self.off[day].get("cancelled"):
            reason = self.off[day].get("reason")
            return f"There is no class on {calendar.long_date(day)}{f' ({reason})' if reason else ''}."
        return ""

    def is_by_rule(self, day: date) -> bool:
        """Whether the weekly rule has a class on this date, holidays included."""
        return self.first <= day <= self.last and day.weekday() in self.weekdays

    def since_previous(self, day: date) -> list[date]:
        """The class held before this date, and those that fell out since; nothing for the first class."""
        found = []
        while (day := day - timedelta(days=1)) >= min({self.first, *self.extra}):
            if self.is_by_rule(day) or day in self.extra:
                found.append(day)
                if day not in self.off:
                    return found
        return []


def dates_of(meetings: Tree) -> Dates:
    """The dates of a canonical `meetings` block."""
    return Dates(
        weekdays=frozenset(WEEKDAYS.index(weekly["weekday"]) for weekly in meetings["weekly"]),
        first=date.fromisoformat(meetings["first_on"]),
        last=date.fromisoformat(meetings["last_on"]),
        off={date.fromisoformat(entry["date"]): entry for entry in meetings.get("no_class", [])},
        extra=frozenset(date.fromisoformat(entry["date"]) for entry in meetings.get("extra", [])),
    )


def with_previous(meetings: Tree) -> Tree:
    """The block with `{previous}` where an agenda's feedback line writes the date of the class before."""
    dates = dates_of(meetings)

    def without_dates(day: date, words: str) -> str:
        for before in dates.since_previous(day):
            words = re.sub(rf"(?<![\d/]){short_date(before)}(?![\d/])", PREVIOUS, words)
        return words

    return _with_feedback_lines(meetings, without_dates)


def with_dates(meetings: Tree) -> Tree:
    """The block with the date of the class before where an agenda's feedback line holds `{previous}`."""
    dates = dates_of(meetings)

    def dated(day: date, words: str) -> str:
        previous = dates.since_previous(day)
        return words.replace(PREVIOUS, short_date(previous[-1])) if previous else words

    return _with_feedback_lines(meetings, dated)


def _with_feedback_lines(meetings: Tree, change: Callable[[date, str], str]) -> Tree:
    lists: Tree = {
        key: [_with_lines(entry, change) for entry in meetings[key]] for key in ("extra", "details") if key in meetings
    }
    return {**meetings, **lists}


def _with_lines(entry: Tree, change: Callable[[date, str], str]) -> Tree:
    if not entry.get("agenda"):
        return entry
    day = date.fromisoformat(entry["date"])
    agenda = [
        {**line, "text": change(day, line["text"])} if line.get("kind") == "feedback" else line
        for line in entry["agenda"]
    ]
    return {**entry, "agenda": agenda}
