"""Letters about what is close go at once, also to those who get one daily letter, and not when they say nothing new."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from courses.domain import ical
from mail.domain import delivery, preferences
from mail.models import Message
from officehours.domain import appointment_requests, appointments, letters, queues
from officehours.domain.appointments import Wish
from officehours.domain.edits import OwnTerms
from officehours.models import Appointment, HoursSeries, WaitingListEntry
from officehours.tests.factories import (
    book,
    cancel,
    change_date,
    make_hours,
    on,
    open_queue,
    turn_booking_on,
    wait,
)
from portal.testing import NOON, Cast, client_of, enroll

pytestmark = pytest.mark.django_db
APRIL_16 = date(2024, 4, 16)
SAME_DAY = datetime(2024, 4, 16, 19, tzinfo=UTC)  # noon of the day; the appointment is at 2:30 pm
State = Message.State


@pytest.fixture(params=["digest", "off"])
def hours(cast: Cast, request: pytest.FixtureRequest) -> HoursSeries:
    """Office hours in which nobody wants letters of appointments at once."""
    for person in (cast.student, cast.instructor):
        preferences.choose(person.user, {"appointment": request.param})
    turn_booking_on(cast)
    return make_hours(cast)


def book_early(hours: HoursSeries, cast: Cast) -> Appointment:
    return book(hours, cast.student, now=NOON - timedelta(days=1))


def last(person) -> Message:
    return Message.objects.filter(recipient=person.user).latest("pk")


@pytest.mark.parametrize(("now", "state"), [(SAME_DAY, State.QUEUED), (NOON, State.DIGEST)])
def test_a_cancellation_close_by_does_not_wait_for_the_daily_letter(
    cast: Cast, hours: HoursSeries, now: datetime, state: str
):
    mine = book_early(hours, cast)
    appointments.cancel(mine, reason="Ill", now=now)
    letter = last(cast.student)
    assert (letter.state, letter.send_after, "METHOD:CANCEL" in letter.calendar) == (
        state, None, state == State.QUEUED,
    )  # fmt: skip


def test_what_moves_to_a_time_close_by_goes_at_once(cast: Cast, hours: HoursSeries):
    mine = book_early(hours, cast)
    terms = OwnTerms(NOON.date() + timedelta(days=2), hours.start, hours.end, hours.mode, hours.place, "")
    change_date(hours, APRIL_16, terms, reason="", now=NOON + timedelta(hours=4))
    mine.refresh_from_db()
    assert (last(cast.student).state, "METHOD:REQUEST" in last(cast.student).calendar) == (State.QUEUED, True)


@pytest.mark.parametrize(
    ("start", "is_close"),
    [
        (SAME_DAY, False),
        (SAME_DAY - timedelta(days=9), False),
        (SAME_DAY + timedelta(minutes=1), True),
        (SAME_DAY + timedelta(days=2), True),
        (SAME_DAY + timedelta(days=2, minutes=1), False),
    ],
)
def test_close_is_what_begins_within_two_days_and_nothing_past(start: datetime, is_close: bool):
    assert ical.is_close(start, SAME_DAY) == is_close


def test_what_is_on_is_close_until_it_ends(cast: Cast, hours: HoursSeries):
    mine = book_early(hours, cast)
    WaitingListEntry.objects.create(hours=on(hours, APRIL_16), student=cast.student, since=NOON)
    during = mine.times[0] + timedelta(minutes=5)
    assert [letters.is_close(mine, now) for now in (during, mine.times[1])] == [True, False]
    cancel(hours, APRIL_16, reason="Ill", now=during)
    theirs = Message.objects.filter(recipient=cast.student.user)
    letter = {letter.subject.partition(": ")[2]: letter.state for letter in theirs.order_by("-pk")[:2]}
    assert letter == {
        "appointment of Tue Apr 16 is cancelled": State.QUEUED,
        "no office hours on Tue Apr 16": State.QUEUED,
    }


def test_the_host_hears_at_once_of_what_is_close(cast: Cast, hours: HoursSeries):
    mine = book_early(hours, cast)
    appointments.give_up(mine, by=cast.student, now=SAME_DAY)
    assert last(cast.instructor).state == State.QUEUED


@pytest.mark.parametrize(("days", "state"), [(1, State.QUEUED), (5, State.DIGEST)])
def test_a_request_for_tomorrow_and_its_answer_go_at_once(cast: Cast, hours: HoursSeries, days: int, state: str):
    time = NOON + timedelta(days=days)
    asked = appointment_requests.ask(
        cast.course, by=cast.student, host=cast.instructor, times=[time], wish=Wish(), now=NOON
    )
    assert last(cast.instructor).state == state
    appointment_requests.counter(asked, by=cast.instructor, times=[time + timedelta(hours=1)], now=NOON)
    assert (last(cast.student).state, last(cast.student).calendar) == (state, "")


def _who_waits(cast: Cast, hours: HoursSeries) -> None:
    for n in range(4):
        who = enroll(cast.course, f"Full {n}")
        book(hours, who, 15 * n, APRIL_16, now=NOON)
    wait(hours, cast.student, APRIL_16, now=NOON)


def _who_queues(cast: Cast, hours: HoursSeries) -> None:
    queue = open_queue(hours, APRIL_16, now=SAME_DAY)
    queues.join(queue, by=cast.student, topic="", team=None, now=SAME_DAY)


@pytest.mark.parametrize("comes", [_who_waits, _who_queues])
def test_who_waits_for_a_date_hears_at_once_that_it_is_not_held(
    cast: Cast, hours: HoursSeries, comes: Callable[[Cast, HoursSeries], None]
):
    comes(cast, hours)
    cancel(hours, APRIL_16, reason="Ill", now=SAME_DAY)
    letter = last(cast.student)
    assert (letter.subject.partition(": ")[2], letter.state) == ("no office hours on Tue Apr 16", State.QUEUED)


def test_the_preferences_say_what_comes_at_once_whatever_one_chooses(cast: Cast):
    page = client_of(cast.student).get("/mail/preferences").content.decode()
    assert page.count("the next two days comes at once, whatever you choose") == 2


@pytest.mark.parametrize("does", ["left", "called", "away", None])
def test_your_turn_is_near_is_sent_only_to_someone_who_still_waits(cast: Cast, does: str | None):
    queue = open_queue(make_hours(cast), NOON.date(), now=NOON)
    first = queues.join(queue, by=enroll(cast.course, "Fay First"), topic="", team=None, now=NOON)
    mine = queues.join(queue, by=cast.student, topic="", team=None, now=NOON)
    queues.move(first, "called", now=NOON)
    letter = last(cast.student)
    assert letter.kind == "queue_near"
    if does:
        queues.move(mine, does, now=NOON)
    assert delivery.is_still_right(letter) == (does is None)
