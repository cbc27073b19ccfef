"""What follows a change of office hours for bookings and offers; what becomes free goes to who waits, in the limit."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine

from accounts.errors import DomainError
from courses.domain import course_settings
from courses.models import Role
from mail.models import Message
from officehours.domain import (
    appointment_requests,
    appointments,
    calendar_feeds,
    conflicts,
    plans,
    polls,
    reminders,
    series,
    waiting_list,
)
from officehours.domain.appointments import Wish
from officehours.domain.edits import Edit, OwnTerms, Scope
from officehours.domain.series import Terms, terms_of
from officehours.models import Appointment, AvailabilityPoll, BookingRules, HoursSeries, WaitingListEntry
from officehours.tests import factories as world
from officehours.tests.factories import (
    FRIDAY,
    book,
    change_date,
    fill_date,
    make_hours,
    offset,
    on,
    turn_booking_on,
    wait,
)
from portal.testing import NOON, Cast, client_of, enroll, make_course

pytestmark = pytest.mark.django_db
APRIL_16, APRIL_23, APRIL_30 = date(2024, 4, 16), date(2024, 4, 23), date(2024, 4, 30)
AT_TWO = datetime(2024, 4, 16, 21, tzinfo=UTC)
State = Appointment.State


@pytest.fixture
def hours(cast: Cast) -> HoursSeries:
    turn_booking_on(cast)
    return make_hours(cast)


def at(hours: HoursSeries, **fields) -> OwnTerms:
    known = {name: getattr(hours, name) for name in ("start", "end", "mode", "place", "url")}
    return OwnTerms(**{"date": APRIL_16, **known, **fields})


def agree(cast: Cast, student, time_: datetime) -> Appointment:
    request = appointment_requests.ask(
        cast.course, by=student, host=cast.instructor, times=[time_], wish=Wish(), now=NOON
    )
    appointment_requests.accept(request, time=time_, by=cast.instructor, now=NOON)
    return request


def offers() -> list[Appointment]:
    return list(Appointment.objects.filter(state=State.OFFERED).order_by("pk"))


# --- Nobody is at two places, or has to come in the past ------------------------------------------
def test_a_booking_is_not_moved_over_another_appointment_of_the_host(cast: Cast, hours: HoursSeries):
    agree(cast, cast.other_student, datetime(2024, 4, 16, 23, tzinfo=UTC))
    book(hours, cast.student)
    moved = at(hours, start=time(16), end=time(17))
    with pytest.raises(DomainError, match=r"is taken: Ada Fictive \(Apr 16, 14:30\)\. Nothing was changed"):
        change_date(hours, APRIL_16, moved, reason="", now=NOON)
    change_date(hours, APRIL_16, moved, reason="", now=NOON, may_displace=True)
    assert [appointment.student for appointment in Appointment.objects.holding()] == [cast.other_student]


def test_nor_over_one_of_another_course(cast: Cast, hours: HoursSeries):
    other = make_course("cs202-s24")
    other.enrollments.create(user=cast.instructor.user, role=Role.INSTRUCTOR)
    BookingRules.objects.create(course=other, is_on=True)
    theirs = series.create(other, host=cast.instructor.user, terms=Terms(1, time(16), time(17)),
                           first_on=date(2024, 4, 2), last_on=date(2024, 6, 4), now=NOON)  # fmt: skip
    book(theirs, enroll(other, "Zoe Elsewhere"))
    book(hours, cast.student)
    moved = at(hours, start=time(16), end=time(17))
    shown = plans.of_edit(cast.course, Edit(on(hours, APRIL_16).pk, Scope.THIS, moved, may_displace=True), now=NOON)
    assert [conflict.other.series for conflict in shown.conflicts] == [theirs]
    with pytest.raises(DomainError, match="Ada Fictive"):
        change_date(hours, APRIL_16, moved, reason="", now=NOON)


def test_a_date_over_another_of_the_same_series_is_warned_of(cast: Cast, hours: HoursSeries):
    shown = plans.of_edit(cast.course, Edit(on(hours, APRIL_16).pk, Scope.THIS, at(hours, date=APRIL_23)), now=NOON)
    assert [{conflict.hours.on, conflict.other.on} for conflict in shown.conflicts] == [{APRIL_16, APRIL_23}]


def test_a_block_moved_over_an_agreed_appointment_is_warned_of_by_name(cast: Cast, hours: HoursSeries):
    agree(cast, cast.other_student, datetime(2024, 4, 16, 23, tzinfo=UTC))
    edit = Edit(on(hours, APRIL_16).pk, Scope.THIS, at(hours, start=time(16), end=time(17)))
    (conflict,) = plans.of_edit(cast.course, edit, now=NOON).conflicts
    assert (conflict.hours.on, conflict.appointment.student, conflict.other) == (APRIL_16, cast.other_student, None)
    typed = {"scope": "this", "date": "2024-04-16", "start": "16:00", "end": "17:00", "mode": "in_person"}
    with time_machine.travel(NOON, tick=False):
        shown = client_of(cast.assistant).post(
            f"/c/{cast.course.slug}/office-hours/{on(hours, APRIL_16).pk}/change", typed
        )
    words = "lies over the appointment with Timo Placeholder, Tue Apr 16, 4:00 pm PDT"
    assert words in shown.content.decode()


def test_only_what_changes_is_warned_of_and_nothing_past(cast: Cast, hours: HoursSeries):
    make_hours(cast, start=time(15), end=time(16))
    moved = Edit(on(hours, APRIL_16).pk, Scope.THIS, at(hours, place="HALL 9"))
    shown = plans.of_edit(cast.course, moved, now=NOON).conflicts
    assert [conflict.hours.on for conflict in shown] == [APRIL_16]
    assert not plans.of_edit(cast.course, Edit(on(hours, APRIL_16).pk, Scope.THIS, None), now=NOON).conflicts


def test_hours_set_from_a_poll_over_others_are_found(cast: Cast, hours: HoursSeries):
    poll = AvailabilityPoll.objects.create(course=cast.course, weekdays=[1], start=time(15), end=time(16),
                                           opened_at=NOON)  # fmt: skip
    for person in world.fill(cast.course, polls.FEWEST):
        polls.answer(poll, by=person, given={"1 15:00": "yes"})
    polls.close(poll, now=NOON)
    made = polls.publish(poll, ["1 15:00"], host=cast.instructor.user, place="", first_on=APRIL_16, now=NOON)
    assert len(conflicts.of_series(made, NOON)) == 8


def test_nobody_is_moved_into_the_past(cast: Cast, hours: HoursSeries):
    book(hours, cast.student)
    with pytest.raises(DomainError, match="Ada Fictive"):
        change_date(hours, APRIL_16, at(hours, start=time(13, 30), end=time(14, 30)), reason="", now=AT_TWO)
    assert Appointment.objects.get().starts_at == on(hours, APRIL_16).starts_at


def test_an_offer_that_moves_ends_before_its_slot_begins(cast: Cast, hours: HoursSeries):
    booked = fill_date(hours)
    wait(hours, cast.student)
    noon = AT_TWO - timedelta(hours=2)
    appointments.give_up(booked[0], by=booked[0].student, now=noon)
    change_date(hours, APRIL_16, at(hours, start=time(13), end=time(14)), reason="", now=noon)
    offer = offers()[0]
    assert offer.offered_until == offer.starts_at
    with pytest.raises(DomainError, match="offer is over"):
        waiting_list.accept(offer, by=cast.student, now=AT_TWO)


def test_another_host_takes_the_bookings_over_and_who_booked_is_told(cast: Cast, hours: HoursSeries):
    book(hours, cast.student)
    span = {"first_on": hours.first_on, "last_on": hours.last_on}
    plans.change_series(hours, terms=terms_of(hours), host=cast.assistant.user, **span, now=NOON)
    assert Appointment.objects.get().host == cast.assistant.user
    assert str(cast.assistant.user) in Message.objects.latest("pk").text and Message.objects.count() == 2


# --- The waiting list -------------------------------------------------------------------------------
def test_the_limit_holds_for_the_waiting_list_too(cast: Cast, hours: HoursSeries):
    full = {day: fill_date(hours, day) for day in (APRIL_23, APRIL_30)}
    book(hours, cast.student)
    for day in full:
        wait(hours, cast.student, day)
    for booked in full.values():
        appointments.give_up(booked[0], by=booked[0].student, now=NOON)
    assert [offer.hours.on for offer in offers()] == [APRIL_23] and WaitingListEntry.objects.get().hours.on == APRIL_30
    waiting_list.accept(offers()[0], by=cast.student, now=NOON)
    fill_date(hours, date(2024, 5, 7))
    with pytest.raises(DomainError, match="2 open bookings"):
        wait(hours, cast.student, date(2024, 5, 7))
    appointments.give_up(Appointment.objects.get(student=cast.student, hours__on=APRIL_16), by=cast.student, now=NOON)
    assert [offer.hours.on for offer in offers()] == [APRIL_30]


def test_who_holds_a_slot_of_a_date_does_not_wait_for_another_of_it(cast: Cast, hours: HoursSeries):
    book(hours, cast.student)
    fill_date(hours, since=1)
    with pytest.raises(DomainError, match="hold a slot of this date already"):
        wait(hours, cast.student)


def test_time_that_an_agreed_appointment_took_is_offered_when_it_is_free(cast: Cast, hours: HoursSeries):
    agreed = agree(cast, enroll(cast.course, "Asker One"), on(hours, APRIL_16).starts_at)
    fill_date(hours, since=1)
    wait(hours, cast.student)
    appointments.give_up(agreed, by=agreed.student, now=NOON)
    assert [(offer.student, offset(offer)) for offer in offers()] == [(cast.student, 0)]


def test_nobody_books_past_the_list(cast: Cast, hours: HoursSeries):
    booked = fill_date(hours)
    wait(hours, cast.student)
    Appointment.objects.filter(pk=booked[0].pk).delete()  # free, and not offered yet
    with pytest.raises(DomainError, match="Others wait"):
        book(hours, cast.other_student)
    wait(hours, cast.other_student)
    assert waiting_list.offer_due(NOON) == 1 and offers()[0].student == cast.student


def test_nothing_is_offered_while_booking_is_off_and_it_is_when_it_is_on_again(cast: Cast, hours: HoursSeries):
    booked = fill_date(hours)
    wait(hours, cast.student)
    BookingRules.objects.update(is_on=False)
    appointments.give_up(booked[0], by=booked[0].student, now=NOON)
    assert not offers()
    BookingRules.objects.update(is_on=True)
    assert waiting_list.offer_due(NOON) == 1


def test_waiting_for_what_is_past_ends_without_a_word(cast: Cast, hours: HoursSeries):
    fill_date(hours)
    wait(hours, cast.student)
    Message.objects.all().delete()
    waiting_list.offer_due(NOON + timedelta(days=30))
    assert not WaitingListEntry.objects.exists() and not Message.objects.exists()


def test_a_past_date_does_not_become_a_day_without_class(cast: Cast):
    make_hours(cast, weekday=FRIDAY)
    with pytest.raises(DomainError, match="April 5 2024 is past"):
        course_settings.add_no_class_day(cast.course, date(2024, 4, 5), reason="x", now=NOON)


# --- Calendars and reminders -------------------------------------------------------------------------
def test_an_offer_is_no_event_until_it_is_taken(cast: Cast, hours: HoursSeries):
    booked = fill_date(hours)
    wait(hours, cast.student)
    day_before = NOON + timedelta(days=6)
    appointments.give_up(booked[0], by=booked[0].student, now=day_before)
    assert Message.objects.get(kind="appointment_offer").calendar == ""
    change_date(hours, APRIL_16, at(hours, place="HALL 9"), reason="", now=day_before)
    again = Message.objects.filter(recipient=cast.student.user).latest("pk")
    assert "A slot is free" in again.text and "HALL 9" in again.text and again.calendar == ""
    waiting_list.accept(offers()[0], by=cast.student, now=day_before)
    part = Message.objects.latest("pk").calendar.replace("\r\n ", "")
    assert "METHOD:REQUEST" in part
    assert f"mailto:{cast.instructor.user.email}" in part.partition("ORGANIZER")[2].partition("\r\n")[0]
    assert f"mailto:{cast.student.user.email}" in part.partition("ATTENDEE")[2].partition("\r\n")[0]


def test_an_offer_that_lapsed_is_in_no_feed(cast: Cast, hours: HoursSeries):
    booked = fill_date(hours)
    wait(hours, cast.student)
    appointments.give_up(booked[0], by=booked[0].student, now=NOON)
    waiting_list.lapse_due(NOON + timedelta(hours=2))
    assert calendar_feeds.appointments(cast.student, now=NOON) == []


def test_whoever_was_reminded_is_not_reminded_of_another_place(cast: Cast, hours: HoursSeries):
    mine = book(hours, cast.student)
    day_before = mine.starts_at - timedelta(hours=23)
    assert reminders.remind_due(day_before) == 1
    later = day_before + timedelta(hours=1)
    change_date(hours, APRIL_16, at(hours, place="HALL 9"), reason="", now=later)
    assert reminders.remind_due(later + timedelta(minutes=1)) == 0


def test_a_move_told_within_the_day_before_is_the_reminder_and_one_to_tomorrow_is_reminded(
    cast: Cast, hours: HoursSeries
):
    mine = book(hours, cast.student)
    near = mine.starts_at - timedelta(hours=25)
    change_date(hours, APRIL_16, at(hours, start=time(16, 30), end=time(17, 30)), reason="", now=near)
    assert reminders.remind_due(near + timedelta(hours=3)) == 1
    change_date(hours, APRIL_16, at(hours), reason="", now=near + timedelta(hours=4))
    assert reminders.remind_due(near + timedelta(hours=5)) == 0
