from datetime import date, time

from accounts.models import sort_name_of
from courses.course_file.schema import ASSIGNMENT_FIELDS, COURSE_FIELDS, SPAN_FIELDS, WEEKLY_FIELDS
from courses.domain import (
    agenda,
    assignments,
    calendar,
    course_settings,
    meetings,
    roster,
    staff,
)
from courses.domain.course_plan import ChangeKind, Plan, Tree, applying
from courses.domain.course_schema import time_of
from courses.models import Assignment, ClassMeeting, NoClassDay, Role, Section, WeeklyTime


def apply(plan: Plan) -> None:
    """Carry the plan out. A new course is laid out whole; one that exists is changed as its pages change it."""
    is_new = plan.course.pk is None
    with applying("course"):
        _course(plan)
    _sections(plan)
    with applying("staff"):
        _staff(plan)
    if is_new:
        _lay_out(plan)
    else:
        _change_calendar(plan)
    with applying("meetings", "details"):
        _classes(plan)
    with applying("assignments"):
        _assignments(plan)
    _rosters(plan)


def _course(plan: Plan) -> None:
    course = plan.course
    fields = {
        **COURSE_FIELDS.values(plan.after["course"]),
        **SPAN_FIELDS.values(plan.after["meetings"]),
        "office_hours_note": plan.after.get("office_hours_note", ""),
    }
    if course.pk:
        course_settings.change_course(course, now=plan.now, **fields)
        return
    for name, value in fields.items():
        setattr(course, name, value)
    course.is_being_made = True
    course.save()


def _sections(plan: Plan) -> None:
    have = {section.code: section for section in plan.course.sections.all()}
    for position, entry in enumerate(plan.after["sections"]):
        section = have.get(entry["code"]) or Section(course=plan.course, code=entry["code"])
        if section.pk is None or section.position != position:
            section.position = position
            section.save()


def _staff(plan: Plan) -> None:
    for _, after in plan.entries("staff"):
        person = staff.add_staff(
            plan.course, name=after["name"], email=after["email"], role=Role(after["role"]), now=plan.now
        )
        if person.user.name != after["name"]:
            person.user.name, person.user.sort_name = after["name"], sort_name_of(after["name"])
            person.user.save(update_fields=["name", "sort_name"])


def _lay_out(plan: Plan) -> None:
    course, block = plan.course, plan.after["meetings"]
    WeeklyTime.objects.bulk_create(
        WeeklyTime(course=course, **WEEKLY_FIELDS.values(entry)) for entry in block["weekly"]
    )
    NoClassDay.objects.bulk_create(
        NoClassDay(course=course, date=date.fromisoformat(entry["date"]), reason=entry["reason"])
        for entry in block["no_class"]
    )
    for entry in block["extra"]:
        _add_class(plan, entry)
    calendar.lay_out(course)


def _add_class(plan: Plan, entry: Tree) -> None:
    day = date.fromisoformat(entry["date"])
    starts_at, ends_at = (calendar.instant(plan.course, day, time_of(entry[key])) for key in ("start", "end"))
    plan.course.meetings.create(date=day, starts_at=starts_at, ends_at=ends_at, place=entry["place"])


def _change_calendar(plan: Plan) -> None:
    course, before, after = plan.course, plan.before["meetings"], plan.after["meetings"]
    with applying("meetings", "weekly"):
        have = {weekly.weekday: weekly for weekly in course.weekly_times.all()}
        for entry in [entry for entry in after["weekly"] if entry not in before["weekly"]]:
            fields = WEEKLY_FIELDS.values(entry)
            weekly = have.get(fields["weekday"]) or WeeklyTime(course=course)
            for name, value in fields.items():
                setattr(weekly, name, value)
            course_settings.set_weekly_time(weekly, now=plan.now)
    with applying("meetings", "no_class"):
        _change_days_off(plan, before["no_class"], after["no_class"])
    known = {entry["date"] for entry in before["extra"]}
    with applying("meetings", "extra"):
        new = [entry for entry in after["extra"] if entry["date"] not in known]
        for entry in new:
            _add_class(plan, entry)
        if new or before["first_number"] != after["first_number"]:
            calendar.renumber(course)
            calendar.notify_listeners(course, plan.now)


def _change_days_off(plan: Plan, before: list[Tree], after: list[Tree]) -> None:
    had, has = ({entry["date"]: entry["reason"] for entry in entries} for entries in (before, after))
    for off in plan.course.no_class_days.filter(date__in=had.keys() - has.keys()):
        course_settings.remove_no_class_day(off, now=plan.now)
    for day, reason in has.items():
        if day not in had:
            course_settings.add_no_class_day(plan.course, date.fromisoformat(day), reason=reason, now=plan.now)
        elif had[day] != reason:
            plan.course.no_class_days.filter(date=day).update(reason=reason)


def _classes(plan: Plan) -> None:
    had = {entry["date"]: entry for entry in _about_classes(plan.before)}
    wanted = {entry["date"]: entry for entry in _about_classes(plan.after)}
    changed = {day: entry for day, entry in wanted.items() if entry != had.get(day)}
    rows = plan.course.meetings.filter(date__in=changed).prefetch_related("agenda")
    for meeting in rows:
        _class(plan, meeting, had.get(meeting.date.isoformat(), {}), changed[meeting.date.isoformat()])


def _about_classes(tree: Tree) -> list[Tree]:
    block = tree.get("meetings", {})
    return [*block.get("extra", []), *block.get("details", [])]


def _class(plan: Plan, meeting: ClassMeeting, before: Tree, after: Tree) -> None:
    """One class; of its hours and place what the file changes, since a new weekly rule has moved the rest."""
    named = {key: after[key] for key in ("start", "end", "place") if key in after and after[key] != before.get(key)}
    hours: Tree = {
        "start": meeting.starts_at.astimezone(plan.course.zone).time(),
        "end": meeting.ends_at.astimezone(plan.course.zone).time(),
        "place": meeting.place,
        **{key: time_of(value) if key != "place" else value for key, value in named.items()},
    }
    if not before and plan.course.is_being_made:
        starts_at, ends_at = (calendar.instant(plan.course, meeting.date, hours[key]) for key in ("start", "end"))
        fields = {"title": after["title"], "place": hours["place"], "starts_at": starts_at, "ends_at": ends_at}
        ClassMeeting.objects.filter(pk=meeting.pk).update(**fields)
    else:
        meetings.change_meeting(meeting, title=after["title"], **hours, now=plan.now)
    if after["agenda"] != before.get("agenda", []):
        lines = [_agenda_line(line) for line in after["agenda"]]
        agenda.replace(meeting, lines, version=meeting.agenda_version, now=plan.now)


def _agenda_line(line: Tree) -> agenda.AgendaLine:
    target = {key: line[key] for key in ("team", "assignment") if line.get(key) not in (None, "")}
    return agenda.AgendaLine(line["text"], line["kind"], line.get("minutes"), target)


def _assignments(plan: Plan) -> None:
    have = {assignment.name: assignment for assignment in plan.course.assignments.all()}
    for before, after in plan.entries("assignments"):
        fields = ASSIGNMENT_FIELDS.values(after, plan.course)
        if before is None:
            have[after["name"]] = assignments.create(plan.course, **fields)
            continue
        assignment, due_at = have[after["name"]], fields["due_at"]
        if after["originally_due_at"] == before["originally_due_at"]:
            fields.pop("originally_due_at")  # a due date that students know moves, and the first one stays known
        if due_at is not None:
            fields.pop("due_at")
            if due_at != assignment.due_at:
                assignments.move_due_date(assignment, to=due_at, now=plan.now)
        assignments.edit(assignment, **fields)
    for position, entry in enumerate(plan.after.get("assignments", []), start=1):
        Assignment.objects.filter(pk=have[entry["name"]].pk).exclude(position=position).update(position=position)


def _rosters(plan: Plan) -> None:
    """Add the people of the rosters who are new in them; nobody is dropped, nobody comes back."""
    since = calendar.instant(plan.course, plan.course.starts_on, time())
    for change in plan.changes:
        if change.path[0] != "rosters" or change.kind != ChangeKind.CREATED:
            continue
        name, new = str(change.path[1]), set(change.after)
        with applying("rosters"):
            roster.load(plan.course, plan.files[name], file_name=name, now=plan.now, only_new=new, enrolled_at=since)
        named = plan.course.sections.filter(roster_file="", enrollments__login__in=new).distinct()
        Section.objects.filter(pk__in=list(named.values_list("pk", flat=True))).update(roster_file=name)
