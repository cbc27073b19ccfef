"""From when until when a survey is open, and how that follows the calendar.

A due time is stored as the minute that was named; the whole minute is on time (calendar.is_on_time).
"""

from datetime import datetime, timedelta

from accounts.errors import DomainError
from courses.domain import calendar
from courses.models import ClassMeeting, Course
from feedback.models import Survey, SurveyPlan

DAY = timedelta(hours=24)


def due_at(meeting: ClassMeeting, plan: SurveyPlan) -> datetime:
    """The minute (UTC) at which a class's survey is due by rule: some days before the next class.

    The last class's is due as many days after it; a time before the class ends moves to 24 hours after it.
    """
    following, days = calendar.next_meeting(meeting), timedelta(days=plan.due_days)
    day = following.date - days if following else meeting.date + days
    due = calendar.instant(meeting.course, day, plan.due_time)
    return due if due >= meeting.ends_at else meeting.ends_at + DAY


def due_when_opened(meeting: ClassMeeting, plan: SurveyPlan, opened_at: datetime) -> datetime:
    """The due minute (UTC) of a survey opened at an instant: by rule, or a day later if the rule's time was past."""
    due = due_at(meeting, plan)
    return due if calendar.is_on_time(due, opened_at) else (opened_at + DAY).replace(second=0, microsecond=0)


def closes_at(meeting: ClassMeeting, plan: SurveyPlan, due: datetime) -> datetime:
    """The instant (UTC) from which no answer is taken: the course's last 24:00, or the next class; never before due."""
    course = meeting.course
    following = calendar.next_meeting(meeting) if plan.closes == SurveyPlan.Closes.NEXT_MEETING else None
    end = following.starts_at if following else calendar.midnight_after(course, course.ends_on)
    return max(end, due + calendar.MINUTE)


def reminder_at(survey: Survey, plan: SurveyPlan) -> datetime:
    """The instant (UTC) from which the one reminder may go, at the earliest an hour after opening."""
    day = calendar.local_date(survey.course, survey.due_at) - timedelta(days=plan.reminder_days)
    return max(calendar.instant(survey.course, day, plan.reminder_time), survey.opened_at + timedelta(hours=1))


def consequence_of_cancelling(meeting: ClassMeeting, now: datetime) -> str:
    """What cancelling a class would do to surveys, for the page that asks; empty if nothing."""
    if Survey.objects.filter(meeting=meeting).exists():
        return "Its survey goes with it, if nobody has answered yet."
    before = calendar.previous_meeting(meeting)
    if before and Survey.objects.unfrozen().filter(meeting=before).exists():
        return f"The survey of {before.label} is due before the next class held, so later than now."
    return ""


def before_cancelling(meeting: ClassMeeting, now: datetime) -> None:
    """Let a class be cancelled; its unanswered survey goes with it.

    Raises DomainError if the survey is frozen, or someone has answered it.
    """
    survey = Survey.objects.select_for_update().filter(meeting=meeting).first()
    if survey is None:
        return
    if survey.frozen_at is not None:
        raise DomainError("The figures of this class's survey are fixed, so the class cannot be cancelled.")
    if survey.imported_digest or survey.completions.exists():
        raise DomainError("Students have answered this class's survey, so the class cannot be cancelled.")
    survey.delete()


def after_calendar_change(course: Course, now: datetime) -> None:
    """Let the windows of the course's surveys follow its calendar and its plan.

    A fixed survey keeps its due time, and none is moved to a time that is past.
    """
    plan = SurveyPlan.objects.filter(course=course).first()
    if plan is None:
        return
    for survey in course.surveys.filter(closed_at=None).select_related("meeting__course"):
        _follow(survey, plan, now)


def _follow(survey: Survey, plan: SurveyPlan, now: datetime) -> None:
    same = Survey.objects.filter(pk=survey.pk)
    due = due_when_opened(survey.meeting, plan, survey.opened_at)
    if calendar.is_on_time(due, now) and same.unfrozen().update(due_at=due):  # it may be frozen at this moment
        survey.due_at = due
    end = closes_at(survey.meeting, plan, survey.due_at)
    if end > now:
        same.update(closes_at=end)
