"""Office hours that were split ("from this date on"), and a file that does not know of it.

What such a file says of them all, it says of each part: the part that it names ends where the next begins, and what it
changes on one date goes to the part that has that date. So no date comes back, none is doubled, and none is lost.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from officehours.domain.occurrences import monday, on_or_after

from courses.domain import calendar
from courses.models import Course
from officehours.models import HoursSeries
from portal.course_file.spelling import WEEKDAYS

Tree = dict[str, Any]
NEVER = date.max


def parts_of(course: Course) -> list[list[HoursSeries]]:
    """The office hours of a course that have more than one part, each with its parts in order."""
    if course.pk is None:
        return []
    rows = course.hours_series.order_by("lineage", "first_on", "pk")
    found = [list(parts) for _, parts in groupby(rows, key=lambda one: one.lineage)]
    return [parts for parts in found if len(parts) > 1]


def parted(base: Tree, theirs: Tree, course: Course) -> tuple[Tree, Tree]:
    """The file as last loaded and the file now, both with the parts of office hours that they do not know of.

    A part that the last loaded file knew, and this one does not, is taken as that one had it: it is only gone.
    """
    for parts in parts_of(course):
        theirs = _with_parts(theirs, parts, {entry["key"]: entry for entry in base.get("office_hours", [])})
        base = _with_parts(base, parts, {})
    return base, theirs


def _with_parts(tree: Tree, parts: list[HoursSeries], before: Mapping[str, Tree]) -> Tree:
    entries = {entry["key"]: entry for entry in tree.get("office_hours", [])}
    found, named = dict(entries), None
    for part, until in zip(parts, [_week(part) for part in parts[1:]] + [NEVER], strict=True):
        if part.key in entries:
            named = entries[part.key]
        elif named:
            had = before.get(part.key) or {**_own(named), "first_on": f"{part.first_on}", "last_on": named["last_on"]}
            found[part.key] = _between(named, {**had, "key": part.key}, part, until)
            continue
        if named and until != NEVER and not any(other.key in entries for other in parts if _week(other) == until):
            found[part.key] = _between(named, _ended(named, part), part, until)
    if len(found) > len(entries) and found.keys() == before.keys():
        found = {key: found[key] for key in before}
    return {**tree, "office_hours": list(found.values())} if entries else tree


def _own(entry: Tree) -> Tree:
    return {key: value for key, value in entry.items() if key not in ("key", "continues")}


def _ended(entry: Tree, part: HoursSeries) -> Tree:
    """An entry that ends with its part, if it would go on after it."""
    goes_on = calendar.parse_date(entry["last_on"]) > part.last_on
    return {**entry, "last_on": f"{part.last_on}"} if goes_on else entry


def _between(named: Tree, entry: Tree, part: HoursSeries, until: date) -> Tree:
    """An entry with those changes of the named one that are in the weeks of a part, on the weekday of that part."""
    by = timedelta(days=part.weekday - WEEKDAYS.index(named["weekday"].strip().lower()))
    since = date.min if entry["key"] == named["key"] else _week(part)
    by = timedelta() if entry["key"] == named["key"] else by
    changes = [
        {**change, "date": f"{day + by}"} if by else change
        for change in named.get("changes", [])
        if since <= monday(day := calendar.parse_date(change["date"])) < until
    ]
    return {**entry, "changes": changes} if changes or "changes" in entry else entry


def _week(part: HoursSeries) -> date:
    return monday(on_or_after(part.first_on, part.weekday))
