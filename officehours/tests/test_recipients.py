"""What is said before a change is made: who is mailed, by name, and where the dates are held then."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import time_machine

from officehours.domain import appointments, plans
from officehours.domain.edits import Edit, OwnTerms, Scope
from officehours.models import HoursSeries
from officehours.tests.factories import book, change_date, make_hours, on, turn_booking_on
from portal.testing import NOON, Cast, client_of, enroll

pytestmark = pytest.mark.django_db
APRIL_16, APRIL_23 = date(2024, 4, 16), date(2024, 4, 23)
HOME = "/c/cs101-s24/office-hours/"


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def hours(cast: Cast) -> HoursSeries:
    turn_booking_on(cast, slot_minutes=5)
    return make_hours(cast)


def shown(cast: Cast, hours: HoursSeries, verb: str, **typed: str) -> str:
    page = client_of(cast.instructor).post(f"{HOME}{on(hours, APRIL_16).pk}/{verb}", typed)
    return " ".join(page.content.decode().split())


def test_whoever_is_mailed_is_named_once_with_all_their_letters(cast: Cast, hours: HoursSeries):
    book(hours, cast.student)
    book(hours, cast.student, 0, APRIL_23)
    book(hours, cast.other_student, 5)
    page = shown(cast, hours, "cancel", scope="from", reason="Ill")
    assert "Cancel 8 dates, mail 2 people (3 letters)</button>" in page
    assert "Mails 2 people (3 letters), each letter once" in page
    letters = re.search(r'each letter once.*?<ul class="rows">(.*?)</ul>', page)[1]
    assert re.findall(r"<b>([^<]+)</b>", letters) == ["Ada Fictive", "Timo Placeholder"]
    assert re.findall(r'<p class="sub">([^<]+)</p>', letters) == [
        "appointment of Tue Apr 16 is cancelled",
        "appointment of Tue Apr 23 is cancelled",
        "appointment of Tue Apr 16 is cancelled",
    ]


def test_of_many_ten_are_named_and_all_are_counted(cast: Cast, hours: HoursSeries):
    for n in range(12):
        book(hours, enroll(cast.course, f"Student {n:02}"), 5 * n)
    page = shown(cast, hours, "cancel", scope="this", reason="Ill")
    assert "Mails 12 people, each letter once" in page and "<li>and 2 more</li>" in page
    assert len(re.findall(r"<b>Student \d\d</b>", page)) == 10


def test_where_nobody_is_mailed_no_reason_is_made_up(cast: Cast, hours: HoursSeries):
    assert "No student is mailed." in shown(cast, hours, "cancel", scope="this", reason="Ill")


def test_another_person_to_mail_is_another_consequence(cast: Cast, hours: HoursSeries):
    edit = Edit(on(hours, APRIL_16).pk, Scope.THIS, None, reason="Ill")
    mine = book(hours, cast.student)
    before = plans.of_edit(cast.course, edit, now=NOON).fingerprint
    appointments.give_up(mine, by=cast.student, now=NOON)
    book(hours, cast.other_student)
    assert plans.of_edit(cast.course, edit, now=NOON).fingerprint != before


def test_going_online_says_so_wherever_the_place_stands(cast: Cast, hours: HoursSeries):
    typed = {"scope": "this", "date": f"{APRIL_16}", "start": "14:30", "end": "15:30", "place": "HALL 2"}
    page = shown(cast, hours, "change", mode="online", **typed)
    assert "3:30 pm PDT, HALL 2</del>" in page and "3:30 pm PDT, Online, HALL 2</b>" in page
    terms = OwnTerms(APRIL_16, hours.start, hours.end, "online", "HALL 2", "")
    change_date(hours, APRIL_16, terms, reason="", now=NOON)
    student = client_of(cast.student)
    pages = (HOME, f"{HOME}{on(hours, APRIL_16).pk}/", f"{HOME}{on(hours, APRIL_16).pk}/queue")
    assert all("Online, HALL 2" in student.get(url).content.decode() for url in pages)
    assert client_of(cast.student).get(HOME).content.decode().count("Online") == 1
    with time_machine.travel(NOON + timedelta(days=6), tick=False):
        assert "Online, HALL 2" in client_of(cast.student).get("/c/cs101-s24/").content.decode()
