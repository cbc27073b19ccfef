"""A course as it stands in the database, in the course file's shape."""

from datetime import datetime
from typing import Any

from courses.domain import calendar
from courses.models import Assignment, ClassMeeting, Course, Enrollment, WeeklyTime
from feedback.models import SurveyPlan
from portal.course_file import booking_blocks, cloudguard_blocks, credit_blocks, hours
from portal.course_file.spelling import WEEKDAYS
from portal.course_file.talks_as_they_stand import peer_reviews_of, presentations_of

Tree = dict[str, Any]


def tree_of(course: Course, loaded: Tree) -> Tree:
    """The course in the file's shape; `loaded` is its last loaded file, for what is not stored apart from it."""
    tree: Tree = {
        "format": "course-file/1",
        "course": _course(course),
        "sections": [{"code": code} for code in course.sections.order_by("position").values_list("code", flat=True)],
        "rosters": loaded.get("rosters", []),
        "staff": [_person(enrollment) for enrollment in course.enrollments.staff().select_related("user")],
        "meetings": _meetings(course),
        "assignments": [
            _assignment(course, assignment) for assignment in course.assignments.order_by("position", "pk")
        ],
        **course.kept_blocks,
        **credit_blocks.blocks_of(course, loaded),
        **cloudguard_blocks.blocks_of(course),
        "office_hours": hours.tree_of(course),
        **booking_blocks.blocks_of(course),
        **presentations_of(course, loaded.get("presentations", {})),
        **peer_reviews_of(course, loaded.get("peer_reviews", {})),
    }
    plan = SurveyPlan.objects.filter(course=course).first()
    return {**tree, "daily_survey": _plan(plan)} if plan else tree


def _course(course: Course) -> Tree:
    words = ("slug", "code", "title", "term", "school", "institution", "timezone", "login_email_domain", "accent")
    return {
        **{name: getattr(course, name) for name in words},
        "starts_on": course.starts_on.isoformat(),
        "ends_on": course.ends_on.isoformat(),
    }


def _person(enrollment: Enrollment) -> Tree:
    return {"name": enrollment.user.name, "email": enrollment.user.email, "role": enrollment.role}


def _meetings(course: Course) -> Tree:
    rule = calendar.rule_dates(course)
    meetings = course.meetings.order_by("date").prefetch_related("agenda")
    return {
        "first_number": course.first_number,
        "weekly": [_weekly(weekly) for weekly in course.weekly_times.all()],
        "first_on": course.meetings_first_on.isoformat(),
        "last_on": course.meetings_last_on.isoformat(),
        "no_class": [{"date": off.date.isoformat(), "reason": off.reason} for off in course.no_class_days.all()],
        "extra": [_extra(course, meeting) for meeting in meetings if meeting.date not in rule],
        "details": [_detail(course, meeting, rule[meeting.date]) for meeting in meetings if meeting.date in rule],
    }


def _extra(course: Course, meeting: ClassMeeting) -> Tree:
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


def _detail(course: Course, meeting: ClassMeeting, weekly: WeeklyTime) -> Tree:
    """What is written about a class; its hours and place only where they differ from the weekly times."""
    detail: Tree = {"date": meeting.date.isoformat(), "title": meeting.title, "agenda": _agenda(meeting)}
    if meeting.starts_at != calendar.at(course, meeting.date, weekly.start):
        detail["start"] = _clock(course, meeting.starts_at)
    if meeting.ends_at != calendar.at(course, meeting.date, weekly.end):
        detail["end"] = _clock(course, meeting.ends_at)
    if meeting.place != weekly.place:
        detail["place"] = meeting.place
    return detail


def _agenda(meeting: ClassMeeting) -> list[Tree]:
    return [
        {"text": line.text, "kind": line.kind, **({"minutes": line.minutes} if line.minutes else {}), **line.target}
        for line in meeting.agenda.all()
    ]


def _clock(course: Course, instant: datetime) -> str:
    return f"{instant.astimezone(course.zone):%H:%M}"


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
        "due_at": _wall(course, assignment.due_at),
        "originally_due_at": _wall(course, assignment.originally_due_at),
    }


def _wall(course: Course, instant: datetime | None) -> str | None:
    return f"{instant.astimezone(course.zone):%Y-%m-%d %H:%M}" if instant else None


def _plan(plan: SurveyPlan) -> Tree:
    return {
        "title": plan.title,
        "points": format(plan.points, "f"),
        "extra_credit": plan.is_extra_credit,
        "opens": plan.opens,
        "due": {"before": "next meeting", "days": plan.due_days, "at": f"{plan.due_time:%H:%M}"},
        "closes": plan.closes,
        "reminder": {"days": plan.reminder_days, "at": f"{plan.reminder_time:%H:%M}"},
        "questions": [_question(question) for question in plan.questions],
    }


def _question(question: Tree) -> Tree:
    """A question without what it leaves open; its points in the file's words."""
    said = {key: value for key, value in question.items() if value is not None}
    return {**said, "points": str(said["points"])} if "points" in said else said
