"""Office hours whose host has left the staff, and staff who pass as students."""

from datetime import date

import pytest
import time_machine

from accounts.errors import RuleBroken
from courses.models import Enrollment
from officehours.domain import bookings
from officehours.domain.bookings import Wish
from officehours.models import Appointment
from officehours.tests.world import make_hours, turn_booking_on
from portal.testing import NOON, Cast, client_of

pytestmark = pytest.mark.django_db
APRIL_16 = date(2024, 4, 16)


def test_hours_of_a_host_who_left_are_not_booked_and_staff_are_told(cast: Cast):
    turn_booking_on(cast)
    hours = make_hours(cast)
    home = f"/c/{cast.course.slug}/office-hours/"
    with time_machine.travel(NOON, tick=False):
        assert "no longer on the staff" not in client_of(cast.assistant).get(home).content.decode()
        Enrollment.objects.filter(pk=cast.instructor.pk).update(dropped_at=NOON)
        with pytest.raises(RuleBroken, match="Wren Instructor is no longer on the staff"):
            bookings.book(cast.course, by=cast.student, series=hours.pk, on=APRIL_16, offset=0, wish=Wish(), now=NOON)
        page = client_of(cast.student).get(f"{home}{hours.pk}/{APRIL_16}/").content.decode()
        assert "Book this slot" not in page
        assert "Wren Instructor is no longer on the staff" in client_of(cast.assistant).get(home).content.decode()
        assert "no longer on the staff" not in client_of(cast.student).get(home).content.decode()
    assert not Appointment.objects.exists()
