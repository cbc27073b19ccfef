"""A course file moved by whole weeks: every date in it goes along, every wall-clock time stays."""

from datetime import date, datetime, timedelta
from typing import Any

from accounts.errors import DomainError
from courses.domain import calendar
from portal.course_file.dates import with_dates, with_previous
from portal.course_file.shape import FILE, Shape
from portal.course_file.spelling import YEARS, minute_of

Tree = dict[str, Any]


def weeks_to(tree: Tree, day: date) -> int:
    """How many weeks bring the week (from Monday) of the newest `details` class onto the week of a date."""
    meetings = tree["meetings"]
    written = [calendar.parse_date(detail["date"]) for detail in meetings.get("details") or []]
    newest = max(written, default=calendar.parse_date(meetings["first_on"]))
    return (_monday(day) - _monday(newest)).days // 7


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def shifted(tree: Tree, weeks: int) -> Tree:
    """The file `weeks` later; a date that an agenda writes for the class before goes along too.

    Raises DomainError if that leaves the years a course can lie in.
    """
    if not weeks:
        return tree
    moved: Tree = _moved(with_previous(tree), FILE, timedelta(weeks=weeks))
    return with_dates(moved)


def _moved(value: Any, shape: Shape, by: timedelta) -> Any:
    if isinstance(value, dict):
        return {key: _moved(child, shape.child(key), by) for key, child in value.items()}
    if isinstance(value, list):
        return [_moved(entry, shape.entry, by) for entry in value]
    if shape.schema.get("x-fixed"):
        return value  # on which day a price was so, no moved course changes
    spelling = shape.schema.get("format")
    if isinstance(value, str) and spelling == "course-date":
        return f"{_later(calendar.parse_date(value), by)}"
    if isinstance(value, str) and spelling == "course-datetime":
        minute = minute_of(value)
        return f"{datetime.combine(_later(minute.date(), by), minute.time()):%Y-%m-%d %H:%M}"
    return value


def _later(day: date, by: timedelta) -> date:
    try:
        moved = day + by
    except OverflowError:
        moved = date.max
    if moved.year not in YEARS:
        raise DomainError(f"Moved by {by.days // 7} weeks, {day} leaves the years {YEARS[0]} to {YEARS[-1]}.")
    return moved
