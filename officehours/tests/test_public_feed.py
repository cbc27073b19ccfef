"""The office hours that anybody may read: where, but no way into a meeting and nobody's name."""

from datetime import date, time

import pytest

from accounts.models import User
from mail.models import Message
from officehours.domain import calendar_feeds, series
from officehours.domain.edits import OwnTerms
from officehours.domain.series import Terms
from officehours.tests.factories import book, change_date, make_hours, turn_booking_on
from portal.testing import NOON, Cast, enroll

pytestmark = pytest.mark.django_db
APRIL_16 = date(2024, 4, 16)


def place(cast: Cast, text: str, **terms: str) -> str:
    """Where the public feed says that hours with this place are."""
    make_hours(cast, place=text, **terms)
    return calendar_feeds.hours(cast.course, now=NOON, is_public=True)[0].place


@pytest.mark.parametrize(
    "text",
    [
        "https://zoom.example.edu/j/5550100",
        "zoom.us/j/5550100?pwd=abc",
        "meet.example.edu/abc",
        "Zoom.Example.EDU",
        "www.example.edu",
        "Meeting 555 010 0100",
        "call 555-0100",
        "5550100555",
        "write to help@example.edu",
    ],
)
def test_no_way_into_a_meeting_is_public(cast: Cast, text: str):
    assert place(cast, text, mode="online") == "Online"


@pytest.mark.parametrize("text", ["HALL 2", "CP 229", "Bldg. 4, room 2", "Moved from 2024-04-16 to 2024-04-17"])
def test_a_place_is_public(cast: Cast, text: str):
    assert place(cast, text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("HALL 2", "HALL 2"),
        ("HALL 2b, next to CP 229", "HALL 2b, next to CP 229"),
        ("Bo Hall's office", "In person"),
        ("Hall's office", "In person"),
        ("BO HALL, CP 229", "In person"),
        ("see hall", "In person"),
        ("HALL", "In person"),
    ],
)
def test_a_name_is_not_public_and_a_room_of_the_same_name_is(cast: Cast, text: str, shown: str):
    enroll(cast.course, "Bo Hall")
    assert place(cast, text) == shown


@pytest.mark.parametrize(
    ("name", "text", "shown"),
    [
        ("王伟", "王伟病了", "In person"),
        ("王 伟", "王伟病了", "In person"),
        ("José Núñez", "Jose is ill", "In person"),
        ("José Núñez", "Jose\u0301 is ill", "In person"),
        ("Jose Nunez", "José is ill", "In person"),
        ("Wren Placeholder", "room of wren_placeholder", "In person"),
        ("Bo O'Brien", "OBrien is ill", "In person"),
        ("Bo OBrien", "O\u2019Brien is ill", "In person"),
        ("Bo O'Brien", "Mr. O\u2019Brien's office", "In person"),
        ("Émile É. Fictive", "Building E", "Building E"),
        ("Fictive 3", "room 3", "room 3"),
    ],
)
def test_a_name_is_not_public_however_it_is_written(cast: Cast, name: str, text: str, shown: str):
    User.objects.filter(pk=cast.instructor.user_id).update(name=name)
    assert place(cast, text) == shown


def test_the_name_of_a_host_who_is_not_of_the_course_is_not_public(cast: Cast):
    guest = User.objects.create_user("pat.guest@elsewhere.example", "Pat Guestperson")
    terms = Terms(3, time(9), time(10), place="Office of Pat Guestperson")
    first, last = date(2024, 4, 2), date(2024, 6, 4)
    series.create(cast.course, host=guest, terms=terms, first_on=first, last_on=last, now=NOON)
    assert calendar_feeds.hours(cast.course, now=NOON, is_public=True)[0].place == "In person"


@pytest.mark.parametrize(
    ("mode", "text", "shown"),
    [
        ("in_person", "HALL 2", "HALL 2"),
        ("in_person", "", "In person"),
        ("online", "", "Online"),
        ("online", "HALL 2", "Online, HALL 2"),
        ("both", "HALL 2", "HALL 2, in person and online"),
    ],
)
def test_whoever_does_not_come_in_person_only_reads_how(cast: Cast, mode: str, text: str, shown: str):
    assert place(cast, text, mode=mode) == shown
    assert calendar_feeds.hours(cast.course, now=NOON, is_public=False)[0].place == shown


def test_who_is_booked_is_told_that_a_date_goes_online_though_its_place_stays(cast: Cast):
    turn_booking_on(cast)
    hours = make_hours(cast)
    book(hours, cast.student, 0, APRIL_16, now=NOON)
    Message.objects.all().delete()
    terms = OwnTerms(APRIL_16, hours.start, hours.end, "online", hours.place, "")
    change_date(hours, APRIL_16, terms, reason="", now=NOON)
    change_date(hours, APRIL_16, terms, reason="", now=NOON)
    assert "Online, HALL 2" in Message.objects.get(recipient=cast.student.user).text
    (event,) = calendar_feeds.appointments(cast.student, now=NOON)
    assert (event.place, event.sequence) == ("Online, HALL 2", 1)
