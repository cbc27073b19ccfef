"""Rules of dates and hours in a course file. Each yields a place and a sentence."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from typing import Any
from zoneinfo import ZoneInfo

from portal.course_file.dates import dates_of
from portal.course_file.problems import Path
from portal.course_file.spelling import WEEKDAYS

Tree = dict[str, Any]
Found = Iterator[tuple[Path, str]]
LONGEST = 800  # days of a course


def course_dates(blocks: Tree) -> Found:
    """A course ends after it starts, and does not last for years."""
    first, last = blocks["course"]["starts_on"], blocks["course"]["ends_on"]
    if last < first:
        yield ("course", "ends_on"), f"The course ends on {last}, before it starts on {first}."
    elif (date.fromisoformat(last) - date.fromisoformat(first)).days > LONGEST:
        yield ("course", "ends_on"), f"The course lasts from {first} to {last}; at most {LONGEST} days fit."


def class_span(blocks: Tree) -> Found:
    """Classes lie within the course."""
    meetings, course = blocks["meetings"], blocks["course"]
    first, last = meetings["first_on"], meetings["last_on"]
    if last < first:
        yield ("meetings", "last_on"), f"The last class is on {last}, before the first on {first}."
    if first < course["starts_on"]:
        yield (
            ("meetings", "first_on"),
            f"The first class is on {first}, before the course starts on {course['starts_on']}.",
        )
    if last > course["ends_on"]:
        yield ("meetings", "last_on"), f"The last class is on {last}, after the course ends on {course['ends_on']}."


def weekly_times(blocks: Tree) -> Found:
    """A class ends after it starts; there is one class a weekday."""
    weekly = blocks["meetings"]["weekly"]
    for n, entry in enumerate(weekly):
        yield from in_order(entry, ("meetings", "weekly", n))
    for (_, one), (n, other) in combinations(enumerate(weekly), 2):
        if one["weekday"] == other["weekday"]:
            yield ("meetings", "weekly", n), _two_a_day(one, other)


def _two_a_day(one: Tree, other: Tree) -> str:
    day, hours = one["weekday"].capitalize(), f"{one['start']}–{one['end']} and {other['start']}–{other['end']}"
    if one["start"] < other["end"] and other["start"] < one["end"]:
        return f"Two classes on {day} overlap: {hours}."
    return f"Two classes on {day}, {hours}: a course meets once a day here. Give one of them a course of its own."


def in_order(entry: Tree, path: Path) -> Found:
    """What has a start and an end ends after it starts."""
    if "start" in entry and "end" in entry and entry["end"] <= entry["start"]:
        yield (*path, "end"), f"It ends at {entry['end']}, but starts at {entry['start']}."


def details(blocks: Tree) -> Found:
    """What is written about a class is about a date on which there is one; its hours make sense."""
    meetings = blocks["meetings"]
    dates = dates_of(meetings)
    weekly = {WEEKDAYS.index(entry["weekday"]): entry for entry in meetings["weekly"]}
    for n, detail in enumerate(meetings.get("details", [])):
        day = date.fromisoformat(detail["date"])
        if why_not := dates.why_not(day):
            yield ("meetings", "details", n, "date"), why_not
        elif day in dates.extra:
            yield ("meetings", "details", n, "date"), f"{day} is an extra class; write its details there."
        else:
            rule = weekly[day.weekday()]
            hours = {"start": detail.get("start", rule["start"]), "end": detail.get("end", rule["end"])}
            yield from in_order(hours, ("meetings", "details", n))


def extra_classes(blocks: Tree) -> Found:
    """A class beside the weekly times is on a date that they do not have."""
    meetings = blocks["meetings"]
    dates = dates_of(meetings)
    for n, entry in enumerate(meetings.get("extra", [])):
        if dates.rule(date.fromisoformat(entry["date"])):
            yield ("meetings", "extra", n, "date"), f"The weekly times have a class on {entry['date']}; use details."
        yield from in_order(entry, ("meetings", "extra", n))


def due_times(blocks: Tree) -> Found:
    """A due time is one that the clocks of the course show."""
    zone = ZoneInfo(blocks["course"]["timezone"])
    for n, assignment in enumerate(blocks["assignments"]):
        for key in ("due_at", "originally_due_at"):
            text = assignment.get(key)
            if text and is_skipped(datetime.fromisoformat(text), zone):
                yield ("assignments", n, key), f"{text} does not exist in {zone.key}: its clocks skip that hour."


def is_skipped(wall: datetime, zone: ZoneInfo) -> bool:
    """Whether the clocks of a zone never show this time, since summer time begins."""
    return wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) != wall


def weeks_between(one: str, other: str) -> int | None:
    """The whole weeks from one date (ISO) to another; none if they are not whole."""
    weeks, rest = divmod(date.fromisoformat(other) - date.fromisoformat(one), timedelta(days=7))
    return None if rest else weeks
