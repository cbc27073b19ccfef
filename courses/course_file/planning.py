"""What a course file says of the course, its people, classes and assignments: as they stand, and what it changes."""

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime

from accounts.models import User
from courses.course_file.rules import with_dates, with_previous
from courses.course_file.schema import (
    AGENDA_FIELDS,
    ASSIGNMENT_FIELDS,
    COURSE_FIELDS,
    SCHEMA,
    SPAN_FIELDS,
    WEEKLY_FIELDS,
)
from courses.domain import assignments, calendar, gradebook, meetings, roster_plan
from courses.domain.course_plan import Change, ChangeKind, CourseTree, Mailing, Plan, Problem, Tree, compare, left_alone
from courses.domain.course_schema import WEEKDAYS
from courses.models import ClassMeeting, Course, RosterChange, Section

COMPARED = {name: schema for name, schema in SCHEMA.items() if name != "rosters"}
SPAN = (("course", "starts_on"), ("course", "ends_on"), ("meetings", "first_on"), ("meetings", "last_on"))


def export(course: Course) -> Tree:
    """The blocks for a file: dates are written where agendas mean the class before, only what agendas name is there."""
    blocks = standing(course)
    names = {entry["name"] for entry in blocks["assignments"]}
    meetings = blocks["meetings"]
    weekly = {entry["weekday"]: entry for entry in meetings["weekly"]}
    meetings["details"] = [_only_own(detail, weekly) for detail in meetings["details"]]
    meetings["details"] = [detail for detail in meetings["details"] if says(detail)]
    meetings = with_dates(meetings)
    for key in ("extra", "details"):
        meetings[key] = [{**entry, "agenda": _about_known(entry["agenda"], names)} for entry in meetings[key]]
    blocks = {**blocks, "meetings": meetings, "rosters": list(roster_files(course))}
    return {name: block for name, block in blocks.items() if block not in ([], "")}


def _only_own(detail: Tree, weekly: dict[str, Tree]) -> Tree:
    """A detail with hours and place only where they differ from the weekly times."""
    rule = weekly[WEEKDAYS[date.fromisoformat(detail["date"]).weekday()]]
    return {key: value for key, value in detail.items() if key not in ("start", "end", "place") or value != rule[key]}


def standing(course: Course) -> Tree:
    """The blocks as plans compare them; all of them are there."""
    assignments = course.assignments.order_by("position", "pk")
    return {
        "course": COURSE_FIELDS.entry(course),
        "sections": [{"code": code} for code in course.sections.order_by("position").values_list("code", flat=True)],
        "staff": [
            {"name": person.user.name, "email": person.user.email, "role": person.role}
            for person in course.enrollments.staff().select_related("user")
        ],
        "meetings": _meetings(course),
        "office_hours_note": course.office_hours_note,
        "assignments": [ASSIGNMENT_FIELDS.entry(assignment, course) for assignment in assignments],
    }


def roster_files(course: Course) -> dict[str, list[Section]]:
    """The sections of each roster by file name; a section without students needs none."""
    files: dict[str, list[Section]] = defaultdict(list)
    for section in course.sections.order_by("position"):
        if course.enrollments.students().filter(section=section).exists():
            words = "-".join(re.findall(r"[a-z0-9]+", section.code.lower()))
            files[section.roster_file or f"roster-{words or section.position}.csv"].append(section)
    return files


def _about_known(agenda: list[Tree], names: set[str]) -> list[Tree]:
    """An agenda line about an assignment that is gone keeps its text only."""
    return [{key: value for key, value in line.items() if key != "assignment" or value in names} for line in agenda]


def _meetings(course: Course) -> Tree:
    rule = calendar.rule_dates(course)
    meetings = list(course.meetings.order_by("date").prefetch_related("agenda"))
    cancelled = {meeting.date for meeting in meetings if meeting.is_cancelled and _is_planned(meeting)}
    days_off = {off.date: off.reason for off in course.no_class_days.all()}
    # Staff who add a weekday in mid-term leave its past dates without class.
    days_off |= dict.fromkeys(rule.keys() - {meeting.date for meeting in meetings} - days_off.keys(), "")
    return {
        **SPAN_FIELDS.entry(course),
        "weekly": [WEEKLY_FIELDS.entry(weekly) for weekly in course.weekly_times.all()],
        "no_class": [
            {"date": day.isoformat(), "reason": reason, "cancelled": day in cancelled}
            for day, reason in sorted(days_off.items())
        ],
        "extra": [_class(course, meeting) for meeting in meetings if meeting.date not in rule],
        "details": [_class(course, meeting) for meeting in meetings if meeting.date in rule],
    }


def says(detail: Tree) -> bool:
    """Whether an entry of `details` says more than its date."""
    return any(value not in ("", []) for key, value in detail.items() if key != "date")


def _is_planned(meeting: ClassMeeting) -> bool:
    """Whether something is written about a class, or planned for it by any app."""
    return bool(meeting.title) or any(
        relation.related_model._base_manager.filter(**{relation.field.name: meeting}).exists()
        for relation in ClassMeeting._meta.related_objects
    )


def _class(course: Course, meeting: ClassMeeting) -> Tree:
    return {
        "date": meeting.date.isoformat(),
        "start": f"{meeting.starts_at.astimezone(course.zone):%H:%M}",
        "end": f"{meeting.ends_at.astimezone(course.zone):%H:%M}",
        "place": meeting.place,
        "title": meeting.title,
        "agenda": [{**AGENDA_FIELDS.entry(line), **line.target} for line in meeting.agenda.all()],
    }


def plan(course: Course, tree: CourseTree, now: datetime, *, also_agreed: bool = False) -> Plan:
    before = standing(course) if course.pk else {}
    wanted = CourseTree({**tree, "meetings": _wanted_meetings(tree["meetings"], before)}, tree.files)
    kept_names = list(_keep_names(course, wanted))
    made = compare(course, wanted, now, schema=COMPARED, before=before)
    made.changes += kept_names
    made.problems += _other_weeks(tree, before)
    _add_people(made, tree)
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
    meetings = before["meetings"]
    weekdays = {entry["weekday"] for entry in meetings["weekly"]}
    is_by_rule = WEEKDAYS[date.fromisoformat(day).weekday()] in weekdays
    return is_by_rule and day not in {entry["date"] for entry in meetings["details"]}


def _keep_names(course: Course, wanted: CourseTree) -> Iterator[Change]:
    """Leave people their name whom other courses know by it."""
    entries = wanted.get("staff", [])
    known = User.objects.filter(email__in=[entry["email"] for entry in entries]).exclude(name="")
    elsewhere = {user.email: user for user in known if user.enrollments.exclude(course_id=course.pk).exists()}
    for entry in entries:
        user = elsewhere.get(entry["email"])
        if user and user.name != entry["name"]:
            yield left_alone(("staff", entry["email"], "name"), "another course knows them by their name")
    names = {email: {"name": user.name} for email, user in elsewhere.items()}
    if entries:
        wanted["staff"] = [entry | names.get(entry["email"], {}) for entry in entries]


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


def _add_people(made: Plan, tree: CourseTree) -> None:
    """Who is new in the rosters; whoever was dropped stays so."""
    sections = [Section(code=entry["code"]) for entry in made.after["sections"]]
    wanted = Course(pk=made.course.pk, login_email_domain=made.after["course"]["login_email_domain"])
    file_of: dict[str, str] = {}  # each address's first roster
    for name in tree.get("rosters", []):
        rows = roster_plan.plan(wanted, gradebook.read(tree.files[name]), drops=False, sections=sections)
        added = [row for row in rows if row.kind == RosterChange.Kind.ADDED]
        new = [row for row in added if row.email not in file_of and not row.was_dropped]
        for row in added:
            first = file_of.setdefault(row.email, name)
            if first != name:
                made.warnings.append(f"{name}, line {row.line}: {row.login} is in {first} as well, which counts.")
        made.warnings += [f"{name}, line {row.line}: {row.note}" for row in new if row.note]
        if new:
            count = "1 student" if len(new) == 1 else f"{len(new)} students"
            logins = [row.login for row in new]
            made.changes.append(Change(ChangeKind.CREATED, ("rosters", name), after=logins, reason=count))
        if dropped := sum(row.was_dropped for row in added):
            reason = f"{dropped} dropped here; importing a roster brings them back"
            made.changes.append(left_alone(("rosters", name), reason))


def _moved_due_dates(made: Plan) -> Iterator[Mailing]:
    known = {assignment.name: assignment for assignment in made.course.assignments.all()}
    students = frozenset(made.course.enrollments.students().values_list("user", flat=True))
    for before, after in made.entries("assignments"):
        is_moved = before and after["due_at"] not in (None, before["due_at"])
        if is_moved and assignments.is_known_to_students(known[after["name"]]):
            yield Mailing(f"{after['name']} is due on {after['due_at']}", students)


def _cancelled_classes(made: Plan) -> Iterator[str]:
    had = {day["date"] for day in made.before["meetings"]["no_class"]}
    new = [day["date"] for day in made.after["meetings"]["no_class"] if day["date"] not in had]
    for meeting in made.course.meetings.held().filter(date__in=new):
        words = " ".join(meetings.consequences_of_cancelling(meeting, made.now))
        yield f"The class on {calendar.long_date(meeting.date)} is cancelled. {words}"
