"""A date made shorter or longer, or moved as a whole: who is booked in it stays, is in the way, or moves along."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from accounts.errors import DomainError
from mail.models import Message
from officehours.domain import slots
from officehours.domain.edits import OwnTerms
from officehours.domain.series import Terms, terms_of
from officehours.models import Appointment, HoursSeries
from officehours.tests.factories import (
    book,
    change_date,
    change_from,
    change_to_come,
    make_hours,
    offset,
    on,
    turn_booking_on,
)
from portal.testing import NOON, Cast, enroll

pytestmark = pytest.mark.django_db
APRIL_16, APRIL_18 = date(2024, 4, 16), date(2024, 4, 18)
HALF_PAST_TWO = datetime(2024, 4, 16, 21, 30, tzinfo=UTC)
State = Appointment.State


@pytest.fixture
def hours(cast: Cast) -> HoursSeries:
    turn_booking_on(cast)
    return make_hours(cast)


def hold(hours: HoursSeries, start: time, end: time, day: date = APRIL_16, *, now: datetime = NOON, **rest) -> None:
    change_date(
        hours, APRIL_16, OwnTerms(day, start, end, hours.mode, hours.place, hours.url), reason="", now=now, **rest
    )


def times(*mine: Appointment) -> list[tuple[str, int | None]]:
    for appointment in mine:
        appointment.refresh_from_db()
    return [
        (f"{appointment.times[0].astimezone(appointment.course.zone):%d %H:%M}", offset(appointment))
        for appointment in mine
    ]


def test_a_later_beginning_names_who_is_before_it_and_leaves_the_others_at_their_time(cast: Cast, hours: HoursSeries):
    early, late = book(hours, cast.student), book(hours, cast.other_student, 45)
    Message.objects.all().delete()
    with pytest.raises(DomainError, match=r"Ada Fictive \(Apr 16, 14:30\)\. Nothing was changed") as refused:
        hold(hours, time(15), time(15, 30))
    assert "Timo" not in str(refused.value)
    hold(hours, time(15), time(15, 30), may_displace=True)
    assert times(late) == [("16 15:15", 15)]
    early.refresh_from_db()
    assert early.state == State.CANCELLED
    assert [message.recipient for message in Message.objects.all()] == [cast.student.user]


def test_the_only_one_booked_is_not_moved_into_what_is_left_of_a_date(cast: Cast, hours: HoursSeries):
    mine = book(hours, cast.student)
    with pytest.raises(DomainError, match="Ada Fictive"):
        hold(hours, time(15), time(15, 30))
    assert times(mine) == [("16 14:30", 0)]


@pytest.mark.parametrize("scope", ["this", "from", "to come"])
def test_an_earlier_beginning_leaves_everybody_at_their_time_and_offers_no_slot_that_lies_over_it(
    cast: Cast, hours: HoursSeries, scope: str
):
    mine = [book(hours, enroll(cast.course, f"Full {n}"), 15 * n) for n in range(3)]
    Message.objects.all().delete()
    longer = Terms(**{**vars(terms_of(hours)), "start": time(14, 10)})
    if scope == "this":
        hold(hours, time(14, 10), time(15, 30))
    elif scope == "from":
        change_from(hours, APRIL_16, longer, now=NOON)
    else:
        change_to_come(hours, longer, now=NOON)
    assert times(*mine) == [("16 14:30", 20), ("16 14:45", 35), ("16 15:00", 50)]
    assert not Message.objects.exists()
    weekly = on(HoursSeries.objects.get(pk=mine[0].hours.series_id), APRIL_16)
    assert [slot.starts_at for slot in slots.free(weekly, slots.rules_of(cast.course), NOON)] == [weekly.starts_at]


def test_bookings_that_take_each_others_places_in_a_date_are_numbered_anew_both_ways(cast: Cast, hours: HoursSeries):
    mine = [book(hours, enroll(cast.course, f"Full {n}"), 15 * n) for n in range(4)]
    hold(hours, time(14, 15), time(15, 30))
    assert [offset(appointment) for appointment in Appointment.objects.order_by("pk")] == [15, 30, 45, 60]
    hold(hours, time(14, 30), time(15, 30))
    assert times(*mine) == [("16 14:30", 0), ("16 14:45", 15), ("16 15:00", 30), ("16 15:15", 45)]
    hold(hours, time(14, 45), time(15, 45), may_displace=True)
    assert times(*mine[1:]) == [("16 14:45", 0), ("16 15:00", 15), ("16 15:15", 30)]


@pytest.mark.parametrize(
    ("day", "start", "end"), [(APRIL_16, time(15, 30), time(16, 30)), (APRIL_18, time(14, 30), time(15, 30))]
)
def test_a_date_moved_as_a_whole_takes_its_bookings_along(cast: Cast, hours: HoursSeries, day, start, end):
    mine = book(hours, cast.student, 15)
    hold(hours, start, end, day)
    assert times(mine) == [(f"{day.day} {start.hour}:45", 15)]


def test_who_does_not_fit_in_a_date_that_was_moved_and_shortened_is_named(cast: Cast, hours: HoursSeries):
    book(hours, cast.student)
    book(hours, cast.other_student, 45)
    with pytest.raises(DomainError, match=r"taken: Timo Placeholder \(Apr 16, 15:15\)\. Nothing"):
        hold(hours, time(9), time(9, 30), APRIL_18)


def test_an_appointment_that_has_begun_stays_when_its_date_is_moved_and_leaves_its_slot(cast: Cast, hours: HoursSeries):
    mine, next_one = book(hours, cast.student), book(hours, cast.other_student, 15)
    Message.objects.all().delete()
    hold(hours, time(14, 30), time(15, 30), APRIL_18, now=HALF_PAST_TWO + timedelta(minutes=5))
    assert times(mine, next_one) == [("16 14:30", None), ("18 14:45", 15)]
    assert [message.recipient for message in Message.objects.all()] == [cast.other_student.user]
    assert list(slots.holding_over(on(hours, APRIL_16))) == [next_one]
    again = book(hours, cast.student, 0, now=HALF_PAST_TWO + timedelta(minutes=20))
    assert times(again) == [("18 14:30", 0)]


def test_an_appointment_that_is_over_holds_no_slot_of_the_day_to_which_its_date_was_moved(
    cast: Cast, hours: HoursSeries
):
    mine = book(hours, cast.student)
    hold(hours, time(14, 30), time(15, 30), APRIL_18, now=HALF_PAST_TWO + timedelta(minutes=20))
    assert times(mine) == [("16 14:30", None)]
