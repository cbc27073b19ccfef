"""What is changed on one date, and taken back: nothing of it is lost, and it is seen why."""

from datetime import date, time, timedelta

import pytest
import time_machine

from accounts.errors import DomainError
from officehours.domain.edits import OwnTerms
from officehours.models import HoursSeries
from officehours.models.hours import Standing as State
from officehours.tests.factories import cancel, change_date, day_off, make_hours, on, restore
from portal.testing import NOON, Cast, client_of

pytestmark = pytest.mark.django_db
APRIL_16, APRIL_18 = date(2024, 4, 16), date(2024, 4, 18)
HOME = "/c/cs101-s24/office-hours/"
WEDNESDAY = NOON + timedelta(days=8)


@pytest.fixture
def hours(cast: Cast) -> HoursSeries:
    return make_hours(cast, url="https://zoom.example.edu/j/1", mode="both")


def change(hours: HoursSeries, *, reason: str = "", now=NOON, **fields) -> None:
    known = {name: getattr(hours, name) for name in ("start", "end", "mode", "place", "url")}
    change_date(hours, APRIL_16, OwnTerms(**{"date": APRIL_16, **known, **fields}), reason=reason, now=now)


def test_a_cancelled_date_is_held_after_all_where_it_had_been_moved(cast: Cast, hours: HoursSeries):
    change(hours, reason="Trip", date=APRIL_18, start=time(9), end=time(10), place="HALL 9")
    cancel(hours, APRIL_16, reason="Ill", now=NOON)
    with time_machine.travel(WEDNESDAY, tick=False):
        page = client_of(cast.instructor).post(f"{HOME}{on(hours, APRIL_16).pk}/restore", follow=True).content.decode()
    assert "The office hours of April 18 2024 are held after all." in page
    row = on(hours, APRIL_16)
    assert (row.standing(NOON), row.date, row.start, row.place, row.reason) == (
        State.MOVED, APRIL_18, time(9), "HALL 9", ""
    )  # fmt: skip


def test_what_would_be_past_is_not_held_after_all(cast: Cast, hours: HoursSeries):
    change(hours, date=APRIL_18)
    with pytest.raises(DomainError, match="of April 16 2024 are over"):
        restore(hours, APRIL_16, now=WEDNESDAY)
    assert on(hours, APRIL_16).date == APRIL_18
    cancel(hours, APRIL_16, reason="Ill", now=WEDNESDAY)
    with pytest.raises(DomainError, match="of April 18 2024 are over"):
        restore(hours, APRIL_16, now=WEDNESDAY + timedelta(days=2))


def test_what_was_held_on_another_day_is_not_held_again_on_the_day_of_the_rule(cast: Cast, hours: HoursSeries):
    change(hours, date=date(2024, 4, 10))
    with pytest.raises(DomainError, match="of April 10 2024 are over"):
        restore(hours, APRIL_16, now=NOON + timedelta(days=3))


def test_a_date_cancelled_by_hand_on_a_day_that_became_one_without_class_is_held_after_all(
    cast: Cast, hours: HoursSeries
):
    cancel(hours, APRIL_16, reason="Ill", now=NOON)
    day_off(cast.course, APRIL_16, "Holiday")
    restore(hours, APRIL_16, now=NOON)
    assert on(hours, APRIL_16).standing(NOON) == State.OPEN


@pytest.mark.parametrize("name", ["place", "url"])
def test_a_place_or_link_that_is_cleared_on_one_date_stays_cleared(cast: Cast, hours: HoursSeries, name: str):
    change(hours, **{name: ""})
    assert getattr(on(hours, APRIL_16), name) == ""
    change(hours)
    assert (
        getattr(on(hours, APRIL_16), name) == getattr(hours, name) and not hours.dates.filter(is_changed=True).exists()
    )


def test_why_a_date_has_another_link_is_seen(cast: Cast, hours: HoursSeries):
    change(hours, url="https://zoom.example.edu/j/2", reason="The old room is full")
    with time_machine.travel(NOON, tick=False):
        pages = [client_of(cast.student).get(HOME + page) for page in ("", f"{on(hours, APRIL_16).pk}/")]
    assert [page.content.decode().count("The old room is full") for page in pages] == [1, 1]


def test_why_a_date_is_cancelled_is_said_once(cast: Cast, hours: HoursSeries):
    cancel(hours, APRIL_16, reason="A broken leg", now=NOON)
    with time_machine.travel(NOON, tick=False):
        pages = [client_of(cast.student).get(HOME + page) for page in ("", f"{on(hours, APRIL_16).pk}/")]
    assert [page.content.decode().count("A broken leg") for page in pages] == [1, 1]
