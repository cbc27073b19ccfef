"""What one sees at once: the times on the phone, what one booked, what can be booked, and what was just done."""

import re
from collections.abc import Iterator
from datetime import date, time, timedelta
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.test import Client

from officehours.domain import appointment_requests, slots
from officehours.domain.appointments import Wish
from officehours.models import HoursSeries
from officehours.tests.factories import book, book_slot, make_hours, on, rows, starts, turn_booking_on
from portal.testing import NOON, Cast, client_of

pytestmark = pytest.mark.django_db
TODAY, APRIL_16 = date(2024, 4, 9), date(2024, 4, 16)
COURSE = "/c/cs101-s24/"
HOME = f"{COURSE}office-hours/"


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def hours(cast: Cast) -> HoursSeries:
    return make_hours(cast)


@pytest.fixture
def student(cast: Cast) -> Client:
    return client_of(cast.student)


def text_of(browser: Client, url: str) -> str:
    """A page with single spaces."""
    return " ".join(browser.get(url).content.decode().split())


def test_a_slots_time_is_never_broken(cast: Cast, hours: HoursSeries, student: Client):
    turn_booking_on(cast)
    assert '<div class="times"><label class="tile">' in text_of(student, f"{HOME}{on(hours, TODAY).pk}/")
    css = (Path(settings.BASE_DIR) / "static/css/pieces.css").read_text()
    assert re.search(r"^\.times b \{[^}]*white-space: nowrap", css, re.MULTILINE)


def test_what_is_booked_within_a_week_stands_first_on_today(cast: Cast, hours: HoursSeries, student: Client):
    turn_booking_on(cast)
    assert "Nothing waits for you" in text_of(student, COURSE)
    book = {"by": cast.student, "series": hours.pk, "offset": 15, "now": NOON}
    book_slot(cast.course, on=TODAY, wish=Wish("Lambdas"), **book)
    book_slot(cast.course, on=date(2024, 4, 23), wish=Wish("Later"), **book)
    today = text_of(student, COURSE)
    assert today.index("Tue Apr 9, 2:45 pm PDT</h2>") < today.index("Office hours this week")
    assert ": Lambdas</p>" in today and "Later" not in today and "Nothing waits for you" not in today
    assert "Lambdas" not in text_of(client_of(cast.other_student), COURSE)
    with time_machine.travel(NOON + timedelta(hours=10), tick=False):
        assert "Lambdas" not in text_of(student, COURSE)


def test_what_was_agreed_on_beside_office_hours_stands_on_today(cast: Cast, hours: HoursSeries, student: Client):
    turn_booking_on(cast)
    times = [NOON + timedelta(days=1)]
    asked = appointment_requests.ask(
        cast.course, by=cast.student, host=cast.instructor, times=times, wish=Wish("Thesis"), now=NOON
    )
    assert ": Thesis</p>" not in text_of(student, COURSE)
    appointment_requests.accept(asked, time=times[0], by=cast.instructor, now=NOON)
    assert ": Thesis</p>" in text_of(student, COURSE)


def test_who_has_booked_gives_back_right_there_and_finds_the_form_folded(
    cast: Cast, hours: HoursSeries, student: Client
):
    turn_booking_on(cast)
    url = f"{HOME}{on(hours, APRIL_16).pk}/"
    assert "Book another slot" not in text_of(student, url) and "Give it back" not in text_of(student, url)
    student.post(f"{url}book", {"starts_at": starts(hours, 15)})
    page = text_of(student, url)
    assert "Booked: Tue Apr 16, 2:45 pm PDT." in page and "Give it back" in page
    assert page.index("<summary>Book another slot") < page.index("Book this slot")
    wrong = student.post(f"{url}book", {"starts_at": starts(hours, 7)}).content.decode()
    assert '<details class="more" open><summary>Book another slot' in wrong


def test_who_has_booked_a_full_date_is_offered_no_waiting_list(cast: Cast, hours: HoursSeries, student: Client):
    turn_booking_on(cast, slot_minutes=60)
    url = f"{HOME}{on(hours, APRIL_16).pk}/"
    student.post(f"{url}book", {"starts_at": starts(hours, 0)})
    assert "waiting list" not in text_of(student, url) and "Give it back" in text_of(student, url)
    assert "Join the waiting list" in text_of(client_of(cast.other_student), url)


def test_the_list_says_what_can_be_booked_and_how_much_is_free(cast: Cast, hours: HoursSeries, student: Client):
    assert "free</a>" not in text_of(student, HOME)
    turn_booking_on(cast, slot_minutes=30)
    other = {"by": cast.other_student, "series": hours.pk, "on": APRIL_16, "wish": Wish(), "now": NOON}
    book_slot(cast.course, offset=0, **other)
    line = '<span class="unseen"> Tue Apr 16, 2:30–3:30 pm PDT</span>, {} free</a>'
    assert f"Book{line.format(1)}" in text_of(student, HOME)
    assert text_of(student, HOME).count(", 2 free</a>") == 8
    assert "free</a>" not in text_of(client_of(cast.assistant), HOME)
    book_slot(cast.course, offset=30, **other)
    assert 'Full: wait<span class="unseen"> for Tue Apr 16' in text_of(student, HOME)
    assert text_of(client_of(cast.other_student), HOME).count('<span class="badge">booked</span>') == 1


def test_the_list_counts_what_the_page_of_the_date_offers(cast: Cast, hours: HoursSeries, student: Client):
    turn_booking_on(cast)
    make_hours(cast, start=time(15), end=time(16))  # of the same host: what is booked there is not free here
    other = book(hours, cast.other_student, 30, TODAY, now=NOON)
    assert other.starts_at == NOON.replace(hour=22)
    for minutes in (0, 160, 200):
        moment = NOON + timedelta(minutes=minutes)
        every = rows(cast.course)
        found = slots.openings(every, cast.student, moment)
        assert found, minutes
        for row in every:
            offered = len(slots.free(row, slots.rules_of(cast.course), moment))
            assert (found[row.pk].free if row.pk in found else 0) == offered, (minutes, row.on)


def test_office_hours_that_are_on_say_now(cast: Cast, hours: HoursSeries, student: Client):
    for url in (HOME, COURSE):
        assert ">now</span>" not in text_of(student, url)
        with time_machine.travel(NOON.replace(hour=21, minute=40), tick=False):
            assert text_of(student, url).count(">now</span>") == 1


def test_a_queue_that_is_not_opened_names_who_opens_it_and_nudges_them(cast: Cast, hours: HoursSeries, student: Client):
    queue, nudge = f"{HOME}{on(hours, TODAY).pk}/queue", "queue to open: your office hours are on"
    host = client_of(cast.instructor)
    assert f"{cast.instructor.user} opens it when the office hours begin." in text_of(student, queue)
    assert nudge not in text_of(host, COURSE)
    with time_machine.travel(NOON.replace(hour=21, minute=40), tick=False):
        assert f"{cast.instructor.user} has not opened the queue yet." in text_of(student, queue)
        assert nudge in text_of(host, COURSE) and nudge not in text_of(client_of(cast.assistant), COURSE)
        assert f'href="{queue}"' in text_of(host, COURSE) and f'href="{queue}"' in text_of(host, HOME)
        host.post(f"{queue}/run", {"do": "open"})
        assert nudge not in text_of(host, COURSE)


def test_one_tap_subscribes_and_one_copies_the_address(cast: Cast, student: Client):
    page = text_of(student, f"{COURSE}calendar")
    path = re.search(r'href="webcal://([^"]+)">Add to my calendar', page)[1]
    assert re.search(rf'id="address" readonly value="https?://{re.escape(path)}"', page)
    assert '<button class="button" type="button" data-copy="address" hidden>' in page
    assert student.get(f"/{path.partition('/')[2]}")["Content-Type"].startswith("text/calendar")


def test_each_change_is_answered_in_a_sentence(cast: Cast):
    staff = client_of(cast.assistant)

    def sent(url: str, typed: dict[str, str]) -> str:
        page = staff.post(f"{HOME}{url}", typed, follow=True).content.decode()
        return " ".join(re.findall(r'role="status">([^<]+)</p>', page))

    new = {"host": str(cast.instructor.user_id), "weekday": "1", "start": "14:30", "end": "15:30", "mode": "in_person",
           "place": "HALL 2", "first_on": "2024-04-09", "last_on": "2024-06-04"}  # fmt: skip
    assert sent("new", new) == "Published: every Tuesday, 2:30–3:30 pm, from April 9 2024 on."
    hours = f"{on(HoursSeries.objects.get(), APRIL_16).pk}/"

    def sure(verb: str, typed: dict[str, str]) -> str:
        shown = staff.post(f"{HOME}{hours}{verb}", typed).content.decode()
        fingerprint = re.search(r'name="seen" value="([0-9a-f]{64})"', shown)[1]
        return sent(f"{hours}{verb}", {**typed, "sure": "yes", "seen": fingerprint})

    moved = {"scope": "this", "date": "2024-04-16", "start": "16:00", "end": "17:00", "mode": "in_person",
             "place": "HALL 2", "reason": "Trip"}  # fmt: skip
    assert sure("change", moved) == "Changed: April 16 2024."
    assert sure("cancel", {"scope": "this", "reason": "Ill"}) == "Cancelled: April 16 2024."
    assert sent(f"{hours}restore", {}) == "The office hours of April 16 2024 are held after all."
    assert sure("cancel", {"scope": "from", "reason": "Over"}) == "Cancelled: April 16 2024 and all after it."
    rules = {"slot_minutes": "15", "open_at_once": "2", "offer_minutes": "60"}
    assert sent("booking", {**rules, "is_on": "on"}) == "Saved. Students can book."
    assert sent("booking", rules) == "Saved. Students cannot book."
