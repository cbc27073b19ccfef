"""What the blocks of the course must keep to beyond their schema, and when its classes are by the file alone."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations

from accounts.errors import DomainError
from courses.domain import calendar, gradebook, publishing, roster_plan
from courses.domain.agenda import PREVIOUS
from courses.domain.course_plan import CourseTree, Path, Problem, Tree
from courses.domain.course_schema import WEEKDAYS, parts
from courses.models import Course, RosterChange, Section
from courses.models.meeting import short_date

LONGEST = 800  # days of a course


def check(tree: CourseTree) -> Iterator[Problem]:
    if "course" in tree:
        yield from _course_dates(tree["course"])
    if "meetings" in tree:
        yield from _weekly_times(tree["meetings"]["weekly"])
        yield from _extra_classes(tree["meetings"])
        yield from _details(tree["meetings"])
        if "course" in tree:
            yield from _class_span(tree["course"], tree["meetings"])
    yield from _rosters(tree)
    yield from _texts(tree)


def _course_dates(course: Tree) -> Iterator[Problem]:
    first, last = course["starts_on"], course["ends_on"]
    if last < first:
        yield Problem(("course", "ends_on"), f"The course ends on {last}, before it starts on {first}.")
    elif (date.fromisoformat(last) - date.fromisoformat(first)).days > LONGEST:
        yield Problem(("course", "ends_on"), f"The course lasts from {first} to {last}; at most {LONGEST} days fit.")


def _class_span(course: Tree, meetings: Tree) -> Iterator[Problem]:
    first, last = meetings["first_on"], meetings["last_on"]
    if last < first:
        yield Problem(("meetings", "last_on"), f"The last class is on {last}, before the first on {first}.")
    if first < course["starts_on"]:
        message = f"The first class is on {first}, before the course starts on {course['starts_on']}."
        yield Problem(("meetings", "first_on"), message)
    if last > course["ends_on"]:
        message = f"The last class is on {last}, after the course ends on {course['ends_on']}."
        yield Problem(("meetings", "last_on"), message)


def _weekly_times(weekly: list[Tree]) -> Iterator[Problem]:
    for n, entry in enumerate(weekly):
        yield from hours_in_order(entry, ("meetings", "weekly", n))
    for (_, earlier), (n, later) in combinations(enumerate(weekly), 2):
        if earlier["weekday"] == later["weekday"]:
            yield Problem(("meetings", "weekly", n), _two_a_day(earlier, later))


def _two_a_day(earlier: Tree, later: Tree) -> str:
    day = earlier["weekday"].capitalize()
    hours = f"{earlier['start']}–{earlier['end']} and {later['start']}–{later['end']}"
    if earlier["start"] < later["end"] and later["start"] < earlier["end"]:
        return f"Two classes on {day} overlap: {hours}."
    return f"Two classes on {day}, {hours}: a course meets once a day here. Give one of them a course of its own."


def hours_in_order(entry: Tree, path: Path) -> Iterator[Problem]:
    if "start" in entry and "end" in entry and entry["end"] <= entry["start"]:
        yield Problem((*path, "end"), f"It ends at {entry['end']}, but starts at {entry['start']}.")


def _extra_classes(meetings: Tree) -> Iterator[Problem]:
    dates = dates_of(meetings)
    for n, entry in enumerate(meetings["extra"]):
        if dates.is_by_rule(date.fromisoformat(entry["date"])):
            message = f"The weekly times have a class on {entry['date']}; use details."
            yield Problem(("meetings", "extra", n, "date"), message)
        yield from hours_in_order(entry, ("meetings", "extra", n))


def _details(meetings: Tree) -> Iterator[Problem]:
    dates = dates_of(meetings)
    weekly = {WEEKDAYS.index(entry["weekday"]): entry for entry in meetings["weekly"]}
    for n, detail in enumerate(meetings["details"]):
        day, path = date.fromisoformat(detail["date"]), ("meetings", "details", n)
        if why_not := dates.why_not(day):
            yield Problem((*path, "date"), why_not)
        elif day in dates.extra:
            yield Problem((*path, "date"), f"{day} is an extra class; write its details there.")
        else:
            rule = weekly[day.weekday()]
            hours = {key: detail.get(key, rule[key]) for key in ("start", "end")}
            yield from hours_in_order(hours, path)


def _rosters(tree: CourseTree) -> Iterator[Problem]:
    names = tree.get("rosters", [])
    for n, name in enumerate(names):
        path: Path = ("rosters", n)
        if name in names[:n]:
            yield Problem(path, f"{name} is named twice.")
        elif name not in tree.files:
            yield Problem(path, f"{name} is not in the folder.")
        else:
            yield from _roster(tree, name, path)


def _roster(tree: CourseTree, name: str, path: Path) -> Iterator[Problem]:
    try:
        rows = gradebook.read(tree.files[name])
    except DomainError as refusal:
        yield Problem(path, refusal.message if name in refusal.message else f"{name}: {refusal}")
        return
    if guessed := [f"{row.line}" for row in rows if row.is_guessed]:
        lines = ", ".join(guessed[:20])
        yield Problem(path, f"{name} is not in UTF-8, see line {lines} of it; save it as “CSV UTF-8”.")
    if not {"course", "sections"} <= tree.keys():
        return
    sections = [Section(code=entry["code"]) for entry in tree["sections"]]
    course = Course(login_email_domain=tree["course"]["login_email_domain"])
    for row in roster_plan.plan(course, rows, drops=False, sections=sections):
        if row.kind == RosterChange.Kind.NOT_UNDERSTOOD:
            yield Problem(path, f"{name}, line {row.line}: {row.note}")


def _texts(tree: CourseTree) -> Iterator[Problem]:
    """No text of the file holds what others must not read; which one does is looked for only if one does."""
    try:
        publishing.check(*publishing.texts_in(dict(tree)))
    except publishing.TextRefusedError:
        for path, value, _ in parts(dict(tree), {}):
            if isinstance(value, str):
                yield from _text(value, path)


def _text(text: str, path: Path) -> Iterator[Problem]:
    try:
        publishing.check(text)
    except publishing.TextRefusedError as refusal:
        yield Problem(path, refusal.message)


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
