"""An appointment that had begun when its date was moved away holds nothing of the new day."""

from datetime import date, datetime, time, timedelta

import pytest

from officehours.domain import days_off, slots, teams
from officehours.domain.appointments import Wish
from officehours.domain.edits import OwnTerms
from officehours.models import Appointment, HoursSeries
from officehours.tests import team_3
from officehours.tests.factories import book_slot, change_date, make_hours, offset, on, turn_booking_on, wait
from portal.testing import NOON, Cast, enroll

pytestmark = pytest.mark.django_db
TODAY, MONDAY = date(2024, 4, 9), date(2024, 4, 15)


@pytest.fixture
def hours(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> HoursSeries:
    monkeypatch.setattr(teams.registry, "answers", (team_3,))
    turn_booking_on(cast)
    return make_hours(cast)


@pytest.fixture
def during(cast: Cast, hours: HoursSeries) -> datetime:
    """While the student's team is there; just then the date was moved to Monday, on which there is a class."""
    began = book_here(hours, cast, cast.student, team=3, now=NOON)
    now = began.times[0] + timedelta(minutes=5)
    terms = OwnTerms(MONDAY, time(11), time(12), hours.mode, hours.place, "")
    change_date(hours, TODAY, terms, reason="Trip", now=now)
    return now


def book_here(
    hours: HoursSeries, cast: Cast, by, minutes: int = 0, team: int | None = None, *, now: datetime
) -> Appointment:
    wish = Wish(team=team)
    return book_slot(cast.course, by=by, series=hours.pk, on=TODAY, offset=minutes, wish=wish, now=now)


def test_who_was_there_sees_the_new_day_as_anybody(cast: Cast, hours: HoursSeries, during: datetime):
    opening = slots.openings([on(hours, TODAY)], cast.student, during)[on(hours, TODAY).pk]
    assert (opening.free, opening.is_mine) == (4, False)


def test_their_team_books_the_new_day(cast: Cast, hours: HoursSeries, during: datetime):
    assert offset(book_here(hours, cast, cast.other_student, team=3, now=during)) == 0


def test_who_was_there_waits_for_the_new_day(cast: Cast, hours: HoursSeries, during: datetime):
    for n in range(4):
        book_here(hours, cast, enroll(cast.course, f"Full {n}"), 15 * n, now=during)
    entry = wait(hours, cast.student, TODAY, now=during)
    assert entry.student == cast.student


def test_nobody_is_mailed_when_the_new_day_becomes_one_without_class(cast: Cast, hours: HoursSeries, during: datetime):
    meeting = cast.course.meetings.get(date=MONDAY)
    assert "mailed" not in days_off.consequence_of_cancelling(meeting, during)
