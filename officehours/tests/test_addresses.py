"""Old links and open pages lead to the same office hours, whatever number and date they go by after a change."""

import re
from datetime import date, time

import pytest

from officehours.domain import queues
from officehours.domain.series import Terms, terms_of
from officehours.models import Appointment, HoursSeries
from officehours.tests.factories import FRIDAY, cancel, change_from, make_hours, on, open_queue, turn_booking_on
from portal.testing import NOON, Cast, client_of, make_course

pytestmark = pytest.mark.django_db
TODAY, APRIL_16 = date(2024, 4, 9), date(2024, 4, 16)


@pytest.fixture
def hours(cast: Cast, time_machine) -> HoursSeries:
    time_machine.move_to(NOON, tick=False)
    turn_booking_on(cast)
    return make_hours(cast)


def address(one: HoursSeries, day: date, more: str = "") -> str:
    return f"/c/{one.course.slug}/office-hours/{one.pk}/{day}/{more}"


def split(hours: HoursSeries, day: date, **fields) -> HoursSeries:
    terms = Terms(**{**vars(terms_of(hours)), **fields})
    return change_from(hours, day, terms, now=NOON)


def test_a_page_that_was_open_before_a_split_books_waits_and_reads_as_before(cast: Cast, hours: HoursSeries):
    later = split(hours, APRIL_16, place="HALL 9", weekday=FRIDAY)
    assert later.pk != hours.pk
    student, now_at = client_of(cast.student), address(later, date(2024, 4, 19))
    assert "HALL 9" in student.get(address(hours, APRIL_16)).content.decode()
    booked = student.post(address(hours, APRIL_16, "book"), {"offset": "15", "topic": "S3"})
    assert booked.status_code == 302 and booked["Location"] == now_at
    assert Appointment.objects.get().series == later
    refused = client_of(cast.other_student).post(address(hours, APRIL_16, "wait"), follow=True)
    assert "A slot is free" in refused.content.decode()
    assert student.post(address(hours, APRIL_16, "leave"))["Location"] == now_at


def test_nobody_is_booked_for_a_time_that_they_did_not_see(cast: Cast, hours: HoursSeries):
    student = client_of(cast.student)
    page = student.get(address(hours, APRIL_16)).content.decode()
    seen = re.search(r'name="begins" value="([^"]+)"', page)[1]
    change_from(hours, APRIL_16, Terms(**{**vars(terms_of(hours)), "weekday": FRIDAY}), now=NOON)
    refused = student.post(address(hours, APRIL_16, "book"), {"offset": "15", "topic": "S3", "begins": seen})
    again = refused.content.decode()
    assert refused.status_code == 422 and "were changed since you looked" in again and 'value="S3"' in again
    assert not Appointment.objects.exists()
    seen = re.search(r'name="begins" value="([^"]+)"', again)[1]
    student.post(address(hours, APRIL_16, "book"), {"offset": "15", "begins": seen})
    assert Appointment.objects.get().starts_at.isoformat() > seen
    assert student.post(address(hours, APRIL_16, "book"), {"offset": "0", "begins": "soon"}).status_code == 422


def test_a_queue_that_is_watched_goes_on_after_a_split(cast: Cast, hours: HoursSeries):
    queue = open_queue(hours, APRIL_16, now=NOON)
    queues.join(queue, by=cast.student, topic="S3", team=None, now=NOON)
    later = split(hours, APRIL_16, place="HALL 9")
    old, new = address(hours, APRIL_16, "queue"), address(later, APRIL_16, "queue")
    piece = client_of(cast.student).get(old, headers={"HX-Request": "true"}).content.decode()
    assert "You are next" in piece and f'hx-get="{new}' in piece and old not in piece
    assert client_of(cast.other_student).post(f"{old}/join", {"topic": "IAM"})["Location"] == new
    assert client_of(cast.instructor).post(f"{old}/run", {"do": "next"})["Location"] == new
    assert client_of(cast.student).post(f"{old}/mine", {"do": "leave"})["Location"] == new
    assert sorted(queue.entries.values_list("state", flat=True)) == ["left", "waiting"]


def test_a_page_that_waits_for_the_queue_to_open_finds_it_after_a_split(cast: Cast, hours: HoursSeries):
    later = split(hours, APRIL_16, place="HALL 9")
    student, old = client_of(cast.student), address(hours, APRIL_16, "queue")
    assert student.get(f"{old}?seen=none", headers={"HX-Request": "true"}).status_code == 204
    assert client_of(cast.instructor).post(f"{old}/run", {"do": "open"}).status_code == 302
    assert queues.queue_of(cast.course, later.pk, APRIL_16) and not hours.queues.exists()
    assert b"Join the queue" in student.get(f"{old}?seen=none", headers={"HX-Request": "true"}).content


def test_staff_change_and_cancel_by_an_old_address(cast: Cast, hours: HoursSeries):
    later, staff = split(hours, APRIL_16, start=time(9), end=time(10)), client_of(cast.instructor)
    assert 'value="09:00"' in staff.get(address(hours, APRIL_16, "change")).content.decode()
    cancel(later, APRIL_16, reason="ill", now=NOON)
    staff.post(address(hours, APRIL_16, "restore"))
    assert not later.changes.exists()


def test_another_course_or_a_week_without_them_is_not_found(cast: Cast, hours: HoursSeries):
    split(hours, APRIL_16, weekday=FRIDAY)
    make_course("other-s24")
    student = client_of(cast.student)
    for path in (
        address(hours, date(2024, 7, 2)),
        address(hours, date(2024, 7, 2), "queue"),
        address(hours, APRIL_16).replace(cast.course.slug, "other-s24"),
        address(hours, APRIL_16).replace(f"/{hours.pk}/", f"/{hours.pk + 999}/"),
        address(hours, APRIL_16, "queue").replace(f"/{hours.pk}/", f"/{'9' * 25}/"),
    ):
        assert student.get(path).status_code == 404


HUGE = "9" * 25


def test_numbers_that_no_row_has_are_not_found_or_refused_and_break_nothing(cast: Cast, hours: HoursSeries):
    dated = ("", "book", "wait", "leave", "change", "cancel", "restore",
             "queue", "queue/join", "queue/mine", "queue/run")  # fmt: skip
    paths = [f"{HUGE}/{APRIL_16}/{more}" for more in dated]
    paths += [f"appointments/{HUGE}/{more}" for more in ("", "give-up", "accept", "decline")]
    paths += [f"polls/{HUGE}/{more}" for more in ("", "close", "publish")] + [f"queue/{HUGE}"]
    sent = {"offset": "0", "topic": "x", "do": "open", "note": "x", "keys": "1 09:00", "first_on": "2024-04-16"}
    for person in (cast.student, cast.assistant):
        browser = client_of(person)
        for path in paths:
            url = f"/c/{cast.course.slug}/office-hours/{path}"
            assert {browser.get(url).status_code, browser.post(url, sent).status_code} <= {403, 404, 405}, path


@pytest.mark.parametrize("field", ["first", "offset", "team", "minutes", "host", "weekday", "keys"])
def test_huge_numbers_in_a_form_are_no_error_either(cast: Cast, hours: HoursSeries, field: str):
    open_queue(hours, TODAY, now=NOON)
    base = f"/c/{cast.course.slug}/office-hours/"
    dated = (f"{on(hours, APRIL_16).pk}/book", f"{hours.pk}/{TODAY}/queue/join", f"{hours.pk}/{TODAY}/queue/run")
    for person in (cast.student, cast.assistant):
        for path in ("new", "polls/new", "ask", "booking", *dated):
            for does in ("next", "late"):
                answer = client_of(person).post(f"{base}{path}", {"do": does, "topic": "x", field: HUGE})
                assert answer.status_code in (302, 403, 422), (person, path)
