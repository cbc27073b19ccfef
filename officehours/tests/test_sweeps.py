"""Pages and sweeps: as much for many as for one, and one row that breaks keeps no other waiting."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine

from mail.models import Message
from officehours.domain import appointment_requests, appointments, reminders, slots, waiting_list
from officehours.domain.appointments import Wish
from officehours.models import Appointment, OfficeHours
from officehours.tests.factories import book, make_hours, on, turn_booking_on, wait
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
        book(hours, person, 5 * n, APRIL_16, now=NOON)
    browser = client_of(getattr(cast, who))
    with time_machine.travel(NOON, tick=False), django_assert_max_num_queries(15):
        page = browser.get(f"/c/{cast.course.slug}/office-hours/{on(hours, APRIL_16).pk}/")
    assert page.status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_who_was_reminded_costs_the_sweep_nothing(cast: Cast, count: int, django_assert_num_queries):
    turn_booking_on(cast)
    hours = make_hours(cast)
    for n in range(count):
        person = enroll(cast.course, f"Booker {n}")
        book(hours, person, 15 * n, APRIL_16, now=NOON)
    near = datetime(2024, 4, 16, 20, tzinfo=UTC)
    assert reminders.remind_due(near) == count
    with django_assert_num_queries(2):
        assert reminders.remind_due(near) == 0


def test_one_row_that_breaks_keeps_no_other_waiting(cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog):
    turn_booking_on(cast, slot_minutes=60)
    hours = make_hours(cast)
    april_23 = APRIL_16 + timedelta(days=7)
    for n, day in enumerate((APRIL_16, april_23)):
        first = book(hours, enroll(cast.course, f"First {n}"), 0, day, now=NOON)
        second = enroll(cast.course, f"Second {n}")
        wait(hours, second, day, now=NOON)
        appointments.give_up(first, by=first.student, now=NOON)
    assert Appointment.objects.filter(state="offered").count() == 2
    wait(hours, cast.student, APRIL_16, now=NOON)
    lock = slots.lock_host_of

    def broken(row: Appointment | OfficeHours) -> None:
        if isinstance(row, OfficeHours) and row.on == APRIL_16:
            raise ValueError("poison")
        lock(row)

    monkeypatch.setattr(slots, "lock_host_of", broken)
    assert waiting_list.lapse_due(NOON + timedelta(hours=3)) == 2
    assert "poison" in caplog.text


def test_whose_request_nobody_answered_is_told(cast: Cast):
    turn_booking_on(cast)
    time = NOON + timedelta(hours=2)
    appointment_requests.ask(cast.course, by=cast.student, host=cast.instructor, times=[time], wish=Wish(), now=NOON)
    broken = appointment_requests.ask(
        cast.course, by=cast.other_student, host=cast.instructor, times=[time], wish=Wish(), now=NOON
    )
    Appointment.objects.filter(pk=broken.pk).update(proposed=[])
    Message.objects.all().delete()
    assert appointment_requests.lapse_due(time) == 1
    letter = Message.objects.get()
    assert (letter.recipient, "Nobody answered" in letter.text) == (cast.student.user, True)
