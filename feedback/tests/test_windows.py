"""From when until when a survey is open; the demo's autumn is the oracle."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from accounts.errors import DomainError
from courses.domain import calendar
from courses.models import ClassMeeting
from feedback.domain import separation, surveys, windows
from feedback.models import Survey, SurveyPlan
from feedback.tests import world
from portal.testing import NOON, Cast

pytestmark = pytest.mark.django_db


def local(course, day: str, wall: str) -> datetime:
    return calendar.instant(course, date.fromisoformat(day), time.fromisoformat(wall))


@pytest.mark.parametrize(
    ("day", "due"),
    [
        ("2023-11-02", "2023-11-06"),  # across the end of summer time: still 20:59
        ("2023-11-16", "2023-11-20"),
        ("2023-11-21", "2023-11-27"),  # over Thanksgiving
        ("2023-12-07", "2023-12-08"),  # the last class: as many days after it
    ],
)
def test_survey_is_due_the_evening_before_the_next_class(day, due):
    course = world.oracle()
    meeting = course.meetings.get(date=day)

    assert windows.due_at(meeting, course.survey_plan) == local(course, due, "20:59")


def test_due_time_before_the_class_ends_moves_to_a_day_after_it(cast: Cast):
    plan = world.make_plan(cast.course, due_days=2, due_time=time(10, 29))
    monday = cast.course.meetings.get(date="2024-04-08")

    assert windows.due_at(monday, plan) == monday.ends_at + timedelta(hours=24)
    plan.due_time = time(10, 30)
    assert windows.due_at(monday, plan) == monday.ends_at  # as the class ends is not before


def test_survey_closes_with_the_course_or_the_next_class_and_never_before_it_is_due(cast: Cast):
    plan = world.make_plan(cast.course)
    monday = cast.course.meetings.get(date="2024-04-08")
    course_end = datetime(2024, 6, 15, 7, tzinfo=UTC)

    assert windows.closes_at(monday, plan, monday.ends_at) == course_end
    plan.closes = SurveyPlan.Closes.NEXT_MEETING
    assert windows.closes_at(monday, plan, monday.ends_at) == local(cast.course, "2024-04-10", "09:00")
    assert windows.closes_at(cast.course.meetings.get(date="2024-06-05"), plan, monday.ends_at) == course_end
    assert windows.closes_at(monday, plan, course_end) == course_end + timedelta(minutes=1)


def test_reminder_waits_an_hour_after_opening(cast: Cast):
    plan = world.make_plan(cast.course, reminder_time=time(10))
    survey = world.opened(cast.course)  # Monday's, due on Tuesday

    assert windows.reminder_at(survey, plan) == local(cast.course, "2024-04-09", "10:00")
    plan.reminder_days = 1
    assert windows.reminder_at(survey, plan) == survey.opened_at + timedelta(hours=1)


def test_cancelling_the_next_class_moves_the_due_time_and_restoring_it_moves_it_back(cast: Cast):
    world.make_plan(cast.course)
    survey = world.opened(cast.course)
    wednesday = cast.course.meetings.get(date="2024-04-10")

    calendar.cancel_meeting(wednesday, reason="Snow", now=NOON)
    assert Survey.objects.get(pk=survey.pk).due_at == local(cast.course, "2024-04-14", "20:59")

    calendar.restore_meeting(wednesday, now=NOON)
    assert Survey.objects.get(pk=survey.pk).due_at == local(cast.course, "2024-04-09", "20:59")


def test_no_survey_is_moved_to_a_time_that_is_past(cast: Cast):
    world.make_plan(cast.course)
    survey = world.opened(cast.course)
    wednesday = cast.course.meetings.get(date="2024-04-10")
    calendar.cancel_meeting(wednesday, reason="Snow", now=NOON)

    calendar.restore_meeting(wednesday, now=NOON + timedelta(hours=12))  # midnight: the old due time was 20:59

    assert Survey.objects.get(pk=survey.pk).due_at == local(cast.course, "2024-04-14", "20:59")


def test_fixed_survey_keeps_its_due_time(cast: Cast):
    world.make_plan(cast.course)
    survey = world.opened(cast.course)
    separation.freeze(survey, now=NOON)

    calendar.cancel_meeting(cast.course.meetings.get(date="2024-04-10"), reason="Snow", now=NOON)

    assert Survey.objects.get(pk=survey.pk).due_at == local(cast.course, "2024-04-09", "20:59")


def begun(cast: Cast) -> tuple[ClassMeeting, Survey]:
    """A class that runs, with its survey opened by hand."""
    world.make_plan(cast.course)
    meeting = cast.course.meetings.get(date="2024-04-08")
    return meeting, surveys.open_survey(meeting, now=meeting.starts_at)


def test_cancelled_class_loses_its_unanswered_survey(cast: Cast):
    meeting, survey = begun(cast)

    calendar.cancel_meeting(meeting, reason="Fire drill", now=meeting.starts_at)

    assert not Survey.objects.filter(pk=survey.pk).exists()


@pytest.mark.parametrize("how", ["answered", "frozen"])
def test_class_with_an_answered_or_fixed_survey_cannot_be_cancelled(cast: Cast, how):
    meeting, survey = begun(cast)
    if how == "answered":
        surveys.submit_response(survey, by=cast.student, answers=world.FINE, now=meeting.starts_at)
    else:
        separation.freeze(survey, now=meeting.starts_at)

    with pytest.raises(DomainError, match="so the class cannot be cancelled"):
        calendar.cancel_meeting(meeting, reason="Fire drill", now=meeting.starts_at)

    meeting.refresh_from_db()
    assert not meeting.is_cancelled and Survey.objects.filter(pk=survey.pk).exists()


def test_course_without_surveys_changes_its_calendar_freely(cast: Cast):
    calendar.cancel_meeting(cast.course.meetings.get(date="2024-04-10"), reason="Snow", now=NOON)

    assert not Survey.objects.exists()
