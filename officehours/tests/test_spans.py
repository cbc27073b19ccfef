"""What becomes of the rows of a series: a shorter or longer span, days without class, dates changed alone, a zone."""

from datetime import date, time, timedelta

import pytest

from accounts.models import User
from courses.models import Course
from officehours.domain import calendar_feeds, days_off, plans
from officehours.domain.edits import Scope
from officehours.domain.series import terms_of
from officehours.models import Appointment, HoursSeries, OfficeHours
from officehours.tests.factories import (
    APRIL_16,
    book,
    cancel,
    change,
    day_off,
    make_hours,
    on,
    restore,
    rows,
    turn_booking_on,
)  # fmt: skip
from portal.testing import NOON, Cast, enroll

pytestmark = pytest.mark.django_db
APRIL_23, APRIL_30, MAY_28, JUNE_4 = date(2024, 4, 23), date(2024, 4, 30), date(2024, 5, 28), date(2024, 6, 4)
State = OfficeHours.State


@pytest.fixture
def hours(cast: Cast) -> HoursSeries:
    turn_booking_on(cast)
    return make_hours(cast)


def span(hours: HoursSeries, last_on: date, **what) -> None:
    hours.refresh_from_db()
    known = {"terms": terms_of(hours), "host": hours.host, "first_on": hours.first_on, "now": NOON}
    plans.change_series(hours, last_on=last_on, **known, **what)


def test_a_shorter_series_cancels_its_last_rows_and_a_longer_one_revives_them(cast: Cast, hours: HoursSeries):
    uids = {row.on: row.uid for row in rows(cast.course)}
    cancel(hours, MAY_28, reason="Ill")
    span(hours, date(2024, 5, 14))
    assert [(row.on, row.state) for row in rows(cast.course)][-3:] == [
        (date(2024, 5, 21), State.OUTSIDE), (MAY_28, State.CANCELLED), (JUNE_4, State.OUTSIDE),
    ]  # fmt: skip
    span(hours, date(2024, 6, 11))
    assert [(row.on, row.state) for row in rows(cast.course)][-4:] == [
        (date(2024, 5, 21), State.SCHEDULED), (MAY_28, State.CANCELLED), (JUNE_4, State.SCHEDULED),
        (date(2024, 6, 11), State.SCHEDULED),
    ]  # fmt: skip
    assert uids.items() <= {row.on: row.uid for row in rows(cast.course)}.items()


def test_who_is_booked_beyond_the_end_of_a_shorter_series_is_cancelled(cast: Cast, hours: HoursSeries):
    mine = book(hours, cast.student, 0, JUNE_4)
    span(hours, MAY_28)
    mine.refresh_from_db()
    assert mine.state == "cancelled"


def test_taking_a_day_off_back_revives_what_it_cancelled_and_nothing_else(cast: Cast, hours: HoursSeries):
    other = make_hours(cast, start=time(9), end=time(10))
    cancel(other, reason="Ill")
    day_off(cast.course, APRIL_16, "Storm")
    assert [(row.state, row.reason) for row in (on(hours), on(other))] == [
        (State.DAY_OFF, "Storm"), (State.CANCELLED, "Ill")
    ]  # fmt: skip
    cast.course.no_class_days.all().delete()
    days_off.after_calendar_change(cast.course, NOON)
    assert [(row.state, row.reason) for row in (on(hours), on(other))] == [
        (State.SCHEDULED, ""), (State.CANCELLED, "Ill")
    ]  # fmt: skip


def test_what_is_kept_on_a_day_off_stays_when_the_calendar_changes_again(cast: Cast, hours: HoursSeries):
    day_off(cast.course, APRIL_16)
    restore(hours)
    days_off.after_calendar_change(cast.course, NOON)
    assert on(hours).state == State.SCHEDULED and on(hours).is_kept_on_day_off


def test_a_date_changed_alone_stays_unless_the_person_says_otherwise(cast: Cast, hours: HoursSeries):
    change(hours, APRIL_23, place="HALL 5")
    change(hours, APRIL_16, Scope.FROM, place="HALL 9")
    assert [on(hours, day).place for day in (APRIL_16, APRIL_23, APRIL_30)] == ["HALL 9", "HALL 5", "HALL 9"]
    change(hours, APRIL_16, Scope.FROM, place="HALL 1", takes_changed=True)
    assert [on(hours, day).place for day in (APRIL_16, APRIL_23, APRIL_30)] == ["HALL 1"] * 3
    assert not on(hours, APRIL_23).is_changed


def test_another_weekday_moves_rows_to_come_within_their_week(cast: Cast, hours: HoursSeries):
    uids = [row.uid for row in rows(cast.course)]
    change(hours, APRIL_16, Scope.FROM, date=date(2024, 4, 15))
    found = rows(cast.course)
    assert [f"{row.on:%a %d}" for row in found[:4]] == ["Tue 02", "Tue 09", "Mon 15", "Mon 22"]
    assert [row.uid for row in found] == uids


@pytest.mark.parametrize("zone", ["America/Denver", "America/Anchorage"])  # an hour earlier, an hour later
def test_neighbouring_bookings_move_with_the_zone_each_in_its_turn(cast: Cast, hours: HoursSeries, zone: str):
    change(hours, end=time(16, 30))
    mine = [book(hours, enroll(cast.course, f"Full {n}"), 15 * n) for n in range(8)]
    before = [appointment.starts_at for appointment in mine]
    Course.objects.update(timezone=zone)
    cast.course.refresh_from_db()
    days_off.after_calendar_change(cast.course, NOON)
    after = [appointment.starts_at for appointment in Appointment.objects.holding().order_by("pk")]
    by = timedelta(hours=-1 if zone == "America/Denver" else 1)
    assert after == [start + by for start in before]
    assert on(hours).start == time(14, 30)


@pytest.mark.parametrize("what", ["name of the host", "code of the course", "title of the series"])
def test_a_change_from_outside_raises_the_sequence(cast: Cast, hours: HoursSeries, what: str):
    mine = book(hours, cast.student)
    calendar_feeds.hours(cast.course, now=NOON, is_public=False)
    if what == "name of the host":
        User.objects.filter(pk=cast.instructor.user_id).update(name="Wren Newname")
    elif what == "code of the course":
        Course.objects.update(code="CS 102")
    else:
        HoursSeries.objects.update(title="Clinic")
    cast.course.refresh_from_db()
    later = NOON + timedelta(minutes=1)
    events = calendar_feeds.hours(cast.course, now=later, is_public=False)
    assert {(event.sequence, event.changed_at) for event in events} == {(1, later)}
    cast.student.refresh_from_db()
    (event,) = calendar_feeds.appointments(cast.student, now=later)
    mine.refresh_from_db()
    assert event.sequence == mine.sequence == (0 if what == "title of the series" else 1)
    calendar_feeds.hours(cast.course, now=later + timedelta(hours=1), is_public=False)
    assert set(cast.course.office_hours.values_list("sequence", flat=True)) == {1}
