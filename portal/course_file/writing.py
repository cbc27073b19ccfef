"""A course's own facts, its staff and what is due: from the file's shape into rows, touching only what differs."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from accounts.models import User, sort_name_of
from courses.domain import calendar
from courses.models import Assignment, Course, Enrollment, Section
from feedback.domain import plans
from feedback.models import SurveyPlan
from portal.course_file.spelling import time_of
from portal.course_file.tally import Tally

Tree = dict[str, Any]


def write_course(course: Course, tree: Tree, tally: Tally) -> None:
    """The course's own facts and the span of its classes."""
    own, meetings = tree["course"], tree["meetings"]
    days = {
        "starts_on": own["starts_on"],
        "ends_on": own["ends_on"],
        "meetings_first_on": meetings["first_on"],
        "meetings_last_on": meetings["last_on"],
    }
    words = ("slug", "code", "title", "term", "school", "institution", "timezone", "login_email_domain", "accent")
    fields = {
        **{name: own[name] for name in words},
        **{name: date.fromisoformat(day) for name, day in days.items()},
        "first_number": meetings["first_number"],
    }
    tally.put("course", course, fields)


def write_sections(course: Course, tree: Tree, tally: Tally) -> None:
    """Sections in the file's order."""
    have = {section.code: section for section in course.sections.all()}
    for position, entry in enumerate(tree["sections"]):
        section = have.get(entry["code"]) or Section(course=course, code=entry["code"])
        tally.put("sections", section, {"position": position})


def write_staff(course: Course, tree: Tree, tally: Tally) -> None:
    """Instructors and assistants. Someone whom staff dropped, or who is enrolled as a student, is left alone."""
    have = {person.user.email: person for person in course.enrollments.select_related("user")}
    for entry in tree.get("staff", []):
        person = have.get(entry["email"])
        if person and (person.dropped_at or not person.is_staff):
            why = "was dropped by staff" if person.dropped_at else "is enrolled as a student"
            tally.notes.append(f"staff[{entry['email']}]: {why}; they stay as they are.")
            continue
        person = person or Enrollment(course=course, user=_user(entry))
        renamed = _rename(course, person.user, entry["name"])
        written = tally.put("staff", person, {"role": entry["role"]})
        if renamed and not written:
            tally.count("staff", "kept", -1)
            tally.count("staff", "changed")


def _user(entry: Tree) -> User:
    user = User.objects.filter(email=entry["email"]).first()
    return user or User.objects.create_user(entry["email"], entry["name"], sort_name=sort_name_of(entry["name"]))


def _rename(course: Course, user: User, name: str) -> bool:
    """Call a person as the file does, unless other courses know them by their name; whether that was new."""
    if user.name == name or (user.name and user.enrollments.exclude(course=course).exists()):
        return False
    user.name, user.sort_name = name, sort_name_of(name)
    user.save(update_fields=["name", "sort_name"])
    return True


def write_assignments(course: Course, tree: Tree, tally: Tally) -> None:
    """Assignments in order; a due date that the file moves keeps the first one, and mails nobody."""
    have = {assignment.name: assignment for assignment in course.assignments.all()}
    for position, entry in enumerate(tree.get("assignments", []), start=1):
        assignment = have.get(entry["name"]) or Assignment(course=course, name=entry["name"])
        due_at, originally = (_instant(course, entry[key]) for key in ("due_at", "originally_due_at"))
        if assignment.pk and originally is None and assignment.due_at not in (None, due_at):
            originally = assignment.due_at if assignment.state != Assignment.State.DRAFT else None
        fields = {
            "position": position,
            "title": entry["title"],
            "state": entry["state"],
            "url": entry["url"],
            "is_extra_credit": entry["extra_credit"],
            "is_required": entry["required"],
            "topics": entry["topics"],
            "notes": entry["notes"],
            "due_at": due_at,
            "originally_due_at": originally,
        }
        tally.put("assignments", assignment, fields)


def _instant(course: Course, wall: str | None) -> datetime | None:
    if wall is None:
        return None
    minute = datetime.fromisoformat(wall)
    return calendar.at(course, minute.date(), minute.time())


def write_survey_plan(course: Course, tree: Tree, tally: Tally, now: datetime) -> None:
    """What the course asks after each class; open surveys that nobody has answered follow it."""
    entry = tree.get("daily_survey")
    if entry is None:
        return
    plan = SurveyPlan.objects.filter(course=course).first() or SurveyPlan(course=course)
    fields = {
        "title": entry["title"],
        "points": Decimal(entry["points"]),
        "is_extra_credit": entry["extra_credit"],
        "opens": entry["opens"],
        "due_days": entry["due"]["days"],
        "due_time": time_of(entry["due"]["at"]),
        "closes": entry["closes"],
        "reminder_days": entry["reminder"]["days"],
        "reminder_time": time_of(entry["reminder"]["at"]),
        "questions": entry["questions"],
    }
    asks_otherwise = plan.pk is not None and plan.questions != entry["questions"]
    if tally.put("daily survey", plan, fields):
        plans.change(plan, now=now, questions=entry["questions"] if asks_otherwise else None)


def write_kept_blocks(course: Course, tree: Tree, names: list[str], tally: Tally) -> None:
    """The blocks of rooms that do not read them yet, word for word."""
    course.refresh_from_db(fields=["kept_blocks"])
    blocks = {name: tree[name] for name in names if name in tree}
    for name, block in blocks.items():
        state = (
            "created" if name not in course.kept_blocks else "kept" if course.kept_blocks[name] == block else "changed"
        )
        tally.count(name.replace("_", " "), state)
    if course.kept_blocks != blocks:
        course.kept_blocks = blocks
        course.save(update_fields=["kept_blocks"])
