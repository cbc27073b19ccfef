"""One person in two courses: their time is theirs in both."""

from datetime import date
from typing import Any

import pytest

from courses.models import Role
from officehours.domain import series
from officehours.domain.appointments import Wish
from officehours.domain.series import terms_of
from officehours.models import Appointment, BookingRules
from officehours.tests.factories import book_slot, make_hours, turn_booking_on
from officehours.tests.test_races import at_once, rounds
from portal.testing import NOON, enroll, make_cast, make_course

pytestmark = pytest.mark.django_db(transaction=True)
APRIL_16 = date(2024, 4, 16)


@rounds
def test_who_books_the_same_time_in_two_courses_at_once_is_at_one_place(transactional_db: None, round_: int):
    cast, other = make_cast(), make_course("cs102-s24")
    turn_booking_on(cast)
    BookingRules.objects.create(course=other, is_on=True)
    here, host = make_hours(cast), enroll(other, "Hana Host", Role.INSTRUCTOR)
    span: dict[str, Any] = {"first_on": here.first_on, "last_on": here.last_on, "now": NOON}
    there = series.create(other, host=host.user, terms=terms_of(here), **span)
    also_me = enroll(other, "Ada Fictive")
    assert also_me.user_id == cast.student.user_id
    asked = {"on": APRIL_16, "offset": 0, "wish": Wish(), "now": NOON}
    came = at_once(
        lambda: book_slot(cast.course, by=cast.student, series=here.pk, **asked),
        lambda: book_slot(other, by=also_me, series=there.pk, **asked),
    )
    assert [isinstance(answer, Appointment) for answer in came].count(True) == 1
    assert sum("another appointment or offer at this time" in str(answer) for answer in came) == 1
