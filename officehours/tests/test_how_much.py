"""Pages and sweeps ask as much for a whole day of slots, or many appointments, as for one."""

from datetime import date, time

import pytest
import time_machine

from officehours.domain import bookings
from officehours.domain.bookings import Wish
from officehours.tests.world import make_hours, turn_booking_on
from portal.testing import NOON, Cast, client_of, enroll

pytestmark = pytest.mark.django_db
APRIL_16 = date(2024, 4, 16)


@pytest.mark.parametrize("end", [time(15), time(22, 30)])
@pytest.mark.parametrize("who", ["student", "assistant"])
def test_a_date_asks_as_much_for_96_slots_as_for_6(cast: Cast, who: str, end: time, django_assert_max_num_queries):
    turn_booking_on(cast, slot_minutes=5)
    hours = make_hours(cast, end=end)
    for n in range(3):
        person = enroll(cast.course, f"Booker {n}")
        bookings.book(cast.course, by=person, series=hours.pk, on=APRIL_16, offset=5 * n, wish=Wish(), now=NOON)
    browser = client_of(getattr(cast, who))
    with time_machine.travel(NOON, tick=False), django_assert_max_num_queries(13):
        page = browser.get(f"/c/{cast.course.slug}/office-hours/{hours.pk}/{APRIL_16}/")
    assert page.status_code == 200
