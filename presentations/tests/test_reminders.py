"""Reminders follow the schedule: each once, re-derived after a move, none that is no longer true."""

from datetime import datetime, timedelta

import pytest

from mail.models import Message
from portal.testing import Cast
from presentations.domain import reminders, reviews, swaps
from presentations.tests import world

pytestmark = pytest.mark.django_db


def at(text: str) -> datetime:
    """A time of the course, in Los Angeles' summer."""
    return datetime.fromisoformat(f"{text}-07:00")


def posted(kind: str) -> dict[str, int]:
    keys = Message.objects.filter(kind=kind).values_list("key", flat=True)
    return {key: list(keys).count(key) for key in keys}


def test_ones_own_talk_is_announced_a_week_a_day_and_a_morning_before(cast: Cast):
    talk = world.talk_of(world.released(cast)[0])
    for when, n in (("2024-04-03T07:59", 0), ("2024-04-03T08:00", 2), ("2024-04-09T08:00", 4), ("2024-04-10T08:00", 6)):
        reminders.remind_due(at(when))
        reminders.remind_due(at(when))
        own = {key: count for key, count in posted("talk_reminder").items() if key.startswith(f"talk:{talk.pk}:")}
        assert sum(own.values()) == n, when
    assert {key[-1] for key in own} == {"7", "1", "0"}


def test_after_a_move_the_old_reminder_no_longer_holds_and_the_new_day_has_its_own(cast: Cast):
    one, two, _ = world.released(cast)
    reminders.remind_due(at("2024-04-03T09:00"))
    letter = Message.objects.filter(kind="talk_reminder", recipient=world.member(one).user).get()
    assert reminders.is_still_true(letter)
    swaps.swap_by_staff(cast.course, 1, 2, by=None, now=world.BEFORE)
    assert not reminders.is_still_true(letter)
    reminders.remind_due(at("2024-04-09T09:00"))
    keys = Message.objects.filter(kind="talk_reminder", recipient=world.member(two).user).values_list("key", flat=True)
    assert list(keys) == [f"talk:{world.talk_of(two).pk}:2024-04-10T1600:1"]


def test_those_who_owe_hear_that_reviews_are_open_and_due_tomorrow(cast: Cast):
    talk = world.talk_of(world.released(cast)[0])
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
    one, two, three = world.released(cast)
    swap = swaps.propose(one, two, by=world.member(one), now=world.BEFORE)
    other = swaps.propose(one, three, by=world.member(one), now=world.BEFORE)
    asked = Message.objects.get(kind="swap", recipient=world.member(three).user)
    swaps.decline(other, by=world.member(three), now=world.BEFORE)
    assert not reminders.is_still_true(asked)
    for _ in range(2):
        reminders.remind_due(swap.expires_at - timedelta(hours=11))
    assert posted("swap")[f"swap:{swap.pk}:expiring"] == 2 and f"swap:{other.pk}:expiring" not in posted("swap")
