"""A date that is moved: its queue ends with its day, who waits for a slot waits on, and all are told."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine

from mail.models import Message
from officehours.domain import queues, series
from officehours.domain.edits import OwnTerms
from officehours.domain.series import Terms, terms_of
from officehours.models import Appointment, HoursChange, HoursQueue, HoursSeries, QueueEntry, WaitingListEntry
from officehours.tests.factories import (
    book,
    cancel,
    change_date,
    change_to_come,
    make_hours,
    on,
    open_queue,
    restore,
    turn_booking_on,
    wait,
)
from portal.testing import NOON, Cast, client_of, enroll

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


def move(one: HoursSeries, on: date, day: date, *, start=NINE, end=TEN, place="HALL 2", now: datetime = NOON) -> None:
    held = OwnTerms(day, start, end, one.mode, place, one.url)
    change_date(one, on, held, reason="Trip", now=now)


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
    assert (queue.state, queue.on) == ("closed", APRIL_11)
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


def test_who_waited_before_it_was_kept_what_they_know_is_told_too(
    cast: Cast, hours: HoursSeries, waits: WaitingListEntry
):
    WaitingListEntry.objects.update(known_start=None)
    change_to_come(hours, Terms(**{**vars(terms_of(hours)), "place": "HALL 9"}), now=NOON)
    assert letters(cast) == []
    WaitingListEntry.objects.update(known_start=None)
    one = cast.course.hours_series.latest("pk")
    move(one, APRIL_16, APRIL_18)
    assert len(letters(cast)) == 1


def test_what_was_moved_without_a_letter_is_told_by_the_button(cast: Cast, hours: HoursSeries, waits: WaitingListEntry):
    HoursSeries.objects.update(start=NINE, end=TEN)
    series.after_change(cast.course, NOON, quietly=True)
    assert letters(cast) == [] and untold.news(cast.course, now=NOON).mailed.letters == 5
    assert untold.tell(cast.course, now=NOON) == 5 and untold.tell(cast.course, now=NOON) == 0
    assert letters(cast) == ["office hours of Tue Apr 16 now Tue Apr 16, 9:00 am PDT"]


def test_who_waits_for_a_date_that_a_file_moved_earlier_is_told_a_day_before_it(
    cast: Cast, hours: HoursSeries, waits: WaitingListEntry
):
    HoursChange.objects.create(series=hours, date=APRIL_16, new_date=APRIL_11)
    series.after_change(cast.course, NOON, quietly=True)
    starts_at = on(hours, APRIL_16).starts_at
    Appointment.objects.update(known_start=None)
    assert untold.tell_due(starts_at - timedelta(hours=25)) == 0
    assert untold.tell_due(starts_at - timedelta(hours=23)) == 1
    assert untold.tell_due(starts_at - timedelta(hours=22)) == 0
    assert letters(cast) == ["office hours of Tue Apr 16 now Thu Apr 11, 2:30 pm PDT"]


def test_who_waits_for_a_date_that_a_file_moved_later_is_told_a_day_before_it_was(
    cast: Cast, hours: HoursSeries, waits: WaitingListEntry
):
    was = on(hours, APRIL_16).starts_at
    HoursChange.objects.create(series=hours, date=APRIL_16, new_date=APRIL_18)
    series.after_change(cast.course, NOON, quietly=True)
    Appointment.objects.update(known_start=None)
    assert untold.tell_due(was - timedelta(hours=25)) == 0
    assert untold.tell_due(was - timedelta(hours=23)) == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"start": time(16), "end": time(17)}, "Tue Apr 16: now Tue Apr 16, 4:00 pm PDT"),
        ({"is_cancelled": True}, "Tue Apr 16: not held then"),
    ],
)
def test_staff_read_when_a_date_is_held_that_someone_waits_for(
    cast: Cast, hours: HoursSeries, change: dict[str, Any], said: str
):
    known_start = on(hours, APRIL_16).starts_at
    WaitingListEntry.objects.create(hours=on(hours, APRIL_16), student=cast.student, since=NOON)
    HoursChange.objects.create(series=hours, date=APRIL_16, **change)
    series.after_change(cast.course, NOON, quietly=True)
    with time_machine.travel(NOON, tick=False):
        page = client_of(cast.instructor).get(f"/c/{cast.course.slug}/office-hours/").content.decode()
    assert f"Ada Fictive waits for {said}" in page


def test_a_page_asks_once_who_is_in_the_team_of_an_untold_booking(
    cast: Cast, hours: HoursSeries, waits: WaitingListEntry, monkeypatch: pytest.MonkeyPatch
):
    asked: list[int] = []
    monkeypatch.setattr(untold.teams, "people_of", lambda course, held: asked.append(held.pk) or [held.student])
    Appointment.objects.update(team=3, known_start=NOON)
    with time_machine.travel(NOON, tick=False):
        client_of(cast.instructor).get(f"/c/{cast.course.slug}/office-hours/")
    assert len(asked) == len(set(asked)) == 4
