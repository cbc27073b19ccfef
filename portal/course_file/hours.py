"""Office hours in and out of the course file.

A series that the file gives no key is known by host, weekday and start as they were when it was first loaded, so that
staff may change them. What differs on one date may stand flat (`new_date`, `start`) or under `new`; both are read.
"""

from datetime import date, datetime, timedelta
from typing import Any

from accounts.models import User, sort_name_of
from courses.models import Course
from officehours.domain import occurrences, parts, slots, untold
from officehours.domain import series as rules
from officehours.models import Appointment, HoursChange, HoursSeries
from portal.course_file.shape import FILE, canonical
from portal.course_file.spelling import WEEKDAYS, time_of
from portal.course_file.tally import Tally

Tree = dict[str, Any]
BLOCK = FILE.child("office_hours")
NEW = {"date": "new_date", "start": "start", "end": "end", "place": "place"}  # under `new`, and flat


def given_keys(course: Course, tree: Tree) -> dict[str, str]:
    """Name the series that a file now gives a key of their own: they are the same ones. Old key to new."""
    given = {_key_without(entry): entry["key"] for entry in tree.get("office_hours", []) if entry.get("key")}
    have = set(course.hours_series.values_list("key", flat=True)) if course.pk else set()
    named = {old: new for old, new in given.items() if old in have and new not in have}
    for old, new in named.items():
        course.hours_series.filter(key=old).update(key=new)
    return named


def keyed(tree: Tree, named: dict[str, str] | None = None) -> Tree:
    """The file with a key for each series, as it is `named` by now, and what differs on a date written flat."""
    if not isinstance(tree.get("office_hours"), list):
        return tree
    return {**tree, "office_hours": [_keyed(entry, named or {}) for entry in tree["office_hours"]]}


def _keyed(entry: Tree, named: dict[str, str]) -> Tree:
    changes = {"changes": [flat(change) for change in entry["changes"]]} if "changes" in entry else {}
    known = {"key": key_of(entry)} | {name: entry[name] for name in ("continues",) if name in entry}
    return {**entry, **{name: named.get(key, key) for name, key in known.items()}, **changes}


def key_of(entry: Tree) -> str:
    """What office hours are known by: their key, or host, weekday and start."""
    return str(entry.get("key") or _key_without(entry))


def _key_without(entry: Tree) -> str:
    plain = canonical(entry, BLOCK.entry)
    return rules.default_key(plain["host"], WEEKDAYS.index(plain["weekday"]), time_of(plain["start"]))


def flat(change: Tree) -> Tree:
    """What differs on one date, with what stands under `new` beside the rest; that goes before."""
    beside = {key: value for key, value in change.items() if key != "new"}
    return beside | {NEW[key]: value for key, value in change.get("new", {}).items()}


def tree_of(course: Course) -> list[Tree]:
    """The office hours of a course in the file's shape, each with its key."""
    series = course.hours_series.select_related("host").prefetch_related("changes")
    first = {one.lineage: one.key for one in sorted(series, key=lambda one: one.first_on, reverse=True)}
    return [_entry(one, first[one.lineage]) for one in series]


def _entry(series: HoursSeries, first: str) -> Tree:
    return {
        "key": series.key,
        **({"continues": first} if first != series.key else {}),
        "host": series.host.email,
        "title": series.title,
        "weekday": WEEKDAYS[series.weekday],
        "start": f"{series.start:%H:%M}",
        "end": f"{series.end:%H:%M}",
        "mode": series.mode,
        "place": series.place,
        "url": series.url,
        "first_on": series.first_on.isoformat(),
        "last_on": series.last_on.isoformat(),
        "changes": [_change(change) for change in series.changes.all()],
    }


def _change(change: HoursChange) -> Tree:
    said = {
        "new_date": change.new_date and change.new_date.isoformat(),
        "start": change.start and f"{change.start:%H:%M}",
        "end": change.end and f"{change.end:%H:%M}",
        "mode": change.mode,
        "place": change.place,
        "url": change.url,
    }
    known = {
        "date": change.date.isoformat(),
        "cancelled": change.is_cancelled,
        "held": change.is_held,
        "reason": change.reason,
    }
    return known | {key: value for key, value in said.items() if value is not None}


def as_written(course: Course, tree: Tree, loaded: Tree) -> Tree:
    """The tree with keys and changes written as the loaded file wrote them."""
    raw = {_keyed(entry, {})["key"]: entry for entry in loaded.get("office_hours", [])}
    return {**tree, "office_hours": [_as_in(entry, raw.get(entry["key"], {})) for entry in tree["office_hours"]]}


def _as_in(entry: Tree, raw: Tree) -> Tree:
    nested = {canonical(one, _changes().entry)["date"] for one in raw.get("changes", []) if "new" in one}
    changes = [_nested(one) if one["date"] in nested else one for one in entry["changes"]]
    is_plain = "key" not in raw and entry["key"] == _key_without(entry)
    return {key: value for key, value in entry.items() if key != "key" or not is_plain} | {"changes": changes}


def _changes() -> Any:
    return BLOCK.entry.child("changes")


def _nested(change: Tree) -> Tree:
    new = {key: change[flat] for key, flat in NEW.items() if flat in change}
    return {key: value for key, value in change.items() if key not in NEW.values()} | ({"new": new} if new else {})


def write(course: Course, entries: list[Tree], tally: Tally, now: datetime) -> None:
    """Office hours into rows, touching only what differs; calendars follow."""
    have = {series.key: series for series in course.hours_series.all()}
    lineages = {key: series.lineage for key, series in have.items()}
    slots.lock(course, also=[_person(entry["host"]).pk for entry in entries])
    before = occurrences.by_uid(course)
    in_order = sorted(enumerate(entries), key=lambda numbered: "continues" in numbered[1])
    for position, entry in in_order:
        series = have.get(entry["key"]) or HoursSeries(course=course, key=entry["key"])
        was = series.weekday if series.pk else WEEKDAYS.index(entry["weekday"])
        by = timedelta(days=WEEKDAYS.index(entry["weekday"]) - was)
        if by:
            parts.move_rows(series, by)
        lineage = lineages.get(entry.get("continues", ""), series.lineage)
        tally.put("office hours", series, {**_fields(entry), "position": position, "lineage": lineage})
        lineages[entry["key"]] = lineage
        _write_changes(series, [_moved(change, was, by) for change in entry.get("changes", [])], tally)
        tally.notes += [_beside(series, day) for day in parts.drop_strays(series)]
    if entries:
        rules.after_change(course, now, before=before, quietly=True)
        tally.notes += [_untold(one) for one in untold.of(course)]


def _moved(change: Tree, was: int, by: timedelta) -> Tree:
    """A change of one date on the weekday that its office hours now have; staff made it when they had another."""
    day = date.fromisoformat(change["date"])
    return {**change, "date": f"{day + by}"} if by and day.weekday() == was else change


def _beside(series: HoursSeries, day: date) -> str:
    return f"office_hours: {series.key} no longer has {day}; what staff changed of that date is gone."


def _untold(one: Appointment) -> str:
    """Who is to be told, as the load's report says it."""
    when = one.known_start and one.known_start.astimezone(one.course.zone)
    return (
        f"office_hours: {one.student.user}, booked for {when:%Y-%m-%d %H:%M}, does not know of a change; "
        "the page Office hours tells them with one button, the portal the day before."
    )


def _fields(entry: Tree) -> Tree:
    return {
        "host_id": _person(entry["host"]).pk,
        "weekday": WEEKDAYS.index(entry["weekday"]),
        **{name: time_of(entry[name]) for name in ("start", "end")},
        **{name: entry[name] for name in ("title", "mode", "place", "url")},
        **{name: date.fromisoformat(entry[name]) for name in ("first_on", "last_on")},
    }


def _person(email: str) -> User:
    """Who holds them; someone whom nobody else named yet becomes a person without a course."""
    known = User.objects.filter(email=email).first()
    if known:
        return known
    name = email.partition("@")[0]
    return User.objects.create_user(email, name, sort_name=sort_name_of(name))


def _write_changes(series: HoursSeries, entries: list[Tree], tally: Tally) -> None:
    have = {change.date: change for change in series.changes.all()}
    for entry in entries:
        day = date.fromisoformat(entry["date"])
        change = have.get(day) or HoursChange(series=series, date=day)
        fields = {
            "is_cancelled": entry["cancelled"],
            "is_held": entry["held"],
            "reason": entry["reason"],
            "new_date": date.fromisoformat(entry["new_date"]) if "new_date" in entry else None,
            **{name: time_of(entry[name]) if name in entry else None for name in ("start", "end")},
            **{name: entry.get(name) for name in ("mode", "place", "url")},
        }
        tally.put("changed office hours", change, fields)
