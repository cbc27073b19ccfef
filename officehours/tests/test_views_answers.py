"""Answers of staff and odd posts: nothing is done that nobody asked for, and nothing ends in an error."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine

from accounts.errors import DomainError
from mail.models import Message
from officehours.domain import appointment_requests, appointments, plans, series
from officehours.domain.appointments import Wish
from officehours.domain.edits import Edit, OwnTerms, Scope
from officehours.domain.series import terms_of
from officehours.forms.booking import AppointmentPlaceForm, ReasonForm
from officehours.models import Appointment, HoursSeries, WaitingListEntry
from officehours.tests.factories import book, change_date, make_hours, on, printed, turn_booking_on
from officehours.tests.test_views import EDIT, seen
from portal.testing import NOON, Cast, client_of, enroll

pytestmark = pytest.mark.django_db
APRIL_16 = date(2024, 4, 16)
HOME = "/c/cs101-s24/office-hours/"


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def hours(cast: Cast) -> HoursSeries:
    turn_booking_on(cast)
    return make_hours(cast)


@pytest.mark.parametrize("sent", [{"do": "banana"}, {}, {"do": ""}])
def test_an_answer_that_is_none_changes_nothing(cast: Cast, hours: HoursSeries, sent: dict[str, str]):
    mine = book(hours, cast.student)
    answer = client_of(cast.assistant).post(f"{HOME}appointments/{mine.pk}/", sent, follow=True)
    assert answer.status_code == 200 and b"Choose an answer" in answer.content
    assert Appointment.objects.get().state == "booked" and Message.objects.count() == 1


def test_a_refused_answer_keeps_what_was_typed_and_says_what_is_wrong(cast: Cast, hours: HoursSeries):
    staff, friday = client_of(cast.instructor), NOON + timedelta(days=3)
    ask = {"by": cast.student, "host": cast.instructor, "wish": Wish(), "now": NOON}
    request = appointment_requests.ask(cast.course, times=[friday], **ask)
    book(hours, cast.other_student)
    taken = on(hours, APRIL_16).starts_at
    two = appointment_requests.ask(cast.course, times=[taken], **ask)
    where = {"place": "ROOM 77"}
    for asked, sent, words in [
        (
            request,
            {"do": "counter", "first": "2024-04-12T11:00", "second": "2024-04-08T11:00", **where},
            "past already",
        ),
        (request, {"do": "counter", "first": "", "second": "2024-04-12T11:00", **where}, "This field is required"),
        (request, {"do": "counter", "first": "2024-04-12T11:00", "place": "ROOM 7" * 60}, "300 characters at most"),
        (request, {"do": "decline", "reason": "Away" * 80}, "300 characters at most; these are 320"),
        (request, {"do": "accept", "time": "noon", **where}, "Choose one of the proposed times"),
        (two, {"do": "accept", "time": taken.isoformat(), **where}, "There is another appointment at this time"),
    ]:
        answer = staff.post(f"{HOME}appointments/{asked.pk}/", sent)
        page = answer.content.decode()
        assert answer.status_code == 422 and words in page, sent
        assert all(f'value="{typed}"' in page for name, typed in sent.items() if typed and name not in ("do", "time"))
    assert set(Appointment.objects.values_list("state", flat=True)) == {"asked", "booked"}
    again = staff.post(f"{HOME}appointments/{request.pk}/", {"do": "decline", "reason": "Away"}, follow=True)
    assert again.redirect_chain
    late = staff.post(f"{HOME}appointments/{request.pk}/", {"do": "decline", "reason": "Away"})
    assert late.status_code == 422 and b"answered already" in late.content


def test_what_is_over_is_not_cancelled_any_more(cast: Cast, hours: HoursSeries):
    mine = book(hours, cast.student)
    with pytest.raises(DomainError, match="is over"):
        appointments.cancel(mine, reason="Ill", now=datetime(2024, 5, 1, tzinfo=UTC))
    assert Appointment.objects.get().state == "booked" and Message.objects.count() == 1


def test_odd_text_and_numbers_are_refused_in_words(cast: Cast, hours: HoursSeries):
    student = client_of(cast.student)
    base = f"{HOME}{on(hours, APRIL_16).pk}/"
    for starts_at in ("9" * 5000, "-1", "1.5", "²", "0001-01-01T00:00Z", "9999-12-31T23:59-12:00"):
        answer = student.post(f"{base}book", {"starts_at": starts_at})
        assert answer.status_code == 422 and b"nothing was booked" in answer.content
    for n in range(4):
        book(hours, enroll(cast.course, f"Full {n}"), 15 * n)
    answer = student.post(f"{base}wait", {"topic": "x" * 301}, follow=True)
    assert answer.status_code == 422 and b"You do not wait yet" in answer.content and b"xxx" in answer.content
    assert not WaitingListEntry.objects.exists()


@pytest.mark.parametrize(("form", "name"), [(ReasonForm, "reason"), (AppointmentPlaceForm, "place")])
def test_what_a_database_cannot_keep_is_refused_by_the_form_too(form, name: str):
    assert name in form({name: "a\x00b"}).errors


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "2224-06-04"])
def test_dates_that_no_course_has_are_refused(cast: Cast, hours: HoursSeries, day: str):
    staff, student = client_of(cast.assistant), client_of(cast.student)
    new = {"host": cast.instructor.user_id, "weekday": "1", "start": "14:30", "end": "15:30", "mode": "in_person",
           "first_on": "2024-04-02", "last_on": "2024-06-04"}  # fmt: skip
    assert staff.post(f"{HOME}new", {**new, "last_on": day}).status_code == 422
    assert staff.post(f"{HOME}new", {**new, "first_on": day}).status_code == 422
    assert staff.post(f"{HOME}{on(hours, APRIL_16).pk}/change", {**EDIT, "date": day}).status_code == 422
    asked = student.post(f"{HOME}ask", {"host": cast.instructor.pk, "topic": "x", "first": f"{day}T10:00"})
    assert asked.status_code == 422
    assert HoursSeries.objects.count() == 1


def test_hours_last_no_longer_than_a_course_and_begin_at_a_full_minute(cast: Cast, hours: HoursSeries):
    terms = terms_of(hours)
    for first, last in ((date(2000, 1, 1), date(2024, 6, 4)), (date(2024, 4, 2), date(2034, 4, 2))):
        with pytest.raises(DomainError, match="more than a course lasts"):
            series.create(cast.course, host=cast.instructor.user, terms=terms, first_on=first, last_on=last, now=NOON)
    answer = client_of(cast.assistant).post(
        f"{HOME}{on(hours, APRIL_16).pk}/change", {**EDIT, "start": "14:30:00", "end": "14:30:59"}
    )
    assert answer.status_code == 422 and b"full minute" in answer.content


def test_the_week_of_a_date_that_no_course_has_is_refused_in_words(cast: Cast, hours: HoursSeries):
    with pytest.raises(Exception, match="is not a date that a course can have"):
        printed(cast.course, "9999-12-31")


def test_what_was_not_seen_is_not_done(cast: Cast, hours: HoursSeries):
    staff, url = client_of(cast.assistant), f"{HOME}{on(hours, APRIL_16).pk}/change"
    book(hours, cast.student, 45)
    shorter = {**EDIT, "start": "14:30", "end": "15:00", "may_displace": "on"}
    shown = staff.post(url, shorter)
    book(hours, cast.other_student, 30)
    again = staff.post(url, {**shorter, "sure": "yes", "seen": seen(shown)})
    assert again.status_code == 422 and b"changed since you looked" in again.content
    assert Appointment.objects.holding().count() == 2 and on(hours, APRIL_16).end == time(15, 30)
    assert staff.post(url, {**shorter, "sure": "yes", "seen": seen(again)}).status_code == 302
    assert not Appointment.objects.holding().exists()


def test_a_second_tab_does_not_undo_the_first_unseen(cast: Cast, hours: HoursSeries):
    terms = OwnTerms(APRIL_16, hours.start, hours.end, hours.mode, "HALL 9", "")
    mine = Edit(on(hours, APRIL_16).pk, Scope.THIS, terms)
    looked = plans.of_edit(cast.course, mine, now=NOON).fingerprint
    earlier = OwnTerms(APRIL_16, time(9), time(10), hours.mode, hours.place, "")
    change_date(hours, APRIL_16, earlier, reason="", now=NOON)
    assert plans.apply_edit(cast.course, mine, by=cast.assistant, seen=looked, now=NOON) is not None
    assert on(hours, APRIL_16).start == time(9)
