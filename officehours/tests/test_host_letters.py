"""What hosts read: of a booking given back, of a request taken back, of what other staff did; and nothing untrue."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine

from courses.models import Enrollment
from mail.models import Message
from officehours.domain import appointment_requests, appointments, plans
from officehours.domain.appointments import Wish
from officehours.domain.edits import Edit, OwnTerms, Scope
from officehours.models import Appointment, HoursSeries
from officehours.tests.factories import book, cancel, make_hours, on, turn_booking_on, wait
from portal.testing import NOON, Cast, client_of, enroll

pytestmark = pytest.mark.django_db
APRIL_16 = date(2024, 4, 16)
TUESDAY, WEDNESDAY = NOON + timedelta(days=7), NOON + timedelta(days=8)


@pytest.fixture
def hours(cast: Cast) -> HoursSeries:
    turn_booking_on(cast)
    return make_hours(cast)


@pytest.fixture
def asked(cast: Cast, hours: HoursSeries) -> Appointment:
    request = appointment_requests.ask(
        cast.course, by=cast.student, host=cast.instructor, times=[TUESDAY, WEDNESDAY], wish=Wish(), now=NOON
    )
    Message.objects.all().delete()
    return request


def to_host(cast: Cast) -> list[str]:
    rows = Message.objects.filter(recipient=cast.instructor.user).order_by("pk")
    return [message.subject.partition(": ")[2] for message in rows]


def text(cast: Cast) -> str:
    return Message.objects.get(recipient=cast.instructor.user).text


def test_the_host_hears_of_a_booking_given_back_and_nothing_of_a_mere_offer(cast: Cast, hours: HoursSeries):
    booked = [
        book(hours, enroll(cast.course, f"Full {n}"), 15 * n, APRIL_16, now=NOON)
        for n in range(4)
    ]  # fmt: skip
    wait(hours, cast.student, APRIL_16, now=NOON)
    appointments.give_up(booked[0], by=booked[0].student, now=NOON)
    assert to_host(cast) == ["Full 0 does not come"]
    appointments.give_up(Appointment.objects.get(state="offered"), by=cast.student, now=NOON)
    assert to_host(cast) == ["Full 0 does not come"]


def test_a_request_taken_back_held_no_time(cast: Cast, asked: Appointment):
    appointments.give_up(asked, by=cast.student, now=NOON)
    appointments.give_up(asked, by=cast.student, now=NOON)
    assert to_host(cast) == ["Ada Fictive takes a request back"]
    assert "nothing waits for your answer" in text(cast) and "free again" not in text(cast)


def test_a_student_whom_no_offered_time_suits_gives_nothing_back(cast: Cast, asked: Appointment):
    appointment_requests.counter(asked, by=cast.instructor, times=[WEDNESDAY + timedelta(hours=1)], now=NOON)
    appointment_requests.decline(asked, by=cast.student, reason="", now=NOON)
    assert to_host(cast) == ["none of the times you offered suits Ada Fictive"]
    assert "free again" not in text(cast)


def test_the_host_is_told_once_of_what_other_staff_agreed_to_and_cancelled(cast: Cast, asked: Appointment):
    appointment_requests.accept(asked, time=TUESDAY, by=cast.assistant, now=NOON, place="CP 229")
    appointment_requests.accept(asked, time=TUESDAY, by=cast.assistant, now=NOON)
    assert to_host(cast) == [f"{cast.assistant.user} booked Ada Fictive with you"]
    assert "Tue Apr 16, 12:00 pm PDT, CP 229." in text(cast)
    for _ in range(2):
        appointments.cancel(asked, by=cast.assistant, reason="Ill", now=NOON)
    assert to_host(cast)[1:] == [f"{cast.assistant.user} cancelled the appointment of Ada Fictive with you"]
    assert "Why: Ill" in Message.objects.filter(recipient=cast.instructor.user).latest("pk").text


def test_the_host_is_told_of_what_other_staff_declined(cast: Cast, asked: Appointment):
    appointment_requests.decline(asked, by=cast.assistant, reason="Away", now=NOON)
    assert to_host(cast) == [f"{cast.assistant.user} declined what Ada Fictive asked you for"]
    assert "Why: Away" in text(cast)


def test_the_host_is_told_of_the_times_that_other_staff_offered(cast: Cast, asked: Appointment):
    appointment_requests.counter(asked, by=cast.assistant, times=[WEDNESDAY + timedelta(hours=1)], now=NOON)
    assert to_host(cast) == [f"{cast.assistant.user} offered Ada Fictive other times with you"]
    assert "- Wed Apr 17, 1:00 pm PDT" in text(cast)


def test_hosts_are_not_told_of_what_they_did_themselves(cast: Cast, asked: Appointment, hours: HoursSeries):
    appointment_requests.accept(asked, time=TUESDAY, by=cast.instructor, now=NOON)
    appointments.cancel(asked, by=cast.instructor, reason="", now=NOON)
    cancel(hours, APRIL_16, reason="Ill", now=NOON)
    plans.restore(on(hours, APRIL_16), by=cast.instructor, now=NOON)
    assert to_host(cast) == []


def test_staff_cancel_on_a_page_and_the_host_hears_of_it(cast: Cast, asked: Appointment):
    appointment_requests.accept(asked, time=TUESDAY, by=cast.instructor, now=NOON)
    with time_machine.travel(NOON, tick=False):
        page = f"/c/cs101-s24/office-hours/appointments/{asked.pk}/"
        client_of(cast.assistant).post(page, {"do": "cancel", "reason": "Ill"})
    assert to_host(cast) == [f"{cast.assistant.user} cancelled the appointment of Ada Fictive with you"]


def test_the_host_is_told_once_of_a_date_that_others_hold_after_all(cast: Cast, hours: HoursSeries):
    cancel(hours, APRIL_16, reason="Ill", now=NOON)
    with time_machine.travel(NOON, tick=False):
        for _ in range(2):
            client_of(cast.assistant).post(f"/c/cs101-s24/office-hours/{on(hours, APRIL_16).pk}/restore")
    assert to_host(cast) == [f"{cast.assistant.user} changed your office hours"]
    assert "Tue Apr 16, 2:30–3:30 pm PDT: held after all, Tue Apr 16, 2:30–3:30 pm PDT, HALL 2" in text(cast)


@pytest.mark.parametrize(("days", "state"), [(6, Message.State.QUEUED), (0, Message.State.DIGEST)])
def test_the_host_with_one_daily_letter_hears_at_once_of_a_change_close_by(
    cast: Cast, hours: HoursSeries, days: int, state: str
):
    cast.instructor.user.mail_preferences.create(kind="appointment", choice="digest")
    now, edit = NOON + timedelta(days=days), Edit(on(hours, APRIL_16).pk, Scope.THIS, None, reason="Ill")
    seen = plans.of_edit(cast.course, edit, now=now).fingerprint
    assert plans.apply_edit(cast.course, edit, by=cast.assistant, seen=seen, now=now) is None
    assert Message.objects.get(recipient=cast.instructor.user).state == state


def apply(cast: Cast, edit: Edit, now: datetime = NOON) -> plans.HoursPlan:
    """Done by the assistant, after a look at what follows."""
    found = plans.of_edit(cast.course, edit, now=now)
    assert plans.apply_edit(cast.course, edit, by=cast.assistant, seen=found.fingerprint, now=now) is None
    return found


def own_terms(hours: HoursSeries, day: date, **otherwise: Any) -> OwnTerms:
    return OwnTerms(**{**{name: getattr(hours, name) for name in ("start", "end", "mode", "place", "url")}, "date": day,
                   **otherwise})  # fmt: skip


def test_the_host_hears_nothing_of_a_change_that_changes_no_date(cast: Cast, hours: HoursSeries):
    assert apply(cast, Edit(on(hours, APRIL_16).pk, Scope.THIS, own_terms(hours, APRIL_16))).host is None
    assert to_host(cast) == []


def test_dates_that_are_over_are_not_counted_and_hurry_nobody(cast: Cast, hours: HoursSeries):
    cast.instructor.user.mail_preferences.create(kind="appointment", choice="digest")
    thursday, april_23 = NOON + timedelta(days=2), date(2024, 4, 23)
    found = apply(
        cast, Edit(on(hours, april_23).pk, Scope.TO_COME, own_terms(hours, april_23), title="Help"), now=thursday
    )
    assert found.dates[0].before.on == APRIL_16 and len(found.dates) == 8
    assert Message.objects.get(recipient=cast.instructor.user).state == Message.State.DIGEST


@pytest.mark.parametrize("is_booked", [True, False])
def test_the_host_reads_that_students_are_told_only_if_they_are(cast: Cast, hours: HoursSeries, is_booked: bool):
    if is_booked:
        book(hours, cast.student, 0, APRIL_16, now=NOON)
    apply(cast, Edit(on(hours, APRIL_16).pk, Scope.THIS, own_terms(hours, APRIL_16, place="HALL 9")))
    assert ("Who was booked is told." in text(cast)) == is_booked
    assert ("Who was booked is told." in Message.objects.get(recipient=cast.instructor.user).html) == is_booked


def test_of_two_changes_in_one_second_the_host_reads_both(cast: Cast, hours: HoursSeries):
    for n in range(2):
        edit = Edit(on(hours, APRIL_16).pk, Scope.THIS, own_terms(hours, APRIL_16, place=f"HALL {n}"))
        apply(cast, edit, now=NOON + timedelta(milliseconds=n))
    assert len(to_host(cast)) == 2


@pytest.mark.parametrize("is_here", [True, False])
def test_the_page_says_that_the_host_is_written_to_only_while_they_are_on_the_staff(
    cast: Cast, hours: HoursSeries, is_here: bool
):
    if not is_here:
        Enrollment.objects.filter(pk=cast.instructor.pk).update(dropped_at=NOON)
    with time_machine.travel(NOON, tick=False):
        page, typed = f"/c/cs101-s24/office-hours/{on(hours, APRIL_16).pk}/cancel", {"scope": "this", "reason": "Ill"}
        shown = client_of(cast.assistant).post(page, typed).content.decode()
    assert "What follows" in shown and ("gets a letter too" in shown) == is_here
