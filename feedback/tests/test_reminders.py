"""One reminder, to those who have not answered, on the day the survey is due, and never after."""

from datetime import timedelta

import pytest

from accounts.domain.clock import clock
from courses.domain.calendar import MINUTE
from feedback import tasks
from feedback.domain import reminders, separation, surveys
from feedback.tests import world
from mail.models import Message
from portal.testing import Cast

pytestmark = pytest.mark.django_db
NINE = "2023-11-27T09:00-08:00"


def test_demo_reminds_the_17_who_have_not_answered_once():
    course = world.oracle()
    world.import_demo(course, "2023-11-21")
    survey = world.survey_of(course, "2023-11-21")

    assert tasks.remind("2023-11-27T08:59:59-08:00") == {"reminders_posted": 0}
    assert tasks.remind(NINE) == {"reminders_posted": 17}
    assert tasks.remind(NINE) == {"reminders_posted": 0}

    answered = set(survey.completions.values_list("enrollment__user", flat=True))
    letters = Message.objects.filter(kind="survey_reminder")
    assert not answered & set(letters.values_list("recipient", flat=True))
    assert {letter.expires_at for letter in letters} == {survey.due_at + MINUTE}
    letter = letters[0]
    assert letter.subject == "TCSS 462/562: survey of 11/21, due Mon Nov 27, 8:59 pm PST"
    for words in (letter.text, letter.html):
        assert "/c/tcss562-f23/classes/2023-11-21/survey" in words and "Mon Nov 27, 8:59 pm PST" in words


def test_no_reminder_after_the_due_minute_nor_of_a_fixed_survey(cast: Cast):
    world.make_plan(cast.course)
    survey = world.opened(cast.course)

    assert reminders.remind_due(survey.due_at + MINUTE) == 0
    separation.freeze(survey, now=survey.opened_at)
    assert reminders.remind_due(survey.due_at) == 0
    assert not Message.objects.exists()


def test_missed_hour_is_made_up_until_the_due_minute_is_over(cast: Cast):
    world.make_plan(cast.course)
    survey = world.opened(cast.course)

    assert reminders.remind_due(survey.due_at + MINUTE - timedelta(seconds=1)) == 2  # two students in the cast


def test_dropped_students_and_staff_get_no_reminder(cast: Cast):
    world.make_plan(cast.course)
    survey = world.opened(cast.course)
    cast.other_student.dropped_at = survey.opened_at
    cast.other_student.save()

    assert reminders.remind_due(survey.due_at) == 1
    assert Message.objects.get().recipient == cast.student.user


def test_reminder_is_no_longer_owed_once_answered_or_fixed(cast: Cast):
    world.make_plan(cast.course)
    survey = world.opened(cast.course)
    reminders.remind_due(survey.due_at)
    mine, other = (Message.objects.get(recipient=person.user) for person in (cast.student, cast.other_student))
    assert reminders.is_still_owed(mine)

    surveys.submit_response(survey, by=cast.student, answers=world.FINE, now=survey.due_at)
    assert not reminders.is_still_owed(mine) and reminders.is_still_owed(other)

    separation.freeze(survey, now=survey.due_at)
    assert not reminders.is_still_owed(other)


def test_letters_of_other_kinds_are_not_judged_here():
    assert reminders.is_still_owed(Message(kind="announcement", key="announcement:7"))


def test_sweep_freezes_the_demo_once_after_its_due_minute():
    course = world.oracle()
    world.import_demo(course, "2023-11-21")

    assert tasks.freeze_surveys("2023-11-27T20:59:59-08:00") == {"surveys_frozen": 0}
    assert tasks.freeze_surveys("2023-11-27T21:01-08:00") == {"surveys_frozen": 1}
    assert tasks.freeze_surveys("2023-11-27T21:01-08:00") == {"surveys_frozen": 0}

    survey = world.survey_of(course, "2023-11-21")
    assert survey.figures["n"] == 52 and survey.frozen_at == clock("2023-11-27T21:01-08:00")


def test_sweeps_open_closes_and_counts_late_batches(cast: Cast):
    world.make_plan(cast.course)
    ends = cast.course.meetings.get(date="2024-04-08").ends_at

    assert tasks.open_surveys(ends.isoformat()) == {"surveys_opened": 1}
    assert tasks.close_surveys("2024-06-15T00:00-07:00") == {"surveys_closed": 1, "late_batches_counted": 0}
    assert tasks.compact_surveys(ends.isoformat()) == {"surveys_compacted": 0}  # not inside a transaction
