"""What one may hold at once, and in which order others wait: one question each, however many there are."""

from datetime import date, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.errors import DomainError
from courses.models import Enrollment
from mail.models import Message
from officehours.domain import appointment_requests, appointments, slots, waiting_list
from officehours.domain.appointments import Wish
from officehours.models import Appointment, HoursSeries, WaitingListEntry
from officehours.tests.factories import book, make_hours, on, turn_booking_on, wait
from portal.testing import NOON, Cast, enroll, make_course

pytestmark = pytest.mark.django_db
APRIL_16 = date(2024, 4, 16)
State = Appointment.State


@pytest.fixture
def hours(cast: Cast) -> HoursSeries:
    turn_booking_on(cast)
    return make_hours(cast)


@pytest.fixture
def theirs(cast: Cast, hours: HoursSeries) -> HoursSeries:
    """Office hours of the assistant, from 14:40 on."""
    return make_hours(cast, host=cast.assistant, start=time(14, 40), end=time(15, 40))


def test_nobody_books_two_hosts_at_the_same_time(cast: Cast, hours: HoursSeries, theirs: HoursSeries):
    book(hours, cast.student)
    with pytest.raises(DomainError, match="You have another appointment or offer at this time, with Wren Instructor"):
        book(theirs, cast.student)
    assert book(theirs, cast.student, 15).state == State.BOOKED
    assert book(theirs, cast.other_student).state == State.BOOKED


def test_nor_agrees_to_one_or_takes_an_offer_over_another(cast: Cast, hours: HoursSeries, theirs: HoursSeries):
    at = on(hours, APRIL_16).starts_at
    asked = appointment_requests.ask(
        cast.course, by=cast.student, host=cast.instructor, times=[at], wish=Wish(), now=NOON
    )
    mine = book(theirs, cast.student)
    with pytest.raises(DomainError, match="Ada Fictive has another appointment or offer at this time"):
        appointment_requests.accept(asked, time=at, by=cast.instructor, now=NOON)
    appointments.give_up(mine, by=cast.student, now=NOON)
    appointment_requests.accept(asked, time=at, by=cast.instructor, now=NOON)
    full = [book(theirs, enroll(cast.course, f"Full {n}"), 15 * n) for n in range(4)]
    wait(theirs, cast.student)
    appointments.give_up(full[0], by=full[0].student, now=NOON)
    assert not Appointment.objects.filter(state=State.OFFERED).exists()
    appointments.give_up(asked, by=cast.student, now=NOON)
    waiting_list.offer_due(NOON)
    offer = Appointment.objects.get(state=State.OFFERED)
    Appointment.objects.filter(pk=asked.pk).update(state=State.BOOKED)  # as when its date is moved over the offer's
    with pytest.raises(DomainError, match="You have another appointment"):
        waiting_list.accept(offer, by=cast.student, now=NOON)
    appointments.give_up(Appointment.objects.get(pk=asked.pk), by=cast.student, now=NOON)
    waiting_list.accept(offer, by=cast.student, now=NOON)
    waiting_list.accept(offer, by=cast.student, now=NOON)
    assert cast.student.appointments.holding().get() == offer


def test_an_appointment_in_another_course_takes_ones_time_too(cast: Cast, hours: HoursSeries):
    elsewhere = make_course("cs102-s24")
    twice = Enrollment.objects.create(course=elsewhere, user=cast.student.user, section=elsewhere.sections.first())
    at = on(hours, APRIL_16).starts_at
    Appointment.objects.create(
        course=elsewhere, host=cast.assistant.user, student=twice, state=State.BOOKED, starts_at=at,
        ends_at=at + timedelta(minutes=10), created_at=NOON,
    )  # fmt: skip
    with pytest.raises(DomainError, match="with Tay Assistant"):
        book(hours, cast.student)


def test_who_is_at_their_limit_is_passed_over_until_they_are_not(cast: Cast, hours: HoursSeries):
    full = [book(hours, enroll(cast.course, f"Full {n}"), 15 * n) for n in range(4)]
    wait(hours, cast.student)
    wait(hours, cast.other_student)
    row, rules = on(hours, APRIL_16), slots.rules_of(cast.course)
    assert [entry.student for entry in waiting_list.in_line(row, rules, NOON)] == [cast.student, cast.other_student]
    early = [book(hours, cast.student, 0, day) for day in (date(2024, 4, 23), date(2024, 4, 30))]
    assert [entry.student for entry in waiting_list.in_line(row, rules, NOON)] == [cast.other_student]
    appointments.give_up(early[0], by=cast.student, now=NOON)
    appointments.give_up(full[0], by=full[0].student, now=NOON)
    assert Appointment.objects.get(state=State.OFFERED).student == cast.student


def test_a_line_of_ten_asks_as_much_as_a_line_of_one(cast: Cast, hours: HoursSeries):
    for n in range(4):
        book(hours, enroll(cast.course, f"Full {n}"), 15 * n)

    def asked() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as booking, pytest.raises(DomainError, match="Others wait"):
            book(hours, cast.student)
        with CaptureQueriesContext(connection) as sweep:
            assert waiting_list.offer_due(NOON) == 0
        return len(booking), len(sweep)

    wait(hours, enroll(cast.course, "Waits first"))
    alone = asked()
    for n in range(9):
        wait(hours, enroll(cast.course, f"Waits {n}"))
    assert asked() == alone
    assert WaitingListEntry.objects.count() == 10 and not Message.objects.filter(kind="appointment_offer").exists()


def test_a_slot_is_offered_to_the_first_who_can_come_and_the_others_wait_on(
    cast: Cast, hours: HoursSeries, theirs: HoursSeries
):
    full = [book(theirs, enroll(cast.course, f"Full {n}"), 15 * n) for n in range(4)]
    wait(theirs, cast.student)
    wait(theirs, cast.other_student)
    book(hours, cast.student)
    appointments.give_up(full[0], by=full[0].student, now=NOON)
    assert Appointment.objects.get(state=State.OFFERED).student == cast.other_student
    assert WaitingListEntry.objects.get().student == cast.student
    waiting_list.decline(Appointment.objects.get(state=State.OFFERED), by=cast.other_student, now=NOON)
    assert not Appointment.objects.filter(state=State.OFFERED).exists()
    with pytest.raises(DomainError, match="You have another appointment"):
        book(theirs, cast.student)
    assert book(theirs, enroll(cast.course, "Late Comer")).state == State.BOOKED  # nobody who waits can come then
    appointments.give_up(full[1], by=full[1].student, now=NOON)
    assert Appointment.objects.get(state=State.OFFERED).student == cast.student


def test_who_cannot_come_in_the_free_slot_waits_for_another(cast: Cast, hours: HoursSeries, theirs: HoursSeries):
    for n in range(1, 4):
        book(theirs, enroll(cast.course, f"Full {n}"), 15 * n)
    book(hours, cast.student)
    with pytest.raises(DomainError, match="A slot is free"):
        wait(theirs, cast.other_student)
    wait(theirs, cast.student)
    assert WaitingListEntry.objects.get().student == cast.student


def test_a_slot_of_a_host_who_left_is_offered_to_nobody_and_an_offer_of_theirs_not_taken(
    cast: Cast, hours: HoursSeries
):
    full = [book(hours, enroll(cast.course, f"Full {n}"), 15 * n) for n in range(4)]
    wait(hours, cast.student)
    wait(hours, cast.other_student)
    appointments.give_up(full[0], by=full[0].student, now=NOON)
    offer = Appointment.objects.get(state=State.OFFERED)
    Enrollment.objects.filter(pk=cast.instructor.pk).update(dropped_at=NOON)
    appointments.give_up(full[1], by=full[1].student, now=NOON)
    assert Appointment.objects.get(state=State.OFFERED) == offer and waiting_list.offer_due(NOON) == 0
    for verb in (
        lambda: waiting_list.accept(offer, by=cast.student, now=NOON),
        lambda: wait(hours, enroll(cast.course, "Late Comer")),
    ):
        with pytest.raises(DomainError, match="Wren Instructor is no longer on the staff"):
            verb()
