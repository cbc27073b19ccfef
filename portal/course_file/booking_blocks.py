"""The blocks `office_hours_booking` and `office_hours_polls`, in and out; the answers to a poll are not in the file."""

from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

from accounts.errors import DomainError
from courses.domain import calendar
from courses.models import Course
from officehours.domain import polls, slots
from officehours.models import AvailabilityPoll, BookingRules
from portal.course_file.problems import Path
from portal.course_file.rules_calendar import in_order
from portal.course_file.spelling import WEEKDAYS, time_of
from portal.course_file.tally import Tally

Tree = dict[str, Any]
NUMBERS = ("slot_minutes", "open_at_once", "offer_minutes")


def blocks_of(course: Course) -> Tree:
    """The two blocks as they stand. Of polls asked in the same words on one day, the newest."""
    rules = BookingRules.objects.filter(course=course).first()
    asked = {_key_of(course, one): _poll(course, one) for one in reversed(course.availability_polls.all())}
    return {
        **({"office_hours_booking": _rules(rules)} if rules else {}),
        **({"office_hours_polls": list(asked.values())} if asked else {}),
    }


def _rules(rules: BookingRules) -> Tree:
    return {"students_can_book": rules.is_on, **{name: getattr(rules, name) for name in NUMBERS}}


def _key_of(course: Course, poll: AvailabilityPoll) -> tuple[date, str]:
    return calendar.local_date(course, poll.opened_at), poll.question


def _poll(course: Course, poll: AvailabilityPoll) -> Tree:
    opened_on, question = _key_of(course, poll)
    return {
        "opened_on": opened_on.isoformat(),
        "question": question,
        "weekdays": [WEEKDAYS[weekday] for weekday in poll.weekdays],
        "start": f"{poll.start:%H:%M}",
        "end": f"{poll.end:%H:%M}",
        "minutes": poll.minutes,
        "closed": poll.closed_at is not None,
        **({"set_from": {"answered": poll.set_from, "of": poll.students}} if poll.set_from is not None else {}),
    }


def write_booking(course: Course, tree: Tree, tally: Tally) -> None:
    """How students book."""
    entry = tree.get("office_hours_booking")
    if entry is not None:
        fields = {"is_on": entry["students_can_book"], **{name: entry[name] for name in NUMBERS}}
        tally.put("booking rules", slots.rules_of(course), fields)


def write_polls(course: Course, tree: Tree, tally: Tally, now: datetime) -> None:
    """What students were asked. Raises DomainError for another grid under answers, and for a poll opened again."""
    have = {_key_of(course, one): one for one in reversed(course.availability_polls.all())}
    for entry in tree.get("office_hours_polls", []):
        opened_on = date.fromisoformat(entry["opened_on"])
        poll = have.get((opened_on, entry["question"])) or AvailabilityPoll(course=course, question=entry["question"])
        grid = _grid(entry)
        if poll.pk and any(getattr(poll, name) != value for name, value in grid.items()) and poll.answers.exists():
            raise DomainError(f"“{poll.question}” is answered already, so its weekdays and hours stay.")
        if poll.closed_at and not entry["closed"]:
            raise DomainError(f"“{poll.question}” is closed, and stays so; ask again under another date.")
        said = entry.get("set_from", {})
        fields = {
            **grid,
            "opened_at": poll.opened_at or calendar.at(course, opened_on, time()),
            "set_from": said.get("answered"),
            "students": said.get("of", poll.students),
        }
        tally.put("availability polls", poll, fields)
        if entry["closed"]:
            polls.close(poll, now=now)


def _grid(entry: Tree) -> Tree:
    weekdays = sorted(WEEKDAYS.index(weekday) for weekday in set(entry["weekdays"]))
    hours = {name: time_of(entry[name]) for name in ("start", "end")}
    return {"weekdays": weekdays, **hours, "minutes": entry["minutes"]}


def problems_of_polls(blocks: Tree) -> Iterator[tuple[Path, str]]:
    """A grid ends after it starts and has as many windows as a page can ask; no more answered than could."""
    for n, entry in enumerate(blocks["office_hours_polls"]):
        path: Path = ("office_hours_polls", n)
        wrong = list(in_order(entry, path))
        yield from wrong
        count = 0 if wrong else len(polls.windows_of(AvailabilityPoll(**_grid(entry))))
        if not wrong and not 1 <= count <= polls.WINDOWS_MAX:
            yield (*path, "minutes"), f"This grid has {count} windows; it must have 1 to {polls.WINDOWS_MAX}."
        said = entry.get("set_from")
        if said and said["answered"] > said["of"]:
            yield (*path, "set_from", "answered"), f"{said['answered']} of {said['of']} people cannot have answered."
