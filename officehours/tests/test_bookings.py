"""Booking: a slot is one person's, a freed one goes to the first who waits, and everyone is told once."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from accounts.errors import DomainError
from courses.domain import calendar
from courses.models import Enrollment
from mail.models import Message
from officehours.domain import appointment_requests, appointments, reminders, slots, teams, waiting_list
from officehours.domain.appointments import Wish
from officehours.domain.edits import OwnTerms
from officehours.domain.series import Terms, terms_of
from officehours.models import Appointment, CalendarFeed, HoursSeries, WaitingListEntry
from officehours.tests import team_3
from officehours.tests.factories import (
    book,
    cancel,
    change_date,
    change_from,
    change_to_come,
    end_before,
    make_hours,
    offset,
    on,
    restore,
    starts,
    turn_booking_on,
    wait,
)
from portal.testing import NOON, Cast, enroll

pytestmark = pytest.mark.django_db
APRIL_16 = date(2024, 4, 16)
State = Appointment.State


@pytest.fixture
def hours(cast: Cast) -> HoursSeries:
    turn_booking_on(cast)
    return make_hours(cast)


def fill(cast: Cast, hours: HoursSeries) -> list[Appointment]:
    return [book(hours, enroll(cast.course, f"Full {n}"), 15 * n) for n in range(4)]


def letters(kind: str = "appointment") -> list[tuple[str, str]]:
    rows = Message.objects.filter(kind=kind).order_by("pk").values_list("recipient__name", "subject")
    return [(name, subject.partition(": ")[2]) for name, subject in rows]


def move(hours: HoursSeries, start: time, end: time, *, now: datetime = NOON, may_displace: bool = False) -> None:
    terms = OwnTerms(APRIL_16, start, end, hours.mode, hours.place, hours.url)
    change_date(hours, APRIL_16, terms, reason="Trip", now=now, may_displace=may_displace)


def test_a_slot_is_booked_once_and_asking_twice_is_asking_once(cast: Cast, hours: HoursSeries):
    first = book(hours, cast.student)
    assert book(hours, cast.student) == first
    assert first.starts_at == datetime(2024, 4, 16, 21, 30, tzinfo=UTC)
    with pytest.raises(DomainError, match="taken or past; nothing was booked"):
        book(hours, cast.other_student)
    assert letters() == [("Ada Fictive", "appointment Tue Apr 16, 2:30 pm PDT")]


@pytest.mark.parametrize("offset", [7, 60, 1000])
def test_what_is_no_slot_is_refused(cast: Cast, hours: HoursSeries, offset: int):
    with pytest.raises(DomainError, match="no such slot"):
        book(hours, cast.student, offset)


def test_booking_is_off_until_staff_turn_it_on(cast: Cast):
    with pytest.raises(DomainError, match="switched off"):
        book(make_hours(cast), cast.student)


def test_a_student_has_two_open_bookings_at_most(cast: Cast, hours: HoursSeries):
    book(hours, cast.student)
    book(hours, cast.student, 15)
    with pytest.raises(DomainError, match="You have 2 open bookings"):
        book(hours, cast.student, 30)
    assert Appointment.objects.count() == 2


def test_hours_of_the_same_host_that_overlap_share_their_time(cast: Cast, hours: HoursSeries):
    other = make_hours(cast, start=time(14), end=time(15))
    book(hours, cast.student)
    free = slots.free(on(other, APRIL_16), slots.rules_of(cast.course), NOON)
    assert [slot.starts_at for slot in free] == [starts(other, minutes) for minutes in (0, 15, 45)]
    with pytest.raises(DomainError):
        book(other, cast.other_student, 30)


def test_changing_a_date_tells_each_who_booked_once_and_changing_it_back_once_more(cast: Cast, hours: HoursSeries):
    mine, theirs = book(hours, cast.student), book(hours, cast.other_student, 15)
    Message.objects.all().delete()
    move(hours, time(16), time(17))
    assert letters() == [
        ("Ada Fictive", "appointment now Tue Apr 16, 4:00 pm PDT"),
        ("Timo Placeholder", "appointment now Tue Apr 16, 4:15 pm PDT"),
    ]
    theirs.refresh_from_db()
    assert theirs.starts_at == datetime(2024, 4, 16, 23, 15, tzinfo=UTC)
    move(hours, time(16), time(17))
    assert len(letters()) == 2
    restore(hours, APRIL_16, now=NOON)
    assert letters()[2:] == [
        ("Ada Fictive", "appointment now Tue Apr 16, 2:30 pm PDT"),
        ("Timo Placeholder", "appointment now Tue Apr 16, 2:45 pm PDT"),
    ]
    mine.refresh_from_db()
    assert mine.sequence == 2


def test_another_place_is_told_too(cast: Cast, hours: HoursSeries):
    book(hours, cast.student)
    change_to_come(hours, Terms(**{**vars(terms_of(hours)), "place": "HALL 9"}), now=NOON)
    assert letters()[1:] == [("Ada Fictive", "appointment Tue Apr 16, 2:30 pm PDT, now HALL 9")]
    assert "HALL 9" in Message.objects.latest("pk").text


def test_a_cancelled_date_tells_everyone_booked_once_with_the_reason(cast: Cast, hours: HoursSeries):
    book(hours, cast.student)
    Message.objects.all().delete()
    cancel(hours, APRIL_16, reason="Ill", now=NOON)
    cancel(hours, APRIL_16, reason="Ill", now=NOON)
    assert letters() == [("Ada Fictive", "appointment of Tue Apr 16 is cancelled")]
    assert "Why: Ill" in Message.objects.get().text


def test_a_class_called_off_frees_its_day_and_tells_who_booked(cast: Cast):
    turn_booking_on(cast)
    monday = make_hours(cast, weekday=0)
    meeting = cast.course.meetings.get(date=date(2024, 4, 15))
    book(monday, cast.student, day=meeting.date)
    calendar.cancel_meeting(meeting, reason="Flood", now=NOON)
    assert Appointment.objects.get().state == State.CANCELLED
    assert letters()[1:] == [("Ada Fictive", "appointment of Mon Apr 15 is cancelled")]


def test_shrinking_over_bookings_is_refused_with_their_names_until_told_what_becomes_of_them(
    cast: Cast, hours: HoursSeries
):
    book(hours, cast.student)
    late = book(hours, cast.other_student, 45)
    with pytest.raises(DomainError, match=r"Timo Placeholder \(Apr 16, 15:15\)\. Nothing was changed") as refused:
        move(hours, time(14, 30), time(15))
    assert "Ada" not in str(refused.value)
    assert on(hours, APRIL_16).end == time(15, 30)
    move(hours, time(14, 30), time(15), may_displace=True)
    late.refresh_from_db()
    assert (late.state, late.reason) == (State.CANCELLED, "Trip")


def test_another_weekday_from_a_date_on_takes_bookings_along(cast: Cast, hours: HoursSeries):
    mine = book(hours, cast.student)
    change_from(hours, APRIL_16, Terms(**{**vars(terms_of(hours)), "weekday": 3}), now=NOON)
    mine.refresh_from_db()
    assert (mine.hours.on, mine.starts_at) == (date(2024, 4, 18), datetime(2024, 4, 18, 21, 30, tzinfo=UTC))
    end_before(HoursSeries.objects.get(pk=mine.hours.series_id), date(2024, 4, 18), reason="Over", now=NOON)
    mine.refresh_from_db()
    assert mine.state == State.CANCELLED


def test_a_letter_close_to_the_date_carries_its_calendar_part_and_an_early_one_does_not(cast: Cast, hours: HoursSeries):
    book(hours, cast.student)
    assert Message.objects.get().calendar == ""
    move(hours, time(16), time(17), now=NOON + timedelta(days=6))
    part = Message.objects.latest("pk").calendar
    assert "METHOD:REQUEST" in part and "SEQUENCE:1" in part and "DTSTART:20240416T230000Z" in part
    cancel(hours, APRIL_16, reason="Ill", now=NOON + timedelta(days=6))
    part = Message.objects.latest("pk").calendar
    assert "METHOD:CANCEL" in part and "SEQUENCE:2" in part and "STATUS:CANCELLED" in part


def test_one_waits_only_where_nothing_is_free(cast: Cast, hours: HoursSeries):
    with pytest.raises(DomainError, match="book it instead"):
        wait(hours, cast.student)
    fill(cast, hours)
    wait(hours, cast.student)
    wait(hours, cast.student)
    assert WaitingListEntry.objects.count() == 1


def test_a_freed_slot_is_offered_to_the_first_for_a_time_then_to_the_next(cast: Cast, hours: HoursSeries):
    booked = fill(cast, hours)
    wait(hours, cast.other_student, now=NOON + timedelta(minutes=1))
    wait(hours, cast.student, now=NOON + timedelta(minutes=2))
    appointments.give_up(booked[2], by=booked[2].student, now=NOON)
    offer = Appointment.objects.get(state=State.OFFERED)
    assert (offer.student, offset(offer)) == (cast.other_student, 30)
    assert letters("appointment_offer") == [("Timo Placeholder", "a slot is free Tue Apr 16, 3:00 pm PDT")]
    with pytest.raises(DomainError, match="offer is over"):
        waiting_list.accept(offer, by=cast.student, now=NOON)
    later = NOON + timedelta(hours=2)
    assert waiting_list.lapse_due(later - timedelta(seconds=1)) == 0
    with pytest.raises(DomainError, match="offer is over"):  # no sweep has come by yet
        waiting_list.accept(offer, by=cast.other_student, now=later)
    assert waiting_list.lapse_due(later) == 1
    with pytest.raises(DomainError, match="offer is over"):
        waiting_list.accept(offer, by=cast.other_student, now=later)
    offer = Appointment.objects.get(state=State.OFFERED)
    waiting_list.accept(offer, by=cast.student, now=later)
    waiting_list.accept(offer, by=cast.student, now=later)
    assert Appointment.objects.filter(state=State.BOOKED, student=cast.student).count() == 1
    assert not WaitingListEntry.objects.exists()


def test_a_declined_offer_goes_to_the_next_and_a_cancelled_date_ends_the_waiting(cast: Cast, hours: HoursSeries):
    booked = fill(cast, hours)
    for n, person in enumerate([cast.student, cast.other_student, enroll(cast.course, "Late Comer")]):
        wait(hours, person, now=NOON + timedelta(minutes=n))
    appointments.cancel(booked[0], reason="Sorry", now=NOON)
    waiting_list.decline(Appointment.objects.get(state=State.OFFERED), by=cast.student, now=NOON)
    assert Appointment.objects.get(state=State.OFFERED).student == cast.other_student
    cancel(hours, APRIL_16, reason="Ill", now=NOON)
    assert ("Late Comer", "no office hours on Tue Apr 16") in letters()
    assert not Appointment.objects.holding().exists() and not WaitingListEntry.objects.exists()


def test_asking_answering_and_countering(cast: Cast, hours: HoursSeries, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(teams.registry, "answers", (team_3,))
    monday, tuesday = (NOON + timedelta(days=days) for days in (6, 7))
    ask = {"by": cast.student, "host": cast.instructor, "wish": Wish("Team trouble", 3), "now": NOON}
    request = appointment_requests.ask(cast.course, times=[tuesday, monday], **ask)
    assert letters() == [("Wren Instructor", "Ada Fictive asks for an appointment")]
    with pytest.raises(DomainError, match="answered already"):
        appointment_requests.accept(request, time=monday, by=cast.student, now=NOON)
    appointment_requests.counter(request, by=cast.instructor, times=[tuesday + timedelta(hours=5)], now=NOON)
    with pytest.raises(DomainError, match="was not proposed"):
        appointment_requests.accept(request, time=monday, by=cast.student, now=NOON)
    appointment_requests.accept(request, time=tuesday + timedelta(hours=5), by=cast.student, now=NOON)
    appointment_requests.accept(request, time=tuesday + timedelta(hours=5), by=cast.student, now=NOON)
    assert (request.state, request.team, request.ends_at - request.starts_at) == (
        State.BOOKED,
        3,
        timedelta(minutes=15),
    )
    other = appointment_requests.ask(cast.course, times=[monday], **ask)
    appointment_requests.decline(other, by=cast.instructor, reason="Away", now=NOON)
    assert list(dict.fromkeys(subject for _, subject in letters()[1:])) == [
        "other times for your appointment",
        "appointment Tue Apr 16, 5:00 pm PDT",
        "Ada Fictive comes Tue Apr 16, 5:00 pm PDT",
        "Ada Fictive asks for an appointment",
        "no appointment at the times you asked for",
    ]


def test_an_agreed_appointment_keeps_its_time_from_slots_and_others(cast: Cast, hours: HoursSeries):
    at_half_past_two = on(hours, APRIL_16).starts_at
    ask = {"host": cast.instructor, "times": [at_half_past_two], "wish": Wish(), "now": NOON}
    request = appointment_requests.ask(cast.course, by=cast.student, **ask)
    two = appointment_requests.ask(cast.course, by=cast.other_student, **ask)
    appointment_requests.accept(request, time=at_half_past_two, by=cast.instructor, now=NOON)
    with pytest.raises(DomainError, match="another appointment at this time"):
        appointment_requests.accept(two, time=at_half_past_two, by=cast.assistant, now=NOON)
    with pytest.raises(DomainError, match="taken or past"):
        book(hours, cast.other_student)
    with pytest.raises(DomainError, match="past already"):
        appointment_requests.ask(cast.course, by=cast.student, **{**ask, "times": [NOON]})


@pytest.mark.parametrize(("remind", "before"), [("day", timedelta(days=1)), ("hour", timedelta(hours=1))])
def test_one_reminder_a_day_or_an_hour_before(cast: Cast, hours: HoursSeries, remind: str, before: timedelta):
    CalendarFeed.objects.create(enrollment=cast.student, remind=remind)
    mine = book(hours, cast.student)
    due = mine.starts_at - before
    assert reminders.remind_due(due - timedelta(seconds=1)) == 0
    assert reminders.remind_due(due) == 1
    assert reminders.remind_due(due + timedelta(minutes=10)) == 0
    assert letters("appointment_reminder") == [("Ada Fictive", "appointment Tue Apr 16, 2:30 pm PDT")]


def test_nobody_is_reminded_of_what_they_have_just_booked_or_given_back(cast: Cast, hours: HoursSeries):
    mine = book(hours, cast.student)
    Appointment.objects.filter(pk=mine.pk).update(created_at=mine.starts_at - timedelta(hours=2))
    assert reminders.remind_due(mine.starts_at - timedelta(hours=1)) == 0
    appointments.give_up(mine, by=mine.student, now=NOON)
    assert reminders.remind_due(mine.starts_at - timedelta(hours=23)) == 0
    assert letters()[1:] == [("Wren Instructor", "Ada Fictive does not come")]


def test_a_request_is_taken_back_or_ends_with_its_last_time_and_counts_no_more(cast: Cast, hours: HoursSeries):
    ask = {"by": cast.student, "host": cast.instructor, "wish": Wish(), "now": NOON}
    times = [NOON + timedelta(hours=1), NOON + timedelta(hours=3)]
    request, two = (appointment_requests.ask(cast.course, times=some, **ask) for some in (times, times[1:]))
    with pytest.raises(DomainError, match="2 open bookings"):
        book(hours, cast.student)
    appointments.give_up(request, by=request.student, now=NOON)
    assert appointment_requests.lapse_due(NOON + timedelta(hours=2)) == 0
    assert appointment_requests.lapse_due(NOON + timedelta(hours=3)) == 1
    two.refresh_from_db()
    assert (request.state, two.state) == (State.CANCELLED, State.LAPSED)
    assert book(hours, cast.student).state == State.BOOKED


def test_what_a_dropped_student_held_goes_to_who_waits(cast: Cast, hours: HoursSeries):
    booked = fill(cast, hours)
    wait(hours, cast.student)
    assert appointments.release_dropped(NOON) == 0
    Enrollment.objects.filter(pk=booked[3].student_id).update(dropped_at=NOON)
    assert appointments.release_dropped(NOON + appointments.GRACE - timedelta(minutes=1)) == 0
    assert appointments.release_dropped(NOON + appointments.GRACE) == 1
    assert Appointment.objects.get(state=State.OFFERED).student == cast.student
    assert ("Wren Instructor", f"{booked[3].student.user.name} does not come") in letters()
    assert appointments.release_dropped(NOON + appointments.GRACE) == 0
