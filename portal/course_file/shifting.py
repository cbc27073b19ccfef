"""A course file moved by whole weeks: every date in it goes along, every wall-clock time stays."""

from datetime import date, datetime, timedelta
from typing import Any

from accounts.errors import DomainError
from courses.course_file.dates import newest_class
from courses.domain.course_schema import YEARS, Schema, child_of, entry_of

Tree = dict[str, Any]


def weeks_to(tree: Tree, day: date) -> int:
    """How many weeks bring the week (from Monday) of the newest class of a canonical tree onto the week of a date."""
    return (_monday(day) - _monday(newest_class(tree))).days // 7


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def shifted(value: Any, schema: Schema, weeks: int) -> Any:
    """A canonical value so many weeks later.

    Raises DomainError if that leaves the years a course can lie in.
    """
    if isinstance(value, dict):
        return {key: shifted(child, child_of(schema, key), weeks) for key, child in value.items()}
    if isinstance(value, list):
        return [shifted(entry, entry_of(schema), weeks) for entry in value]
    if not isinstance(value, str) or schema.get("x-fixed"):
        return value  # on which day a price was so, no moved course changes
    if schema.get("format") == "course-date":
        return f"{_later(date.fromisoformat(value), weeks)}"
    if schema.get("format") == "course-datetime":
        minute = datetime.fromisoformat(value)
        return f"{datetime.combine(_later(minute.date(), weeks), minute.time()):%Y-%m-%d %H:%M}"
    return value


def _later(day: date, weeks: int) -> date:
    try:
        moved = day + timedelta(weeks=weeks)
    except OverflowError:
        moved = date.max
    if moved.year not in YEARS:
        raise DomainError(f"Moved by {weeks} weeks, {day} leaves the years {YEARS[0]} to {YEARS[-1]}.")
    return moved
