"""The pages of office hours: what one sees, books and changes."""

import re
from collections.abc import Iterator
from datetime import date, time, timedelta

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client

from mail.models import Message
from officehours.domain import appointments, teams
from officehours.domain.edits import OwnTerms
from officehours.models import Appointment, HoursSeries, WaitingListEntry
from officehours.tests import team_3
from officehours.tests.factories import (
    address,
    book,
    cancel,
    change_date,
    make_hours,
    on,
    starts,
    turn_booking_on,
    wait,
)
from portal.testing import NOON, Cast, client_of, enroll

pytestmark = pytest.mark.django_db
APRIL_16 = date(2024, 4, 16)
HOME = "/c/cs101-s24/office-hours/"
HELD = "Tue Apr 16, 2:30–3:30 pm PDT, HALL 2, in person and online"
EDIT = {"scope": "this", "date": "2024-04-16", "start": "16:00", "end": "17:00", "mode": "in_person", "place": "HALL 2",
        "reason": "Trip"}  # fmt: skip


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def hours(cast: Cast) -> HoursSeries:
    return make_hours(cast, url="https://zoom.example.edu/j/1", mode="both")


@pytest.fixture
def student(cast: Cast) -> Client:
    return client_of(cast.student)


@pytest.fixture
def staff(cast: Cast) -> Client:
    return client_of(cast.assistant)


def seen(shown: HttpResponse) -> str:
    """The fingerprint of the consequences that a page shows."""
    return re.search(r'name="seen" value="([0-9a-f]{64})"', shown.content.decode())[1]


def sure(staff: Client, url: str, typed: dict[str, str]) -> HttpResponse:
    """See what follows, and do it."""
    return staff.post(url, {**typed, "sure": "yes", "seen": seen(staff.post(url, typed))})


def test_the_page_of_weeks_greys_what_is_past_and_strikes_what_is_not_held(hours: HoursSeries, student: Client):
    cancel(hours, APRIL_16, reason="Ill", now=NOON)
    terms = OwnTerms(date(2024, 4, 24), time(9), time(10), "online", "", "https://zoom.example.edu/j/1")
    change_date(hours, date(2024, 4, 23), terms, reason="Trip", now=NOON)
    text = " ".join(student.get(HOME).content.decode().split())
    assert text.count('<li class="past">') == 3
    assert (
        '<del>Tue Apr 16, 2:30–3:30 pm PDT, HALL 2, in person and online</del></b> <p class="sub">Cancelled: Ill'
        in text
    )
    assert (
        '<del>Tue Apr 23, 2:30–3:30 pm PDT</del></b> <p class="sub">Moved to Wed Apr 24, 9:00–10:00 am PDT: Trip'
        in text
    )
    assert "<del>Tue Apr 23, 2:30–3:30 pm PDT, HALL 2</del> Trip" in text
    assert "/change" not in text and "Hold them" not in text


def test_an_empty_page_teaches_the_first_step(cast: Cast, student: Client, staff: Client):
    assert "as soon as your instructor" in student.get(HOME).content.decode()
    assert "Publish the first" in staff.get(HOME).content.decode()


def test_today_shows_this_week_and_says_what_is_over(hours: HoursSeries, student: Client):
    with time_machine.travel(NOON.replace(hour=22, minute=30), tick=False):
        text = student.get("/c/cs101-s24/").content.decode()
    assert "2:30–3:30 pm PDT" in text and ">over</span>" in text and "zoom.example.edu" not in text
    assert "zoom.example.edu" in student.get("/c/cs101-s24/").content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_pages_ask_as_much_for_three_series_as_for_one(
    cast: Cast, student: Client, staff: Client, rows: int, django_assert_max_num_queries
):
    turn_booking_on(cast)
    for n in range(rows):
        hours = make_hours(cast, weekday=n + 1)
        person = enroll(cast.course, f"Booker {n}")
        book(hours, person, 0, APRIL_16 + timedelta(days=n), now=NOON)  # fmt: skip
    for browser, queries in ((student, 15), (staff, 13)):
        with django_assert_max_num_queries(queries):
            assert browser.get(HOME).status_code == 200


def test_staff_publish_new_hours_and_are_told_what_is_wrong(cast: Cast, staff: Client):
    typed = {"host": cast.instructor.user_id, "weekday": "1", "start": "14:30", "end": "15:30", "mode": "in_person",
             "place": "CP 229", "first_on": "2024-04-09", "last_on": "2024-06-04"}  # fmt: skip
    for wrong, words in [
        ({"end": "14:00"}, "cannot end at 14:00 when they start at 14:30"),
        ({"start": "25:00"}, "Enter a valid time"),
        ({"url": "javascript:alert(1)"}, "A link begins with https://"),
        ({"url": "ftp://files.example.edu"}, "A link begins with https://"),
        ({"first_on": "Monday 2024-04-02"}, "April 2 2024 is a Tuesday"),
        ({"first_on": "2024-06-05"}, "would have no date"),
        ({"first_on": "2024-04-08"}, "April 8 2024 is past, and nobody could have come then"),
    ]:
        refused = staff.post(f"{HOME}new", {**typed, **wrong})
        assert refused.status_code == 422 and words in refused.content.decode(), wrong
        assert "CP 229" in refused.content.decode()
    assert not HoursSeries.objects.exists()
    assert staff.post(f"{HOME}new", typed).status_code == 302
    assert on(HoursSeries.objects.get(), APRIL_16).start == time(14, 30)
    again = staff.post(f"{HOME}new", {**typed, "start": "15:00", "end": "16:00"}, follow=True)
    assert "lie over other hours or appointments of the same person on 9 dates" in again.content.decode()


def test_a_change_says_what_follows_before_it_is_done(cast: Cast, hours: HoursSeries, staff: Client):
    turn_booking_on(cast)
    book(hours, cast.student, 0, APRIL_16, now=NOON)
    Message.objects.all().delete()
    url = f"{address(hours)}change"
    assert "All to come" in staff.get(url).content.decode()
    shown = staff.post(url, EDIT).content.decode()
    assert "Change 1 date, mail 1 person" in shown and f"<del>{HELD}</del>" in shown
    assert on(hours, APRIL_16).start == time(14, 30) and not Message.objects.exists()
    assert staff.post(url, {**EDIT, "mend": "yes"}).content.decode().count("See what follows") == 1
    assert sure(staff, url, EDIT).status_code == 302
    assert on(hours, APRIL_16).start == time(16)
    letter = [(letter.recipient, letter.subject.partition(": ")[2]) for letter in Message.objects.order_by("pk")]
    assert letter[0][0] == cast.student.user
    assert letter[1:] == [(cast.instructor.user, "Tay Assistant changed your office hours")]
    assert "4:00–5:00 pm PDT" in Message.objects.last().text


def test_from_this_date_on_and_all_to_come_name_their_dates(hours: HoursSeries, staff: Client):
    url = f"{address(hours)}change"
    assert "Change 8 dates" in staff.post(url, {**EDIT, "scope": "from"}).content.decode()
    assert "Change 9 dates" in staff.post(url, {**EDIT, "scope": "to_come"}).content.decode()
    renamed = staff.post(url, {**EDIT, "title": "Clinic"})
    assert renamed.status_code == 422 and "A name is for all dates" in renamed.content.decode()
    refused = staff.post(url, {**EDIT, "scope": "from", "date": "2024-04-22"})
    assert refused.status_code == 422 and "choose a day of the same week" in refused.content.decode()
    sure(staff, url, {**EDIT, "scope": "from", "date": "2024-04-18", "title": "Clinic"})
    assert list(HoursSeries.objects.values_list("weekday", "title")) == [(3, "Clinic")]


def test_shrinking_over_a_booking_is_refused_by_name_until_it_may_be_cancelled(
    cast: Cast, hours: HoursSeries, staff: Client
):
    turn_booking_on(cast)
    book(hours, cast.student, 45, APRIL_16, now=NOON)
    shrunk = {**EDIT, "start": "14:30", "end": "15:00"}
    for button in ({}, {"sure": "yes"}):
        refused = staff.post(f"{address(hours)}change", {**shrunk, **button})
        assert refused.status_code == 422 and "Ada Fictive (Apr 16, 15:15)" in refused.content.decode()
    assert on(hours, APRIL_16).end == time(15, 30)
    sure(staff, f"{address(hours)}change", {**shrunk, "may_displace": "on"})
    assert Appointment.objects.get().state == "cancelled"


def test_staff_cancel_a_date_and_hold_it_after_all(hours: HoursSeries, staff: Client):
    url = f"{address(hours)}cancel"
    assert staff.post(url, {"scope": "this", "reason": ""}).status_code == 422
    assert "cancelled: Ill" in staff.post(url, {"scope": "this", "reason": "Ill"}).content.decode()
    sure(staff, url, {"scope": "this", "reason": "Ill"})
    assert on(hours, APRIL_16).is_cancelled
    assert "Hold them" in staff.get(HOME).content.decode()
    staff.post(f"{address(hours)}restore")
    assert not on(hours, APRIL_16).is_cancelled
    sure(staff, url, {"scope": "from", "reason": "Over"})
    assert [on(hours, day).is_cancelled for day in (date(2024, 4, 9), APRIL_16, date(2024, 6, 4))] == [
        False,
        True,
        True,
    ]


def test_a_date_that_is_none_is_not_found(hours: HoursSeries, student: Client, staff: Client):
    last = hours.dates.latest("pk").pk
    assert student.get(f"{HOME}{last + 1}/").status_code == 404
    assert staff.get(f"{HOME}{last + 1}/change").status_code == 404


def test_a_student_books_waits_and_gives_back(
    cast: Cast, hours: HoursSeries, student: Client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(teams.registry, "answers", (team_3,))
    assert "Just come by" in student.get(address(hours)).content.decode()
    turn_booking_on(cast)
    assert "Book this slot" in student.get(address(hours)).content.decode()
    booked = student.post(
        f"{address(hours)}book", {"starts_at": starts(hours, 15), "topic": "Lambdas", "team": "3"}, follow=True
    )
    assert "Booked: Tue Apr 16, 2:45 pm PDT" in booked.content.decode()
    mine = Appointment.objects.get()
    assert (mine.topic, mine.team) == ("Lambdas", 3)
    assert "Give it back" in student.get(HOME).content.decode()
    taken, long = ({"starts_at": starts(hours, 7)}, "no such slot"), ({"starts_at": "9" * 5000}, "Choose a slot")
    for wrong, words in (({}, "Choose a slot"), taken, long):
        refused = student.post(f"{address(hours)}book", {"topic": "About traits", **wrong})
        page = refused.content.decode()
        assert refused.status_code == 422 and words in page and "About traits" in page, wrong
    student.post(f"{HOME}appointments/{mine.pk}/give-up")
    assert Appointment.objects.get().state == "cancelled"


def test_what_is_full_has_a_waiting_list_and_an_offer_is_answered_on_the_page(
    cast: Cast, hours: HoursSeries, student: Client
):
    turn_booking_on(cast, slot_minutes=60)
    other = book(hours, cast.other_student, 0, APRIL_16, now=NOON)
    assert "All slots are taken" in student.get(address(hours)).content.decode()
    assert "You wait" in student.post(f"{address(hours)}wait", follow=True).content.decode()
    student.post(f"{address(hours)}leave")
    assert not WaitingListEntry.objects.exists()
    wait(hours, cast.student, APRIL_16, now=NOON)
    appointments.give_up(other, by=other.student, now=NOON)
    Appointment.objects.filter(state="offered").update(hours=None)  # its series was ended: still a slot, no request
    assert "Take it" in student.get(HOME).content.decode()
    offer = Appointment.objects.get(state="offered")
    student.post(f"{HOME}appointments/{offer.pk}/accept")
    offer.refresh_from_db()
    assert offer.state == "booked"
    assert client_of(cast.other_student).post(f"{HOME}appointments/{offer.pk}/give-up").status_code == 404


def test_asking_for_an_appointment_from_request_to_agreement(
    cast: Cast, hours: HoursSeries, student: Client, staff: Client
):
    typed = {"host": cast.instructor.pk, "topic": "Thesis", "first": "2024-04-12T10:00"}
    assert "switched off" in student.post(f"{HOME}ask", typed).content.decode()
    turn_booking_on(cast)
    assert student.post(f"{HOME}ask", {**typed, "first": "2024-04-09T11:00"}).status_code == 422
    assert student.post(f"{HOME}ask", typed).status_code == 302
    asked = Appointment.objects.get()
    url = f"{HOME}appointments/{asked.pk}/"
    assert "Fri Apr 12, 10:00 am PDT" in staff.get(url).content.decode()
    assert staff.post(url, {"do": "counter", "first": ""}).status_code == 422
    assert 'value="HALL 2"' in staff.get(url).content.decode()
    staff.post(url, {"do": "counter", "first": "2024-04-12T11:00", "place": "CP 229"})
    assert "Take Fri Apr 12, 11:00 am PDT" in student.get(HOME).content.decode()
    student.post(f"{url}accept", {"time": "2024-04-12T18:00:00+00:00"})
    asked.refresh_from_db()
    assert (asked.state, asked.starts_at.hour, asked.place) == ("booked", 18, "CP 229")
    assert "CP 229" in student.get(HOME).content.decode()
    staff.post(url, {"do": "cancel", "reason": "Ill"})
    asked.refresh_from_db()
    assert (asked.state, asked.reason) == ("cancelled", "Ill")


def test_new_hours_begin_today_unless_staff_say_otherwise(cast: Cast, staff: Client):
    for day, first_on in ((NOON, "2024-04-09"), (NOON - timedelta(days=60), f"{cast.course.starts_on}")):
        with time_machine.travel(day, tick=False):
            assert f'name="first_on" value="{first_on}"' in staff.get(f"{HOME}new").content.decode()


def test_staff_set_how_one_books(cast: Cast, staff: Client):
    typed = {"is_on": "on", "slot_minutes": "20", "open_at_once": "1", "offer_minutes": "60"}
    assert staff.post(f"{HOME}booking", {**typed, "slot_minutes": "1"}).status_code == 422
    assert staff.post(f"{HOME}booking", typed).status_code == 302
    cast.course.refresh_from_db()
    assert cast.course.booking_rules.slot_minutes == 20
