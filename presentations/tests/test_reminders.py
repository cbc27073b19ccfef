"""Reminders follow the schedule and say what holds for whoever reads them; none is sent that is no longer true."""

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
from presentations.tests import factories

pytestmark = pytest.mark.django_db
GOOD = {"content": "4", "clarity": "5"}


def at(text: str) -> datetime:
    """A time of the course, in Los Angeles' summer."""
    return datetime.fromisoformat(f"{text}-07:00")


def posted(kind: str) -> dict[str, int]:
    keys = Message.objects.filter(kind=kind).values_list("key", flat=True)
    return {key: list(keys).count(key) for key in keys}


def test_ones_own_talk_is_announced_a_week_a_day_and_a_morning_before(cast: Cast):
    talk = factories.talk_of(factories.released(cast)[0])
    for when, n in (("2024-04-03T07:59", 0), ("2024-04-03T08:00", 2), ("2024-04-09T08:00", 4), ("2024-04-10T08:00", 6)):
        reminders.remind_due(at(when))
        reminders.remind_due(at(when))
        own = {key: count for key, count in posted("talk_reminder").items() if key.startswith(f"talk:{talk.pk}:")}
        assert sum(own.values()) == n, when
    assert {key[-1] for key in own} == {"7", "1", "0"}


def test_after_a_move_the_old_reminder_no_longer_holds_and_the_new_day_has_its_own(cast: Cast):
    team1, team2, _ = factories.released(cast)
    reminders.remind_due(at("2024-04-03T09:00"))
    letter = Message.objects.filter(kind="talk_reminder", recipient=factories.member(team1).user).get()
    assert reminders.is_still_true(letter)
    swaps.swap_by_staff(cast.course, 1, 2, by=None, now=factories.BEFORE)
    assert not reminders.is_still_true(letter)
    reminders.remind_due(at("2024-04-09T09:00"))
    keys = Message.objects.filter(kind="talk_reminder", recipient=factories.member(team2).user).values_list(
        "key", flat=True
    )
    assert list(keys) == [f"talk:{factories.talk_of(team2).pk}:2024-04-10T1600:1"]


def test_those_who_owe_hear_that_reviews_are_open_and_due_tomorrow(cast: Cast):
    talk = factories.talk_of(factories.released(cast)[0])
    reminders.remind_due(at("2024-04-10T08:59"))
    assert not posted("review_reminder")
    reminders.remind_due(at("2024-04-10T09:00"))
    owe = cast.course.enrollments.students().count() - 2
    key = f"review:{talk.slots.live().get().meeting_id}"
    assert posted("review_reminder") == {f"{key}:open": owe}
    letter = Message.objects.get(kind="review_reminder", recipient=cast.student.user)
    assert reminders.is_still_true(letter)
    typed = {"content": "4", "clarity": "5"}
    reviews.submit(talk, by=cast.student, typed=typed, now=at("2024-04-10T10:00"))
    assert not reminders.is_still_true(letter)
    reminders.remind_due(at("2024-04-11T08:00"))
    assert posted("review_reminder") == {f"{key}:open": owe, f"{key}:due": owe - 1}


def test_a_swap_that_expires_soon_is_said_once_and_an_answered_one_never(cast: Cast):
    team1, team2, team3 = factories.released(cast)
    swap = factories.ask_swap(team1, team2)
    other = factories.ask_swap(team1, team3)
    asked = Message.objects.get(kind="swap", recipient=factories.member(team3).user)
    swaps.decline(other, by=factories.member(team3), now=factories.BEFORE)
    assert not reminders.is_still_true(asked)
    for _ in range(2):
        reminders.remind_due(swap.expires_at - timedelta(hours=11))
    assert posted("swap")[f"swap:{swap.pk}:expiring"] == 2 and f"swap:{other.pk}:expiring" not in posted("swap")


def letters(kind: str, who: Enrollment) -> list[Message]:
    return list(Message.objects.filter(kind=kind, recipient=who.user).order_by("pk"))


def give_more_time(cast: Cast, until: datetime) -> None:
    first = factories.meeting(cast, factories.DAYS[0])
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
    team = factories.released(cast)[0]
    reminders.remind_due(at(when))
    (letter,) = letters("talk_reminder", factories.member(team))
    assert f"your talk {words}," in letter.subject and f"Your talk is {words}" in letter.html


def test_who_left_the_team_meanwhile_is_not_reminded_of_its_talk(cast: Cast):
    team = factories.released(cast)[0]
    own = factories.member(team)
    reminders.remind_due(at("2024-04-09T12:00"))
    (letter,) = letters("talk_reminder", own)
    assert reminders.is_still_true(letter)
    teams.remove_member(team.members.get(enrollment=own))
    assert not reminders.is_still_true(letter)


def test_another_hour_of_the_same_day_is_reminded_of_anew(cast: Cast):
    team = factories.released(cast)[0]
    reminders.remind_due(at("2024-04-09T12:00"))
    arranging.set_hours(factories.talk_of(team), minutes=20, start=time(10))
    releases.release(cast.course, by=cast.instructor.user, now=at("2024-04-09T13:00"))
    reminders.remind_due(at("2024-04-09T14:00"))
    old, new = letters("talk_reminder", factories.member(team))
    assert not reminders.is_still_true(old) and reminders.is_still_true(new)
    assert "9:00" in old.subject and "10:00" in new.subject


def test_who_has_more_time_is_reminded_of_their_own_due_time(cast: Cast):
    factories.released(cast)
    give_more_time(cast, at("2024-04-14T23:59"))
    reminders.remind_due(at("2024-04-11T09:00"))
    reminders.remind_due(at("2024-04-13T07:59"))
    (opened,) = letters("review_reminder", cast.student)
    assert "open" in opened.subject and "Apr 14" in opened.subject
    assert any("due Fri Apr 12" in letter.subject for letter in letters("review_reminder", cast.other_student))
    for _ in range(2):
        reminders.remind_due(at("2024-04-13T08:00"))
    _, due = letters("review_reminder", cast.student)
    assert "is due" in due.subject and "Apr 14" in due.subject and reminders.is_still_true(due)


def test_more_time_given_after_the_reminder_makes_it_untrue_and_has_one_of_its_own(cast: Cast):
    factories.released(cast)
    reminders.remind_due(at("2024-04-11T09:00"))
    (letter,) = letters("review_reminder", cast.student)
    assert reminders.is_still_true(letter)
    give_more_time(cast, at("2024-04-14T23:59"))
    assert not reminders.is_still_true(letter)
    reminders.remind_due(at("2024-04-13T08:00"))
    assert "Apr 14" in letters("review_reminder", cast.student)[-1].subject


def test_reviews_due_at_the_courses_end_are_reminded_of_however_late_that_is(cast: Cast):
    factories.released(cast)
    ReviewPlan.objects.update(due_time=None, due_days=None)
    Course.objects.filter(pk=cast.course.pk).update(ends_on=at("2024-07-30T00:00").date())
    reminders.remind_due(at("2024-07-29T09:00"))
    assert [letter for letter in letters("review_reminder", cast.student) if "is due" in letter.subject]


def test_a_swap_asked_late_is_one_letter(cast: Cast):
    team1, team2, _ = factories.released(cast, swaps_until_hours=24)
    now = factories.starts_at(team1) - timedelta(hours=30)
    factories.ask_swap(team1, team2, now=now)
    reminders.remind_due(now + timedelta(minutes=1))
    assert len(letters("swap", factories.member(team2))) == 1


def test_what_can_no_longer_be_reviewed_is_neither_owed_nor_offered(cast: Cast):
    team = factories.released(cast)[0]
    talk = factories.talk_of(team)
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
    team = factories.released(cast)[0]
    feedback.release(factories.talk_of(team), now=at("2024-04-13T00:00"), summary="Well told.")
    days = schedule.days(cast.course)
    assert [duties.course_duties(cast.course).owed_by(cast.student, day) for day in days] == [1, 1, 1]
    give_more_time(cast, at("2024-04-14T23:59"))
    assert [duties.course_duties(cast.course).owed_by(cast.student, day) for day in days] == [0, 1, 1]


def test_of_two_talks_the_one_that_is_closed_is_not_offered(cast: Cast):
    team1, team2, _ = factories.released(cast)
    arranging.move(factories.talk_of(team2), factories.meeting(cast, factories.DAYS[0]))
    releases.release(cast.course, by=cast.instructor.user, now=factories.BEFORE)
    feedback.release(factories.talk_of(team1), now=at("2024-04-10T12:00"), summary="Well told.")
    (owed,) = waiting.talks_waiting_for(cast.student, now=at("2024-04-11T09:00")).reviews
    assert owed.left == 1 and [place.talk for place in owed.places] == [factories.talk_of(team2)]


def test_the_letter_lists_what_someone_may_still_review(cast: Cast):
    team1, team2, team3 = factories.released(cast)
    for team in (team2, team3):
        arranging.move(factories.talk_of(team), factories.meeting(cast, factories.DAYS[0]))
    releases.release(cast.course, by=cast.instructor.user, now=factories.BEFORE)
    ReviewRule.objects.update(required_per_day=2, is_exempt_on_own_day=False)
    reviews.submit(factories.talk_of(team1), by=cast.student, typed=GOOD, now=at("2024-04-10T10:25"))
    reminders.remind_due(at("2024-04-11T09:00"))
    for who, listed in ((cast.student, [2, 3]), (factories.member(team2), [1, 3]), (cast.other_student, [1, 2, 3])):
        (letter,) = letters("review_reminder", who)
        assert [n for n in (1, 2, 3) if f"Team {n}: Topic {n}" in letter.text] == listed
        assert [n for n in (1, 2, 3) if f"Team {n}: Topic {n}" in letter.html] == listed


def test_where_no_form_asks_anything_nothing_is_owed(cast: Cast):
    factories.released(cast)
    ReviewPlan.objects.update(criteria=[])
    assert duties.course_duties(cast.course).total == 0
    assert not waiting.talks_waiting_for(cast.student, now=at("2024-04-11T09:00")).reviews
    reminders.remind_due(at("2024-04-11T09:00"))
    assert not letters("review_reminder", cast.student)
