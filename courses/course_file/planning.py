"""What a course file changes of the course, its people, classes and assignments; nothing is written here."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from accounts.models import User
from courses.course_file.dates import with_previous
from courses.course_file.exporting import standing
from courses.course_file.schema import SCHEMA
from courses.domain import assignments, calendar, meetings, roster, roster_plan
from courses.domain.course_plan import (
    Change,
    ChangeKind,
    CourseTree,
    Mailing,
    Plan,
    Problem,
    compare,
)
from courses.domain.course_schema import WEEKDAYS
from courses.models import Course, RosterChange, Section

Tree = dict[str, Any]
COMPARED = {name: schema for name, schema in SCHEMA.items() if name != "rosters"}
SPAN = (("course", "starts_on"), ("course", "ends_on"), ("meetings", "first_on"), ("meetings", "last_on"))


def plan(course: Course, tree: CourseTree, now: datetime, *, also_agreed: bool = False) -> Plan:
    """The plan for the blocks of the course; nothing here was agreed between people."""
    before = standing(course) if course.pk else {}
    wanted = CourseTree({**tree, "meetings": _wanted_meetings(tree["meetings"], before)}, tree.files)
    left_alone = list(_keep_names(course, wanted))
    made = compare(course, wanted, now, schema=COMPARED, before=before)
    made.changes += left_alone
    made.problems += _other_weeks(tree, before)
    made.changes += _people(made, tree)
    if course.pk:
        made.mailings += _moved_due_dates(made)
        made.warnings += _cancelled_classes(made)
    return made


def _wanted_meetings(meetings: Tree, before: Tree) -> Tree:
    """The block with its days off as they can be compared: whether something is planned for one is not said by a file.

    Past dates that never had a class are without one already.
    """
    had = {day["date"]: day for day in before.get("meetings", {}).get("no_class", [])}
    found = with_previous(meetings)
    if "no_class" in found:
        off = {day["date"]: day for day in found["no_class"]}
        gaps = {day: entry for day, entry in had.items() if not entry["reason"] and not entry["cancelled"]}
        found["no_class"] = [
            {**entry, "cancelled": had.get(day, entry).get("cancelled", False)} for day, entry in off.items()
        ]
        found["no_class"] += [entry for day, entry in gaps.items() if day not in off and _is_gap(day, before)]
    return found


def _is_gap(day: str, before: Tree) -> bool:
    return day not in {entry["date"] for entry in before["meetings"]["details"]} and _is_by_rule(day, before)


def _is_by_rule(day: str, before: Tree) -> bool:
    weekdays = {entry["weekday"] for entry in before["meetings"]["weekly"]}
    return WEEKDAYS[date.fromisoformat(day).weekday()] in weekdays


def _keep_names(course: Course, wanted: CourseTree) -> Iterator[Change]:
    """Leave people their name whom other courses know by it."""
    entries = wanted.get("staff", [])
    known = User.objects.filter(email__in=[entry["email"] for entry in entries]).exclude(name="")
    elsewhere = {user.email: user for user in known if user.enrollments.exclude(course_id=course.pk).exists()}
    for entry in entries:
        user = elsewhere.get(entry["email"])
        if user and user.name != entry["name"]:
            reason = "another course knows them by their name"
            yield Change(ChangeKind.LEFT_ALONE, ("staff", entry["email"], "name"), reason=reason)
    wanted["staff"] = [
        {**entry, "name": elsewhere[entry["email"]].name} if entry["email"] in elsewhere else entry for entry in entries
    ]
    if "staff" not in wanted or not entries:
        wanted.pop("staff")


def _other_weeks(tree: CourseTree, before: Tree) -> Iterator[Problem]:
    """A file whose dates all lie some weeks beside those of the course is the same file without its `--around`."""
    if not before:
        return
    off = {weeks_between(tree[block][key], before[block][key]) for block, key in SPAN}
    weeks = off.pop()
    if not off and weeks:
        side = "before" if weeks > 0 else "after"
        message = (
            f"All its dates lie {abs(weeks)} weeks {side} those of this course; "
            "load it moved as then (--around), or give it another slug."
        )
        yield Problem(("course", "starts_on"), message)


def weeks_between(earlier: str, later: str) -> int | None:
    """The whole weeks from one date (ISO) to another; none if they are not whole."""
    weeks, rest = divmod((date.fromisoformat(later) - date.fromisoformat(earlier)).days, 7)
    return None if rest else weeks


def _people(made: Plan, tree: CourseTree) -> Iterator[Change]:
    """Who is new in the rosters; whoever was dropped stays so."""
    course = made.course
    sections = [Section(code=entry["code"]) for entry in made.after["sections"]]
    wanted = Course(pk=course.pk, login_email_domain=made.after["course"]["login_email_domain"])
    dropped = set(course.enrollments.dropped().values_list("login", flat=True)) if course.pk else set()
    for name in tree.get("rosters", []):
        rows = roster_plan.plan(wanted, roster.read(tree.files[name]), drops=False, sections=sections)
        added = [row for row in rows if row.kind == RosterChange.Kind.ADDED]
        new = [row for row in added if row.login not in dropped]
        if new:
            count = "1 student" if len(new) == 1 else f"{len(new)} students"
            yield Change(ChangeKind.CREATED, ("rosters", name), after=[row.login for row in new], reason=count)
        if len(added) > len(new):
            reason = f"{len(added) - len(new)} dropped here; importing a roster brings them back"
            yield Change(ChangeKind.LEFT_ALONE, ("rosters", name), reason=reason)


def _moved_due_dates(made: Plan) -> Iterator[Mailing]:
    """The letters to students about due dates that they know."""
    known = {assignment.name: assignment for assignment in made.course.assignments.all()}
    students = frozenset(made.course.enrollments.students().values_list("user", flat=True))
    for before, after in made.entries("assignments"):
        is_moved = before and after["due_at"] not in (None, before["due_at"])
        if is_moved and assignments.is_known_to_students(known[after["name"]]):
            yield Mailing(f"{after['name']} is due on {after['due_at']}", students)


def _cancelled_classes(made: Plan) -> Iterator[str]:
    """What days without class do to the classes on them."""
    had = {day["date"] for day in made.before["meetings"]["no_class"]}
    new = [day["date"] for day in made.after["meetings"]["no_class"] if day["date"] not in had]
    for meeting in made.course.meetings.held().filter(date__in=new):
        words = " ".join(meetings.consequences_of_cancelling(meeting, made.now))
        yield f"The class on {calendar.long_date(meeting.date)} is cancelled. {words}"
