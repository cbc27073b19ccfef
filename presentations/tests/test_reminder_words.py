"""Reminders say what holds for whoever reads them: the true distance, their own due time, what can still be written."""

from datetime import datetime, time, timedelta

import pytest

from courses.models import Course, Enrollment
from mail.models import Message
from portal.testing import Cast
from presentations.domain import (
    arranging,
    duties,
    feedback,
    releases,
    reminders,
    reviews,
    schedule,
    swaps,
    teams,
    windows,
)
from presentations.models import ReviewPlan, ReviewRule
from presentations.queries import waiting
from presentations.tests import world

pytestmark = pytest.mark.django_db
GOOD = {"content": "4", "clarity": "5"}


def at(text: str) -> datetime:
    """A time of the course, in Los Angeles' summer."""
    return datetime.fromisoformat(f"{text}-07:00")


def letters(kind: str, who: Enrollment) -> list[Message]:
    return list(Message.objects.filter(kind=kind, recipient=who.user).order_by("pk"))


def give_more_time(cast: Cast, until: datetime) -> None:
    first = cast.course.meetings.get(date=world.DAYS[0])
    windows.set_allowance(
        cast.student, first, by=cast.instructor.user, is_waived=False, extended_until=until, reason="was ill"
    )


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ("2024-04-03T08:00", "in a week"),
        ("2024-04-07T09:00", "in 3 days"),
        ("2024-04-09T08:00", "tomorrow"),
        ("2024-04-10T07:00", "today"),
    ],
)
def test_a_talk_is_as_far_away_as_the_letter_says(cast: Cast, when: str, words: str):
    team = world.released(cast)[0]
    reminders.remind_due(at(when))
    (letter,) = letters("talk_reminder", world.member(team))
    assert f"your talk {words}," in letter.subject and f"Your talk is {words}" in letter.html


def test_who_left_the_team_meanwhile_is_not_reminded_of_its_talk(cast: Cast):
    team = world.released(cast)[0]
    own = world.member(team)
    reminders.remind_due(at("2024-04-09T12:00"))
    (letter,) = letters("talk_reminder", own)
    assert reminders.is_still_true(letter)
    teams.remove_member(team.members.get(enrollment=own))
    assert not reminders.is_still_true(letter)


def test_another_hour_of_the_same_day_is_reminded_of_anew(cast: Cast):
    team = world.released(cast)[0]
    reminders.remind_due(at("2024-04-09T12:00"))
    arranging.set_hours(world.talk_of(team), minutes=20, start=time(10))
    releases.release(cast.course, by=cast.instructor.user, now=at("2024-04-09T13:00"))
    reminders.remind_due(at("2024-04-09T14:00"))
    old, new = letters("talk_reminder", world.member(team))
    assert not reminders.is_still_true(old) and reminders.is_still_true(new)
    assert "9:00" in old.subject and "10:00" in new.subject


def test_who_has_more_time_is_reminded_of_their_own_due_time(cast: Cast):
    world.released(cast)
    give_more_time(cast, at("2024-04-14T23:59"))
    reminders.remind_due(at("2024-04-11T09:00"))
    reminders.remind_due(at("2024-04-13T07:59"))
    (opened,) = letters("review_reminder", cast.student)
    assert "open" in opened.subject and "Apr 14" in opened.subject
    assert any("due Fri Apr 12" in one.subject for one in letters("review_reminder", cast.other_student))
    for _ in range(2):
        reminders.remind_due(at("2024-04-13T08:00"))
    _, due = letters("review_reminder", cast.student)
    assert "is due" in due.subject and "Apr 14" in due.subject and reminders.is_still_true(due)


def test_more_time_given_after_the_reminder_makes_it_untrue_and_has_one_of_its_own(cast: Cast):
    world.released(cast)
    reminders.remind_due(at("2024-04-11T09:00"))
    (told,) = letters("review_reminder", cast.student)
    assert reminders.is_still_true(told)
    give_more_time(cast, at("2024-04-14T23:59"))
    assert not reminders.is_still_true(told)
    reminders.remind_due(at("2024-04-13T08:00"))
    assert "Apr 14" in letters("review_reminder", cast.student)[-1].subject


def test_reviews_due_at_the_courses_end_are_reminded_of_however_late_that_is(cast: Cast):
    world.released(cast)
    ReviewPlan.objects.update(due_time=None, due_days=None)
    Course.objects.filter(pk=cast.course.pk).update(ends_on=at("2024-07-30T00:00").date())
    reminders.remind_due(at("2024-07-29T09:00"))
    assert [one for one in letters("review_reminder", cast.student) if "is due" in one.subject]


def test_a_swap_asked_late_is_one_letter(cast: Cast):
    one, two, _ = world.released(cast, swaps_until_hours=24)
    now = world.starts_at(one) - timedelta(hours=30)
    swaps.propose(one, two, by=world.member(one), now=now)
    reminders.remind_due(now + timedelta(minutes=1))
    assert len(letters("swap", world.member(two))) == 1


def test_what_can_no_longer_be_reviewed_is_neither_owed_nor_offered(cast: Cast):
    team = world.released(cast)[0]
    talk = world.talk_of(team)
    reviews.submit(talk, by=cast.other_student, typed=GOOD, now=at("2024-04-10T10:00"))
    feedback.release(talk, now=at("2024-04-10T12:00"), summary="Well told.")
    days = schedule.days(cast.course)
    owed = duties.course_duties(cast.course)
    assert [owed.owed_by(cast.student, day) for day in days] == [0, 1, 1]
    assert [owed.owed_by(cast.other_student, day) for day in days] == [1, 1, 1], "done is done"
    assert not waiting.talks_waiting_for(cast.student, now=at("2024-04-11T09:00")).reviews
    reminders.remind_due(at("2024-04-11T09:00"))
    assert not letters("review_reminder", cast.student)


def test_feedback_given_after_the_time_was_over_forgives_nothing(cast: Cast):
    team = world.released(cast)[0]
    feedback.release(world.talk_of(team), now=at("2024-04-13T00:00"), summary="Well told.")
    days = schedule.days(cast.course)
    assert [duties.course_duties(cast.course).owed_by(cast.student, day) for day in days] == [1, 1, 1]
    give_more_time(cast, at("2024-04-14T23:59"))
    assert [duties.course_duties(cast.course).owed_by(cast.student, day) for day in days] == [0, 1, 1]


def test_of_two_talks_the_one_that_is_closed_is_not_offered(cast: Cast):
    one, two, _ = world.released(cast)
    arranging.move(world.talk_of(two), cast.course.meetings.get(date=world.DAYS[0]))
    releases.release(cast.course, by=cast.instructor.user, now=world.BEFORE)
    feedback.release(world.talk_of(one), now=at("2024-04-10T12:00"), summary="Well told.")
    (owed,) = waiting.talks_waiting_for(cast.student, now=at("2024-04-11T09:00")).reviews
    assert owed.left == 1 and [place.talk for place in owed.places] == [world.talk_of(two)]


def test_the_letter_lists_what_someone_may_still_review(cast: Cast):
    one, two, three = world.released(cast)
    for team in (two, three):
        arranging.move(world.talk_of(team), cast.course.meetings.get(date=world.DAYS[0]))
    releases.release(cast.course, by=cast.instructor.user, now=world.BEFORE)
    ReviewRule.objects.update(required_per_day=2, is_exempt_on_own_day=False)
    reviews.submit(world.talk_of(one), by=cast.student, typed=GOOD, now=at("2024-04-10T10:25"))
    reminders.remind_due(at("2024-04-11T09:00"))
    for who, listed in ((cast.student, [2, 3]), (world.member(two), [1, 3]), (cast.other_student, [1, 2, 3])):
        (letter,) = letters("review_reminder", who)
        assert [n for n in (1, 2, 3) if f"Team {n}: Topic {n}" in letter.text] == listed
        assert [n for n in (1, 2, 3) if f"Team {n}: Topic {n}" in letter.html] == listed


def test_where_no_form_asks_anything_nothing_is_owed(cast: Cast):
    world.released(cast)
    ReviewPlan.objects.update(criteria=[])
    assert duties.course_duties(cast.course).total == 0
    assert not waiting.talks_waiting_for(cast.student, now=at("2024-04-11T09:00")).reviews
    reminders.remind_due(at("2024-04-11T09:00"))
    assert not letters("review_reminder", cast.student)
