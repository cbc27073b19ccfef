"""What staff cancelled stays in sight of who was booked; a date that is held after all is told to them."""

from datetime import date

import pytest
import time_machine

from mail.models import Message
from officehours.domain import appointments, plans
from officehours.models import HoursSeries
from officehours.tests.factories import book, cancel, make_hours, on, turn_booking_on
from portal.testing import NOON, Cast, client_of, enroll

pytestmark = pytest.mark.django_db
APRIL_16 = date(2024, 4, 16)
HOME = "/c/cs101-s24/office-hours/"


@pytest.fixture
def hours(cast: Cast) -> HoursSeries:
    turn_booking_on(cast)
    return make_hours(cast)


def home_of(person) -> str:
    with time_machine.travel(NOON, tick=False):
        return client_of(person).get(HOME).content.decode()


def test_what_staff_cancelled_is_struck_with_the_reason_and_what_was_given_back_is_gone(cast: Cast, hours: HoursSeries):
    appointment, mine = book(hours, cast.student, 0), book(hours, cast.other_student, 15)
    appointments.cancel(appointment, reason="A conference", by=cast.instructor, now=NOON)
    appointments.give_up(mine, by=cast.other_student, now=NOON)
    page = home_of(cast.student)
    assert "<del>Tue Apr 16, 2:30 pm PDT</del>" in page and "A conference" in page and "Give it back" not in page
    assert "<del>" not in home_of(cast.other_student) and "<del>" not in home_of(cast.instructor)


def test_whose_booking_fell_with_a_date_is_told_once_that_it_is_held_after_all(cast: Cast, hours: HoursSeries):
    book(hours, cast.student, 0)
    appointments.give_up(book(hours, cast.other_student, 15), by=cast.other_student, now=NOON)
    appointments.cancel(book(hours, enroll(cast.course, "Bo Other"), 30), reason="No", by=cast.instructor, now=NOON)
    cancel(hours, APRIL_16, reason="Ill", now=NOON)
    Message.objects.all().delete()
    with time_machine.travel(NOON, tick=False):
        page = client_of(cast.instructor).post(f"{HOME}{on(hours, APRIL_16).pk}/restore", follow=True).content.decode()
    assert "Who was booked can book again. 1 letter is on its way." in page
    letter = Message.objects.get()
    assert letter.recipient == cast.student.user and "is not renewed by itself" in letter.text
    assert letter.subject == "CS 101/501: office hours of Tue Apr 16 are held after all"
    assert plans.restore(on(hours, APRIL_16), by=cast.instructor, now=NOON) == 0
    assert "<del>" not in home_of(cast.student)
