"""Rules of office hours in a course file. Each yields a place and a sentence."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from officehours.domain.occurrences import monday, on_or_after, why_not
from officehours.domain.terms import why_no_span

from portal.course_file import hours
from portal.course_file.problems import Path
from portal.course_file.rules_calendar import in_order
from portal.course_file.spelling import WEEKDAYS

Tree = dict[str, Any]
Found = Iterator[tuple[Path, str]]


def office_hours(blocks: Tree) -> Found:
    """Office hours end after they start, and have dates; what changes on one date changes a date of theirs."""
    for n, series in enumerate(blocks["office_hours"]):
        path: Path = ("office_hours", n)
        yield from in_order(series, path)
        if series["last_on"] < series["first_on"]:
            yield (*path, "last_on"), f"They end on {series['last_on']}, before they begin on {series['first_on']}."
        elif no := why_no_span(WEEKDAYS.index(series["weekday"]), *_span(series)):
            yield (*path, "last_on"), no
        for m, change in enumerate(series.get("changes", [])):
            yield from _change(series, change, (*path, "changes", m))


def _change(series: Tree, change: Tree, path: Path) -> Found:
    if no := why_not(date.fromisoformat(change["date"]), WEEKDAYS.index(series["weekday"]), *_span(series)):
        yield (*path, "date"), no
    whole, new = hours.flat(change), change.get("new", {})
    is_said_new = "end" in new or ("end" not in change and "start" in new)
    held = {key: whole.get(key, series[key]) for key in ("start", "end")}
    yield from in_order(held, (*path, "new") if is_said_new else path)


def _span(series: Tree) -> tuple[date, date]:
    return date.fromisoformat(series["first_on"]), date.fromisoformat(series["last_on"])


def continued(blocks: Tree) -> Found:
    """What continues other office hours names them, and begins in a week after their last."""
    entries = {hours.key_of(entry): (n, entry) for n, entry in enumerate(blocks["office_hours"])}
    chains: dict[str, list[str]] = {}
    for key, (n, entry) in entries.items():
        first = entry.get("continues", key)
        if "continues" in entry and "continues" in entries.get(first, (0, {"continues": ""}))[1]:
            yield ("office_hours", n, "continues"), _no_first(first, first in entries)
        chains.setdefault(first, []).append(key)
    for keys in chains.values():
        parts = sorted((entries[key] for key in keys), key=lambda part: part[1]["first_on"])
        for (_, one), (n, other) in pairwise(parts):
            if _last_week(one) >= _first_week(other):
                yield ("office_hours", n, "first_on"), _both(one, other)


def _first_week(entry: Tree) -> date:
    return monday(on_or_after(date.fromisoformat(entry["first_on"]), WEEKDAYS.index(entry["weekday"])))


def _last_week(entry: Tree) -> date:
    last = date.fromisoformat(entry["last_on"])
    return monday(last - timedelta(days=(last.weekday() - WEEKDAYS.index(entry["weekday"])) % 7))


def _no_first(first: str, is_known: bool) -> str:
    if is_known:
        return f'"{first}" continues others itself; name the first of them.'
    return (
        f'There are no office hours "{first}" in this file; name their key, or host, weekday and start as they stand.'
    )


def _both(one: Tree, other: Tree) -> str:
    return (
        f"They begin on {other['first_on']}, but what they continue is held until {one['last_on']}; "
        "one of both is held in a week."
    )
