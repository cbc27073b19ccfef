"""The course, its people, classes and assignments as they stand, in the course file's shape."""

import re
from collections import defaultdict
from datetime import date, datetime
from typing import Any

from courses.course_file.dates import with_dates
from courses.domain import calendar
from courses.domain.course_schema import WEEKDAYS
from courses.models import Assignment, ClassMeeting, Course, Enrollment, Section, WeeklyTime

Tree = dict[str, Any]
COURSE_FIELDS = ("slug", "code", "title", "term", "school", "institution", "timezone", "login_email_domain", "accent")


def export(course: Course) -> Tree:
    """The blocks for a file: dates are written where agendas mean the class before, only what agendas name is there."""
    blocks = standing(course)
    names = {entry["name"] for entry in blocks["assignments"]}
    meetings = blocks["meetings"]
    weekly = {entry["weekday"]: entry for entry in meetings["weekly"]}
    meetings["details"] = [_own(detail, weekly) for detail in meetings["details"]]
    meetings["details"] = [detail for detail in meetings["details"] if says(detail)]
    meetings = with_dates(meetings)
    for key in ("extra", "details"):
        meetings[key] = [{**entry, "agenda": _about_known(entry["agenda"], names)} for entry in meetings[key]]
    blocks = {**blocks, "meetings": meetings, "rosters": list(roster_files(course))}
    return {name: block for name, block in blocks.items() if block not in ([], "")}


def _own(detail: Tree, weekly: dict[str, Tree]) -> Tree:
    """A detail with hours and place only where they differ from the weekly times."""
    rule = weekly[WEEKDAYS[date.fromisoformat(detail["date"]).weekday()]]
    return {key: value for key, value in detail.items() if key not in ("start", "end", "place") or value != rule[key]}


def standing(course: Course) -> Tree:
    """The blocks as plans compare them; all of them are there."""
    assignments = course.assignments.order_by("position", "pk")
    return {
        "course": {
            **{name: getattr(course, name) for name in COURSE_FIELDS},
            "starts_on": course.starts_on.isoformat(),
            "ends_on": course.ends_on.isoformat(),
        },
        "sections": [{"code": code} for code in course.sections.order_by("position").values_list("code", flat=True)],
        "staff": [_person(enrollment) for enrollment in course.enrollments.staff().select_related("user")],
        "meetings": _meetings(course),
        "office_hours_note": course.office_hours_note,
        "assignments": [_assignment(course, assignment) for assignment in assignments],
    }


def roster_files(course: Course) -> dict[str, list[Section]]:
    """The sections of each roster by file name; a section without students needs none."""
    files: dict[str, list[Section]] = defaultdict(list)
    for section in course.sections.order_by("position"):
        if course.enrollments.students().filter(section=section).exists():
            words = "-".join(re.findall(r"[a-z0-9]+", section.code.lower()))
            files[section.roster_file or f"roster-{words or section.position}.csv"].append(section)
    return files


def minute(course: Course, instant: datetime | None) -> str | None:
    """An instant as the file writes it: wall-clock in the course's zone."""
    return f"{calendar.local_time(course, instant):%Y-%m-%d %H:%M}" if instant else None


def _about_known(agenda: list[Tree], names: set[str]) -> list[Tree]:
    """An agenda line about an assignment that is gone keeps its text only."""
    return [{key: value for key, value in line.items() if key != "assignment" or value in names} for line in agenda]


def _person(enrollment: Enrollment) -> Tree:
    return {"name": enrollment.user.name, "email": enrollment.user.email, "role": enrollment.role}


def _meetings(course: Course) -> Tree:
    rule = calendar.rule_dates(course)
    meetings = list(course.meetings.order_by("date").prefetch_related("agenda"))
    cancelled = {meeting.date for meeting in meetings if meeting.is_cancelled and _is_planned(meeting)}
    days_off = {off.date: off.reason for off in course.no_class_days.all()}
    # Staff who add a weekday in mid-term leave its past dates without class.
    days_off |= dict.fromkeys(rule.keys() - {meeting.date for meeting in meetings} - days_off.keys(), "")
    return {
        "first_number": course.first_number,
        "weekly": [_weekly(weekly) for weekly in course.weekly_times.all()],
        "first_on": course.meetings_first_on.isoformat(),
        "last_on": course.meetings_last_on.isoformat(),
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
        "start": _clock(course, meeting.starts_at),
        "end": _clock(course, meeting.ends_at),
        "place": meeting.place,
        "title": meeting.title,
        "agenda": _agenda(meeting),
    }


def _weekly(weekly: WeeklyTime) -> Tree:
    return {
        "weekday": WEEKDAYS[weekly.weekday],
        "start": f"{weekly.start:%H:%M}",
        "end": f"{weekly.end:%H:%M}",
        "place": weekly.place,
    }


def _agenda(meeting: ClassMeeting) -> list[Tree]:
    return [
        {"text": line.text, "kind": line.kind, **({"minutes": line.minutes} if line.minutes else {}), **line.target}
        for line in meeting.agenda.all()
    ]


def _clock(course: Course, instant: datetime) -> str:
    return f"{calendar.local_time(course, instant):%H:%M}"


def _assignment(course: Course, assignment: Assignment) -> Tree:
    return {
        "name": assignment.name,
        "title": assignment.title,
        "state": assignment.state,
        "url": assignment.url,
        "extra_credit": assignment.is_extra_credit,
        "required": assignment.is_required,
        "topics": assignment.topics,
        "notes": assignment.notes,
        "due_at": minute(course, assignment.due_at),
        "originally_due_at": minute(course, assignment.originally_due_at),
    }
