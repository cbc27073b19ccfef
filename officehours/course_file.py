"""The blocks `office_hours`, `office_hours_booking` and `office_hours_polls` of a course file.

A series that the file gives no key is known by host, weekday and start as they were when it was made. What differs on
one date may stand flat (`new_date`, `start`) or under `new`; both are read, the flat one is written.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from accounts.errors import DomainError
from accounts.models import User, sort_name_of
from courses.course_file.rules import hours_in_order
from courses.domain import calendar
from courses.domain.course_plan import (
    Change,
    ChangeKind,
    CourseTree,
    Mailing,
    Path,
    Plan,
    Problem,
    Tree,
    applying,
    compare,
    left_alone,
)
from courses.domain.course_schema import (
    DATE,
    EMAIL,
    NAME60,
    NUMBER,
    PLACE,
    TIME,
    URL,
    WEEKDAY,
    WEEKDAYS,
    RowFields,
    Schema,
    block,
    enum,
    flag,
    listing,
    text,
    time_of,
    whole,
)
from courses.models import Course
from courses.models.meeting import monday
from officehours.domain import edits, plans, polls, series, slots
from officehours.domain.series import Terms
from officehours.models import Appointment, AvailabilityPoll, BookingRules, HoursSeries, OfficeHours
from officehours.models.hours import TERMS

MODES = ("in_person", "online", "both")
NEW = {"date": "new_date", "start": "start", "end": "end", "place": "place"}  # under `new`, and flat
CANCELLED = Appointment.State.CANCELLED  # the same word for a date
CHANGE = block(
    "date",
    date=DATE,
    cancelled=flag(False),
    held=flag(False),
    reason=text(300, default=""),
    mode=enum(*MODES),
    url=text(500, spelled="web-address"),
    new_date=DATE,
    start=TIME,
    end=TIME,
    place=text(120),
    new=block(date=DATE, start=TIME, end=TIME, place=text(120)),
)
HOURS = block(
    "host weekday start end first_on last_on",
    key=NAME60,
    host=EMAIL,
    title=text(120, default=""),
    weekday=WEEKDAY,
    start=TIME,
    end=TIME,
    mode=enum(*MODES, default="in_person"),
    place=PLACE,
    url=URL,
    first_on=DATE,
    last_on=DATE,
    changes=listing(CHANGE, key="date", default=[], unordered=True),
)
POLL = block(
    "opened_on question weekdays start end",
    opened_on=DATE,
    question=text(300, shortest=1),
    weekdays=listing(WEEKDAY, shortest=1, longest=7, unordered=True),
    start=TIME,
    end=TIME,
    minutes=whole(15, 240, default=60),
    closed=flag(False),
    set_from=block("answered of", answered=NUMBER, of=NUMBER),
)
BOOKING = block(
    students_can_book=flag(False),
    slot_minutes=whole(5, 120, default=15),
    open_at_once=whole(1, 20, default=2),
    offer_minutes=whole(5, 1440, default=120),
)
SCHEMA: dict[str, Schema] = {
    "office_hours": listing(HOURS, key="key", longest=100, key_or=["host", "weekday", "start"]),
    "office_hours_booking": BOOKING,
    "office_hours_polls": listing(POLL, key="opened_on question", longest=100),
}

SERIES_TERMS = RowFields(HOURS, "title weekday start end mode place url")
SPAN = RowFields(HOURS, "first_on last_on")
DATE_TERMS = RowFields(CHANGE, "start end mode place url")
BOOKING_RULES = RowFields(BOOKING, "slot_minutes open_at_once offer_minutes", students_can_book="is_on")
GRID = RowFields(POLL, "weekdays start end minutes")


def check(tree: CourseTree) -> Iterator[Problem]:
    for n, entry in enumerate(tree.get("office_hours", [])):
        path: Path = ("office_hours", n)
        yield from hours_in_order(entry, path)
        first_on, last_on = _span(entry)
        if last_on < first_on:
            message = f"They end on {entry['last_on']}, before they begin on {entry['first_on']}."
            yield Problem((*path, "last_on"), message)
        elif no := series.why_no_span(WEEKDAYS.index(entry["weekday"]), first_on, last_on):
            yield Problem((*path, "last_on"), no)
        for m, change in enumerate(entry["changes"]):
            yield from _check_change(entry, change, (*path, "changes", m))
    for n, poll in enumerate(tree.get("office_hours_polls", [])):
        yield from _check_poll(poll, ("office_hours_polls", n))


def _check_change(entry: Tree, change: Tree, path: Path) -> Iterator[Problem]:
    day = date.fromisoformat(change["date"])
    if no := series.reason_against_date(day, WEEKDAYS.index(entry["weekday"]), *_span(entry)):
        yield Problem((*path, "date"), no)
    new = change.get("new", {})
    is_nested = "end" in new or ("end" not in change and "start" in new)
    times = {key: flat(change).get(key, entry[key]) for key in ("start", "end")}
    yield from hours_in_order(times, (*path, "new") if is_nested else path)


def _check_poll(poll: Tree, path: Path) -> Iterator[Problem]:
    wrong = list(hours_in_order(poll, path))
    yield from wrong
    count = 0 if wrong else len(polls.windows_of(AvailabilityPoll(**_grid(poll))))
    if not wrong and not 1 <= count <= polls.WINDOWS_MAX:
        message = f"This grid has {count} windows; it must have 1 to {polls.WINDOWS_MAX}."
        yield Problem((*path, "minutes"), message)
    counted = poll.get("set_from")
    if counted and counted["answered"] > counted["of"]:
        message = f"{counted['answered']} of {counted['of']} people cannot have answered."
        yield Problem((*path, "set_from", "answered"), message)


def _span(entry: Tree) -> tuple[date, date]:
    first_on, last_on = SPAN.values(entry).values()
    return first_on, last_on


def flat(change: Tree) -> Tree:
    """What differs on one date, with what stands under `new` beside the rest; that goes before."""
    beside = {key: value for key, value in change.items() if key != "new"}
    return beside | {NEW[key]: value for key, value in change.get("new", {}).items()}


def _default_key(entry: Tree) -> str:
    return series.default_key(entry["host"], WEEKDAYS.index(entry["weekday"]), time_of(entry["start"]))


def plan(course: Course, tree: CourseTree, now: datetime, *, also_agreed: bool = False) -> Plan:
    before = export(course) if course.pk else {}
    entries = [_keyed(entry) for entry in tree.get("office_hours", [])]
    renamed = _given_keys(entries, before)
    lost = [warning for entry in entries for warning in _fit_changes(entry, before)]
    wanted = CourseTree({**tree, "office_hours": entries} if "office_hours" in tree else tree)
    made = compare(course, wanted, now, schema=SCHEMA, before=before, also_agreed=also_agreed)
    if course.pk:
        made.changes += renamed
        made.warnings += lost
        made.warnings += _doubled(tree.get("office_hours", []), made)
        _mind_bookings(made)
        made.mailings += _on_new_holidays(made, tree["meetings"].get("no_class", []))
    return made


def _keyed(entry: Tree) -> Tree:
    changes = {"changes": [flat(change) for change in entry["changes"]]} if "changes" in entry else {}
    return {**entry, "key": entry.get("key") or _default_key(entry), **changes}


def _given_keys(entries: list[Tree], before: Tree) -> list[Change]:
    """The series that the file now gives a key of their own are the same ones; `before` gets their new key."""
    had = {entry["key"]: entry for entry in before.get("office_hours", [])}
    renamed = []
    for entry in entries:
        old, new = _default_key(entry), entry["key"]
        if new not in had and old in had and old not in {other["key"] for other in entries}:
            had[old]["key"] = new
            renamed.append(Change(ChangeKind.CHANGED, ("office_hours", new, "key"), before=old, after=new))
    return renamed


def _fit_changes(entry: Tree, before: Tree) -> Iterator[str]:
    """Take what was changed on single dates along to another weekday; say what falls out of the series."""
    old = next((old for old in before.get("office_hours", []) if old["key"] == entry["key"]), None)
    if old is None:
        return
    was, weekday = WEEKDAYS.index(old["weekday"]), WEEKDAYS.index(entry["weekday"])
    kept = []
    for change in old["changes"]:
        day = date.fromisoformat(change["date"])
        moved = day + timedelta(days=weekday - was) if day.weekday() == was else day
        if series.reason_against_date(moved, weekday, *_span(entry)):
            yield f"office_hours[{entry['key']}] no longer has {day}; what was changed of that date is gone."
        else:
            kept.append({**change, "date": moved.isoformat()})
    old["changes"] = kept


def _doubled(named: list[Tree], made: Plan) -> Iterator[str]:
    """A series without key whose host, weekday or start is another is a new one, and the old one stays."""
    had = {entry["key"]: entry for entry in made.before.get("office_hours", [])}
    keys = {_keyed(entry)["key"] for entry in named}
    for entry in (entry for entry in named if "key" not in entry and _default_key(entry) not in had):
        for old in (old for key, old in had.items() if key not in keys and old["host"] == entry["host"]):
            yield (
                f"office_hours[{_default_key(entry)}] is new, and {old['key']} stays. If they are the same, write "
                f'key: "{old["key"]}" in the file.'
            )


def _mind_bookings(made: Plan) -> None:
    """Leave alone the office hours in which people have booked, or note whom changing them mails."""
    had = {entry["key"]: entry for entry in made.before.get("office_hours", [])}
    rows = {row.key: row for row in made.course.hours_series.select_related("host", "course")}
    for n, entry in enumerate(made.after.get("office_hours", [])):
        old = had.get(entry["key"])
        row = rows.get(entry["key"]) or rows.get(_default_key(entry))
        if old is None or row is None or old == entry:
            continue
        changes = edits.of_series(row, now=made.now, **_wanted(entry, old, _host(entry["host"]) or row.host))
        hours_plan = plans.of_changes(made.course, changes, now=made.now, may_displace=True)
        touched = [each for each in hours_plan.appointments if each.is_moved or each.after.state == CANCELLED]
        if touched and not made.also_agreed:
            made.after["office_hours"][n] = old
            path = ("office_hours", entry["key"])
            made.changes[:] = [change for change in made.changes if change.path[:2] != path]
            made.changes.append(left_alone(path, f"{len(touched)} booked; --also-agreed changes them"))
        else:
            made.mailings.append(Mailing(f"office hours {entry['key']} change", _readers(hours_plan)))


def _readers(hours_plan: plans.HoursPlan) -> frozenset[int]:
    return frozenset(user.pk for letter in hours_plan.letters for user in letter.readers)


def _on_new_holidays(made: Plan, no_class: list[Tree]) -> Iterator[Mailing]:
    """The letters to people whose office hours fall on a day that is new without class."""
    known = set(made.course.no_class_days.values_list("date", flat=True))
    for day in sorted({date.fromisoformat(day["date"]) for day in no_class} - known):
        changes = edits.of_days_off(made.course, made.now, also={day: ""})
        hours_plan = plans.of_changes(made.course, changes, now=made.now, may_displace=True)
        yield Mailing(f"no office hours on {day}", _readers(hours_plan))


def apply(plan: Plan) -> None:
    with applying("office_hours"):
        _write_hours(plan)
    if plan.touches("office_hours_booking"):
        slots.set_rules(plan.course, **BOOKING_RULES.values(plan.after["office_hours_booking"]))
    with applying("office_hours_polls"):
        _write_polls(plan)


def _write_hours(plan: Plan) -> None:
    if not plan.touches("office_hours"):
        return
    for change in plan.changes:
        if change.path[0] == "office_hours" and change.path[2:] == ("key",):
            plan.course.hours_series.filter(key=change.before).update(key=change.after)
    rows = {row.key: row for row in plan.course.hours_series.select_related("host", "course")}
    for before, after in plan.entries("office_hours"):
        wanted = _wanted(after, before, _person(after["host"]))
        if after["key"] in rows:
            plans.change_series(rows[after["key"]], **wanted, may_displace=plan.also_agreed, now=plan.now)
        else:
            del wanted["own_past"]
            series.create(plan.course, key=after["key"], **wanted, now=plan.now)
    for position, entry in enumerate(plan.after["office_hours"]):
        plan.course.hours_series.filter(key=entry["key"]).update(position=position)


def _wanted(entry: Tree, before: Tree | None, host: User) -> Tree:
    """What an entry says of a series, as `edits.of_series` takes it; of past dates only what it says anew."""
    terms = Terms(**SERIES_TERMS.values(entry))
    terms_before = Terms(**SERIES_TERMS.values(before)) if before else terms
    anew = [change for change in entry["changes"] if not before or change not in before["changes"]]
    return {
        "terms": terms,
        "host": host,
        **SPAN.values(entry),
        "own": {_week(change): _own(terms, change) for change in entry["changes"]},
        "own_past": {_week(change): _own(terms_before, change) for change in anew},
    }


def _week(change: Tree) -> date:
    return monday(date.fromisoformat(change["date"]))


def _own(terms: Terms, change: Tree) -> Tree:
    named = {name: value for name, value in DATE_TERMS.values(change).items() if value is not None}
    return {
        **{name: getattr(terms, name) for name in TERMS},
        **named,
        "date": date.fromisoformat(change.get("new_date") or change["date"]),
        "state": CANCELLED if change["cancelled"] else OfficeHours.State.SCHEDULED,
        "reason": change["reason"],
        "is_kept_on_day_off": change["held"],
    }


def _person(email: str) -> User:
    name = email.partition("@")[0]
    return _host(email) or User.objects.create_user(email, name, sort_name=sort_name_of(name))


def _host(email: str) -> User | None:
    return User.objects.filter(email=email).first()


def _write_polls(plan: Plan) -> None:
    """What students were asked. Raises DomainError for another grid under answers, and for a poll opened again."""
    have = {_key_of(plan.course, poll): poll for poll in reversed(plan.course.availability_polls.all())}
    for _, entry in plan.entries("office_hours_polls"):
        opened_on = date.fromisoformat(entry["opened_on"])
        poll = have.get((opened_on, entry["question"])) or AvailabilityPoll(
            course=plan.course, question=entry["question"], opened_at=calendar.instant(plan.course, opened_on, time())
        )
        grid, counted = _grid(entry), entry.get("set_from", {})
        if poll.pk and any(getattr(poll, name) != value for name, value in grid.items()) and poll.answers.exists():
            raise DomainError(f"“{poll.question}” is answered already, so its weekdays and hours stay.")
        if poll.closed_at and not entry["closed"]:
            raise DomainError(f"“{poll.question}” is closed, and stays so; ask again under another date.")
        poll.set_from, poll.students = counted.get("answered"), counted.get("of", poll.students)
        for name, value in grid.items():
            setattr(poll, name, value)
        poll.save()
        if entry["closed"]:
            polls.close(poll, now=plan.now)


def _grid(entry: Tree) -> Tree:
    fields = GRID.values(entry)
    return fields | {"weekdays": sorted(set(fields["weekdays"]))}


def export(course: Course) -> Tree:
    """The blocks as they stand. Of polls asked in the same words on one day, the newest."""
    rules = BookingRules.objects.filter(course=course).first()
    asked = {_key_of(course, poll): _poll(course, poll) for poll in reversed(course.availability_polls.all())}
    rows = course.hours_series.select_related("host").prefetch_related("dates")
    blocks: Tree = {
        "office_hours": [_hours(row) for row in rows],
        "office_hours_booking": rules and BOOKING_RULES.entry(rules),
        "office_hours_polls": list(asked.values()),
    }
    return {name: entries for name, entries in blocks.items() if entries}


def _hours(row: HoursSeries) -> Tree:
    dates = sorted((hours for hours in row.dates.all() if not _is_outside(row, hours)), key=lambda hours: hours.on)
    days = [_rule_date(row, hours) for hours in dates]
    return {
        "key": row.key,
        "host": row.host.email,
        **SERIES_TERMS.entry(row),
        "first_on": min([row.first_on, *days]).isoformat(),
        "last_on": max([row.last_on, *days]).isoformat(),
        "changes": [change for hours in dates if (change := _change(row, hours)).keys() - {"date"}],
    }


def _is_outside(row: HoursSeries, hours: OfficeHours) -> bool:
    """Whether a date is cancelled since its series became shorter, or was by hand before that."""
    is_beyond = not row.first_on <= hours.on <= row.last_on
    return hours.state == OfficeHours.State.OUTSIDE or (hours.state == CANCELLED and is_beyond)


def _rule_date(row: HoursSeries, hours: OfficeHours) -> date:
    """The date that the rule as it is now gives to the week of a date; its own rule may have been another."""
    return monday(hours.on) + timedelta(days=row.weekday)


def _change(row: HoursSeries, hours: OfficeHours) -> Tree:
    """What differs on a date from what its series says now; nothing but the date if nothing does."""
    day = _rule_date(row, hours)
    known = {
        "cancelled": hours.state == CANCELLED,
        "held": hours.is_kept_on_day_off,
        "reason": hours.reason if hours.state != OfficeHours.State.DAY_OFF else "",
        "new_date": hours.date.isoformat() if hours.date != day else "",
    }
    own = DATE_TERMS.entry(hours)
    return {
        "date": day.isoformat(),
        **{key: value for key, value in known.items() if value},
        **{key: value for key, value in own.items() if getattr(hours, key) != getattr(row, key)},
    }


def _key_of(course: Course, poll: AvailabilityPoll) -> tuple[date, str]:
    return calendar.local_date(course, poll.opened_at), poll.question


def _poll(course: Course, poll: AvailabilityPoll) -> Tree:
    opened_on, question = _key_of(course, poll)
    return {
        "opened_on": opened_on.isoformat(),
        "question": question,
        **GRID.entry(poll),
        "closed": poll.closed_at is not None,
        **({"set_from": {"answered": poll.set_from, "of": poll.students}} if poll.set_from is not None else {}),
    }
