"""The page of one date: who comes, what is free, and what is one's own, however booking was set before and is now."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
import time_machine

from courses.models import Enrollment, Role
from officehours.domain import appointment_requests, appointments
from officehours.domain.appointments import Wish
from officehours.models import Appointment, BookingRules, HoursSeries
from officehours.tests.factories import book, fill_date, make_hours, on, turn_booking_on, wait
from portal.testing import NOON, Cast, client_of, enroll, make_course

pytestmark = pytest.mark.django_db
APRIL_16, APRIL_23, APRIL_30 = date(2024, 4, 16), date(2024, 4, 23), date(2024, 4, 30)


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def hours(cast: Cast) -> HoursSeries:
    turn_booking_on(cast)
    return make_hours(cast)


def agree(by: Enrollment, host: Enrollment, at: datetime) -> Appointment:
    asked = appointment_requests.ask(by.course, by=by, host=host, times=[at], wish=Wish(), now=NOON)
    appointment_requests.accept(asked, time=at, by=host, now=NOON, place="CP 229")
    return asked


def seen_by(person: Enrollment, hours: HoursSeries) -> str:
    """The page of April 16 with single spaces."""
    page = client_of(person).get(f"/c/{hours.course.slug}/office-hours/{on(hours, APRIL_16).pk}/")
    return " ".join(page.content.decode().split())


def times(page: str) -> list[str]:
    """The times that staff see, each with who comes or what it says."""
    rows = re.findall(r'<span class="nowrap">([^<]*)</span> (?:<a[^>]*><b>|<span class="muted">)([^<]*)', page)
    return [f"{at} {what}" for at, what in rows]


def test_staff_see_who_comes_also_when_slots_have_another_length_since(cast: Cast, hours: HoursSeries):
    book(hours, cast.student, 15)
    BookingRules.objects.update(slot_minutes=20)
    assert times(seen_by(cast.assistant, hours)) == ["2:45 pm Ada Fictive", "3:10 pm free"]
    page = seen_by(cast.student, hours)
    assert "Booked: Tue Apr 16, 2:45 pm PDT" in page and "Give it back" in page and page.count('name="starts_at"') == 1


def test_staff_see_what_was_agreed_on_beside_the_slots_and_call_free_what_can_be_booked(cast: Cast, hours: HoursSeries):
    agree(cast.student, cast.instructor, on(hours, APRIL_16).starts_at)
    page = seen_by(cast.instructor, hours)
    assert times(page) == ["2:30 pm Ada Fictive", "2:45 pm free", "3:00 pm free", "3:15 pm free"]
    assert "agreed on beside the slots · CP 229" in page
    assert "Booked: Tue Apr 16, 2:30 pm PDT, CP 229." in seen_by(cast.student, hours)
    with time_machine.travel(on(hours, APRIL_16).starts_at + timedelta(minutes=20), tick=False):
        assert times(seen_by(cast.instructor, hours)) == ["2:30 pm Ada Fictive", "3:00 pm free", "3:15 pm free"]
    with time_machine.travel(NOON + timedelta(days=8), tick=False):
        assert times(seen_by(cast.instructor, hours)) == ["2:30 pm Ada Fictive"]


def test_a_hosts_appointment_in_another_course_takes_the_time_and_says_no_name(cast: Cast, hours: HoursSeries):
    elsewhere = make_course("cs102-s24")
    BookingRules.objects.create(course=elsewhere, is_on=True)
    host = Enrollment.objects.create(course=elsewhere, user=cast.instructor.user, role=Role.INSTRUCTOR)
    agree(enroll(elsewhere, "Di Elsewhere"), host, on(hours, APRIL_16).starts_at)
    page = seen_by(cast.assistant, hours)
    assert times(page)[:2] == ["2:30 pm taken, in another course", "2:45 pm free"] and "Di Elsewhere" not in page


def test_what_is_ones_own_stays_when_booking_is_switched_off(cast: Cast, hours: HoursSeries):
    mine, *_ = [book(hours, cast.student), *(book(hours, enroll(cast.course, f"Full {n}"), 15 * n) for n in (1, 2, 3))]
    wait(hours, cast.other_student)
    BookingRules.objects.update(is_on=False)
    page = seen_by(cast.student, hours)
    assert "Just come by" not in page and f"appointments/{mine.pk}/give-up" in page
    page = seen_by(cast.other_student, hours)
    assert "You wait for a slot of this date. None is offered now." in page and "Wait no more" in page
    client_of(cast.other_student).post(f"/c/cs101-s24/office-hours/{on(hours, APRIL_16).pk}/leave")
    page = seen_by(cast.other_student, hours)
    assert "Just come by" in page and "Wait no more" not in page


def test_what_has_begun_is_not_given_back_and_what_is_over_says_so(cast: Cast, hours: HoursSeries):
    mine = book(hours, cast.student)
    with time_machine.travel(mine.starts_at + timedelta(minutes=1), tick=False):
        page = seen_by(cast.student, hours)
    assert "Booked: Tue Apr 16, 2:30 pm PDT" in page and "Give it back" not in page
    with time_machine.travel(NOON + timedelta(days=8), tick=False):
        assert "These office hours are over." in seen_by(cast.other_student, hours)


def test_who_waits_at_their_limit_sees_it_beside_a_free_slot_and_can_leave(cast: Cast, hours: HoursSeries):
    first, *_ = fill_date(hours)
    wait(hours, cast.student)
    for day in (APRIL_23, APRIL_30):
        book(hours, cast.student, 0, day)
    appointments.give_up(first, by=first.student, now=NOON)
    page = seen_by(cast.student, hours)
    assert (
        "as many as one may have" in page
        and "Book this slot" not in page
        and "You wait for a slot of this date." in page
        and "Wait no more" in page
    )


def test_who_left_the_course_is_not_counted_among_the_waiting(cast: Cast, hours: HoursSeries):
    fill_date(hours)
    wait(hours, cast.student)
    assert "1 waits already" in seen_by(cast.other_student, hours)
    Enrollment.objects.filter(pk=cast.student.pk).update(dropped_at=NOON)
    assert "Nobody waits yet" in seen_by(cast.other_student, hours)
