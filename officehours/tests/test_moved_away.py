"""A date that is moved: its queue ends with its day, who waits for a slot waits on, and all are told."""

from datetime import date, datetime, time, timedelta

import pytest

from mail.models import Message
from officehours.domain import queues
from officehours.domain.edits import OwnTerms
from officehours.domain.series import Terms, terms_of
from officehours.models import HoursQueue, HoursSeries, QueueEntry, WaitingListEntry
from officehours.tests.factories import (
    book,
    cancel,
    change_date,
    change_to_come,
    make_hours,
    open_queue,
    restore,
    turn_booking_on,
    wait,
)
from portal.testing import NOON, Cast, enroll

pytestmark = pytest.mark.django_db
APRIL_9, APRIL_11, APRIL_16, APRIL_18 = date(2024, 4, 9), date(2024, 4, 11), date(2024, 4, 16), date(2024, 4, 18)
NINE, TEN = time(9), time(10)


@pytest.fixture
def hours(cast: Cast) -> HoursSeries:
    turn_booking_on(cast)
    return make_hours(cast)


@pytest.fixture
def queue(cast: Cast, hours: HoursSeries) -> HoursQueue:
    """Today's, with one person in it."""
    queue = open_queue(hours, APRIL_9, now=NOON)
    queues.join(queue, by=cast.student, topic="x", team=None, now=NOON)
    return queue


@pytest.fixture
def waits(cast: Cast, hours: HoursSeries) -> WaitingListEntry:
    """One who waits for a slot of April 16."""
    for n in range(4):
        book(hours, enroll(cast.course, f"Full {n}"), 15 * n, APRIL_16, now=NOON)  # fmt: skip
    return wait(hours, cast.student, APRIL_16, now=NOON)


def move(hours: HoursSeries, on: date, day: date, *, start=NINE, end=TEN, place="HALL 2", now: datetime = NOON) -> None:
    terms = OwnTerms(day, start, end, hours.mode, place, hours.url)
    change_date(hours, on, terms, reason="Trip", now=now)


def letters(cast: Cast) -> list[str]:
    theirs = Message.objects.filter(recipient=cast.student.user).order_by("pk")
    return [subject.partition(": ")[2] for subject in theirs.values_list("subject", flat=True)]


def test_a_date_moved_to_another_day_ends_its_queue_and_says_whereto(cast: Cast, hours: HoursSeries, queue: HoursQueue):
    move(hours, APRIL_9, APRIL_11)
    queue.refresh_from_db()
    assert (queue.state, QueueEntry.objects.get().state) == ("closed", "carried")
    assert letters(cast) == ["office hours of Tue Apr 9 are moved"]
    text = Message.objects.get().text
    assert "moved to Thu Apr 11, 9:00 am PDT. Why: Trip" in text and "first in the queue next time" in text


def test_so_does_another_weekday_for_all(cast: Cast, hours: HoursSeries, queue: HoursQueue):
    change_to_come(hours, Terms(**{**vars(terms_of(hours)), "weekday": 3}), now=NOON)
    queue.refresh_from_db()
    assert (queue.state, queue.hours.on) == ("closed", APRIL_11)
    assert letters(cast) == ["office hours of Tue Apr 9 are moved"]


def test_other_hours_of_the_same_day_leave_its_queue(cast: Cast, hours: HoursSeries, queue: HoursQueue):
    move(hours, APRIL_9, APRIL_9, start=time(16), end=time(17))
    queue.refresh_from_db()
    assert queue.state == "open" and letters(cast) == []


def test_who_was_in_the_queue_of_a_moved_date_that_is_cancelled_reads_its_day(cast: Cast, hours: HoursSeries):
    move(hours, APRIL_16, APRIL_9, start=time(16), end=time(17))
    queue = open_queue(hours, APRIL_16, now=NOON)
    queues.join(queue, by=cast.student, topic="x", team=None, now=NOON)
    cancel(hours, APRIL_16, reason="Ill", now=NOON)
    assert letters(cast) == ["no office hours on Tue Apr 9"]


def test_who_waits_for_a_date_that_is_moved_is_told_once_each_time_and_waits_on(
    cast: Cast, hours: HoursSeries, waits: WaitingListEntry
):
    move(hours, APRIL_16, APRIL_18)
    move(hours, APRIL_16, APRIL_18, place="HALL 9", now=NOON + timedelta(minutes=1))
    assert letters(cast) == ["office hours of Tue Apr 16 now Thu Apr 18, 9:00 am PDT"]
    assert "They were Tue Apr 16, 2:30 pm PDT. Why: Trip" in Message.objects.get(recipient=cast.student.user).text
    restore(hours, APRIL_16, now=NOON + timedelta(minutes=2))
    assert letters(cast)[1:] == ["office hours of Thu Apr 18 now Tue Apr 16, 2:30 pm PDT"]
    assert WaitingListEntry.objects.get() == waits
