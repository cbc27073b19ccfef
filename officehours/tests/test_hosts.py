"""Office hours whose host has left the staff, and staff who pass as students."""

from datetime import date, timedelta

import pytest
import time_machine

from accounts.errors import DomainError
from courses.domain import staff
from courses.models import Enrollment, Role
from mail.models import Message
from officehours.domain import (
    appointment_requests,
    calendar_feeds,
    departures,
    queues,
)
from officehours.domain.appointments import Wish
from officehours.models import Appointment, HoursSeries
from officehours.tests.factories import (
    book,
    book_slot,
    cancel,
    make_hours,
    on,
    open_queue,
    restore,
    rows,
    turn_booking_on,
)
from portal.testing import NOON, Cast, client_of

pytestmark = pytest.mark.django_db
APRIL_16 = date(2024, 4, 16)


def test_hours_of_a_host_who_left_are_not_booked_and_staff_are_told(cast: Cast):
    turn_booking_on(cast)
    hours = make_hours(cast)
    home = f"/c/{cast.course.slug}/office-hours/"
    with time_machine.travel(NOON, tick=False):
        assert "not on the staff" not in client_of(cast.assistant).get(home).content.decode()
        Enrollment.objects.filter(pk=cast.instructor.pk).update(dropped_at=NOON)
        with pytest.raises(DomainError, match="Wren Instructor is no longer on the staff"):
            book(hours, cast.student, 0, APRIL_16, now=NOON)
        page = client_of(cast.student).get(f"{home}{on(hours, APRIL_16).pk}/").content.decode()
        assert "Book this slot" not in page
        assert "Wren Instructor is not on the staff" in client_of(cast.assistant).get(home).content.decode()
        assert "not on the staff" not in client_of(cast.student).get(home).content.decode()
    assert not Appointment.objects.exists()


def test_what_a_host_who_left_would_hold_is_cancelled_and_told_once(cast: Cast):
    turn_booking_on(cast)
    hours, at_one = make_hours(cast), {"now": NOON}
    book = {"series": hours.pk, "on": APRIL_16, "offset": 0, "wish": Wish(), **at_one}
    book_slot(cast.course, by=cast.student, **book)
    times = [NOON + timedelta(days=2)]
    asked = appointment_requests.ask(
        cast.course, by=cast.other_student, host=cast.instructor, times=times, wish=Wish(), **at_one
    )
    appointment_requests.accept(asked, time=NOON + timedelta(days=2), by=cast.assistant, **at_one)
    cancel(hours, date(2024, 4, 23), reason="Away", **at_one)
    staff.add_staff(cast.course, name="Ira Newcomer", email="ira@example.edu", role=Role.INSTRUCTOR, **at_one)
    Message.objects.all().delete()
    staff.remove_staff(cast.instructor, **at_one)
    assert departures.end_due(NOON + timedelta(minutes=14)) == 0
    later = NOON + timedelta(minutes=15)
    assert (departures.end_due(later), departures.end_due(later)) == (2, 0)
    why = "Why: Wren Instructor is no longer on the staff."
    assert {(letter.recipient, why in letter.text) for letter in Message.objects.all()} == {
        (cast.student.user, True), (cast.other_student.user, True),
    }  # fmt: skip
    assert Message.objects.count() == 2
    states = [(row.date, row.standing(later), row.reason) for row in rows(cast.course)]
    assert states[0] == (date(2024, 4, 2), "past", "")
    assert {(state, reason) for day, state, reason in states[1:]} == {
        ("cancelled", "Wren Instructor is no longer on the staff."), ("cancelled", "Away"),
    }  # fmt: skip
    with pytest.raises(DomainError, match="cannot hold them"):
        restore(hours, APRIL_16, now=later)
    with time_machine.travel(later, tick=False):
        home = client_of(cast.assistant).get(f"/c/{cast.course.slug}/office-hours/")
    assert "not on the staff</b>" not in home.content.decode()


def test_what_a_host_who_left_was_asked_ends_and_cannot_be_agreed_on_meanwhile(cast: Cast):
    turn_booking_on(cast)
    ask = {"host": cast.assistant, "times": [NOON + timedelta(days=1)], "wish": Wish(), "now": NOON}
    asked = appointment_requests.ask(cast.course, by=cast.student, **ask)
    answered = appointment_requests.ask(cast.course, by=cast.other_student, **ask)
    friday = NOON + timedelta(days=3)
    appointment_requests.counter(answered, by=cast.assistant, times=[friday], now=NOON)
    Enrollment.objects.filter(pk=cast.assistant.pk).update(dropped_at=NOON)
    Message.objects.all().delete()
    for person, time, by in ((answered, friday, cast.other_student), (asked, ask["times"][0], cast.instructor)):
        with pytest.raises(DomainError, match="Tay Assistant is no longer on the staff"):
            appointment_requests.accept(person, time=time, by=by, now=NOON)
    later = NOON + timedelta(minutes=15)
    assert (departures.end_due(later), departures.end_due(later)) == (2, 0)
    assert {(appointment.state, appointment.reason) for appointment in Appointment.objects.all()} == {
        ("declined", "Tay Assistant is no longer on the staff.")
    }
    posted = Message.objects.filter(text__contains="Tay Assistant is no longer on the staff.")
    assert {letter.recipient for letter in posted} == {cast.student.user, cast.other_student.user}
    assert Message.objects.count() == 2


def test_a_host_whom_only_the_file_names_keeps_their_hours(cast: Cast):
    hours = make_hours(cast)
    HoursSeries.objects.filter(pk=hours.pk).update(host=cast.stranger)
    assert departures.end_due(NOON + timedelta(days=30)) == 0 and not hours.dates.filter(is_changed=True).exists()


def test_a_host_who_is_back_in_time_finds_their_hours_as_they_were(cast: Cast):
    hours = make_hours(cast)
    Enrollment.objects.filter(pk=cast.instructor.pk).update(dropped_at=NOON)
    staff.add_staff(cast.course, name="", email=cast.instructor.user.email, role=Role.INSTRUCTOR, now=NOON)
    assert departures.end_due(NOON + timedelta(hours=1)) == 0 and not hours.dates.filter(is_changed=True).exists()


def test_staff_neither_book_nor_ask_nor_queue(cast: Cast):
    turn_booking_on(cast)
    hours = make_hours(cast)
    queue = open_queue(hours, date(2024, 4, 9), now=NOON)
    who, wish = cast.instructor, Wish()
    for verb in (
        lambda: book_slot(cast.course, by=who, series=hours.pk, on=APRIL_16, offset=0, wish=wish, now=NOON),
        lambda: appointment_requests.ask(
            cast.course, by=who, host=who, times=[NOON + timedelta(days=1)], wish=wish, now=NOON
        ),
        lambda: queues.join(queue, by=who, topic="x", team=None, now=NOON),
    ):
        with pytest.raises(DomainError, match=r"Students (book|join)"):
            verb()
    assert not Appointment.objects.exists() and not queue.entries.exists()


def test_asking_twice_is_asking_once_and_all_staff_see_what_today_counts(cast: Cast):
    turn_booking_on(cast)
    times = [NOON + timedelta(days=2)]
    first, again = (
        appointment_requests.ask(cast.course, by=cast.student, host=cast.instructor, times=times, wish=Wish(), now=NOON)
        for _ in range(2)
    )
    assert first == again and Message.objects.count() == 1
    with time_machine.travel(NOON, tick=False):
        desk = client_of(cast.assistant)
        assert "request for an appointment" in desk.get(f"/c/{cast.course.slug}/").content.decode()
        assert "Ada Fictive, asks Wren Instructor" in desk.get(f"/c/{cast.course.slug}/office-hours/").content.decode()


@pytest.mark.parametrize(
    ("place", "reason", "seen"),
    [
        ("https://zoom.example.edu/j/1", "ADA is ill", ("In person", "")),
        ("HALL 2", "Meeting with Mr. Placeholder", ("HALL 2", "")),
        ("wren@example.edu", "Holiday", ("In person", "Holiday")),
    ],
)
def test_the_public_calendar_gives_no_link_and_no_name(cast: Cast, place: str, reason: str, seen: tuple[str, str]):
    hours = make_hours(cast, place=place)
    cancel(hours, APRIL_16, reason=reason, now=NOON)
    for is_public in (True, False):
        event = next(
            event for event in calendar_feeds.hours(cast.course, now=NOON, is_public=is_public) if event.is_cancelled
        )
        assert (event.place, event.text) == (seen if is_public else (place, reason))


def test_a_host_reads_the_times_and_hears_that_one_was_taken(cast: Cast):
    turn_booking_on(cast)
    friday = NOON + timedelta(days=3)
    asked = appointment_requests.ask(
        cast.course, by=cast.student, host=cast.instructor, times=[friday], wish=Wish(), now=NOON
    )
    assert "Fri Apr 12, 12:00 pm PDT" in Message.objects.get().text
    later = friday + timedelta(hours=2)
    appointment_requests.counter(asked, by=cast.instructor, times=[later], place="CP 229", now=NOON)
    assert "Fri Apr 12, 2:00 pm PDT" in Message.objects.get(recipient=cast.student.user).text
    appointment_requests.accept(asked, time=later, by=cast.student, now=NOON)
    booked = Message.objects.filter(recipient=cast.student.user).last()
    assert "With Wren Instructor, CP 229." in booked.text
    heard = Message.objects.filter(recipient=cast.instructor.user).last()
    assert heard.subject.endswith("Ada Fictive comes Fri Apr 12, 2:00 pm PDT")


@time_machine.travel(NOON, tick=False)
def test_who_removes_a_host_reads_how_many_dates_and_appointments_stay(cast: Cast):
    turn_booking_on(cast)
    hours = make_hours(cast)
    book(hours, cast.student, 15, APRIL_16, now=NOON)
    assert cast.instructor.user in {row.host for row in cast.course.office_hours.all()}
    page = client_of(cast.instructor).get(f"/c/cs101-s24/settings/staff/{cast.instructor.pk}/remove").content.decode()
    dates = cast.course.office_hours.scheduled().to_come(NOON).count()
    assert f"{dates} dates of office hours to come and 1 appointment stay" in page
    assert (
        "stay in the name"
        not in client_of(cast.instructor)
        .get(f"/c/cs101-s24/settings/staff/{cast.assistant.pk}/remove")
        .content.decode()
    )
