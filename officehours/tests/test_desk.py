"""A queue as people see it: the honest wait, the staff's buttons, and dates that have no queue."""

import re
from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client

from courses.models import Enrollment
from officehours.domain import queues
from officehours.models import HoursQueue, HoursSeries, QueueEntry
from officehours.queries import desk
from officehours.tests.factories import cancel, make_hours, on, open_queue
from portal.testing import NOON, Cast, client_of, enroll

pytestmark = pytest.mark.django_db
TODAY, NEXT_WEEK = date(2024, 4, 9), date(2024, 4, 16)
State, Queue = QueueEntry.State, HoursQueue.State
MINUTE = timedelta(minutes=1)


@pytest.fixture
def hours(cast: Cast, time_machine) -> HoursSeries:
    time_machine.move_to(NOON, tick=False)
    return make_hours(cast)


@pytest.fixture
def queue(hours: HoursSeries) -> HoursQueue:
    return open_queue(hours, TODAY, now=NOON)


def join(queue: HoursQueue, person: Enrollment, minutes: int = 0) -> QueueEntry:
    return queues.join(queue, by=person, topic="Lambdas", team=None, now=NOON + minutes * MINUTE)


def help_for(queue: HoursQueue, minutes: int, count: int = 3) -> None:
    """Help so many, each for so long."""
    for n in range(count):
        entry = join(queue, enroll(queue.hours.course, f"Early {minutes} {n}"))
        queues.move(entry, State.CALLED, now=NOON)
        queues.move(entry, State.DONE, now=NOON + minutes * MINUTE)


def wait(queue: HoursQueue, person: Enrollment, minutes: int = 0) -> tuple[int, int | None]:
    queue.refresh_from_db()
    seen = desk.wait_of(queue, person, now=NOON + minutes * MINUTE)
    return seen.ahead, seen.minutes


def test_the_wait_is_not_known_until_three_were_helped(cast: Cast, queue: HoursQueue):
    join(queue, cast.student, 1)
    help_for(queue, 20, 2)
    assert wait(queue, cast.student) == (0, None)
    help_for(queue, 5, 1)
    join(queue, cast.other_student, 2)
    assert wait(queue, cast.other_student) == (1, 15)


def test_who_is_next_while_nobody_is_helped_does_not_wait_however_late_the_host_began(cast: Cast, queue: HoursQueue):
    help_for(queue, 20)
    join(queue, cast.student)
    queues.run_late(queue, 15)
    assert wait(queue, cast.student) == (0, 0)
    page = client_of(cast.student).get(address(queue)).content.decode()
    assert "You can be called any moment" in page and "Running 15 minutes late" in page


def test_who_is_being_helped_has_the_rest_of_their_time_to_go(cast: Cast, queue: HoursQueue):
    help_for(queue, 20)
    for n in range(3):
        join(queue, enroll(cast.course, f"Here {n}"), n)
    join(queue, cast.student, 3)
    queues.call_next(queue, now=NOON)
    assert [wait(queue, cast.student, minutes) for minutes in (0, 5, 20, 30)] == [(2, 60), (2, 55), (2, 40), (2, 40)]
    queues.call_next(queue, now=NOON + 10 * MINUTE)  # a second host: whichever is free first takes the next
    assert wait(queue, cast.student, 10) == (1, 20)
    page = client_of(cast.student).get(address(queue)).content.decode()
    assert "About 30 minutes, until about 12:30 pm PDT, by those before you today." in page


def test_a_paused_queue_promises_no_time(cast: Cast, queue: HoursQueue):
    help_for(queue, 20)
    join(queue, cast.student)
    queues.turn(queue, Queue.PAUSED)
    assert wait(queue, cast.student) == (0, None)
    assert "while the queue is paused" in client_of(cast.student).get(address(queue)).content.decode()


# --- Buttons -----------------------------------------------------------------------------------
def address(queue: HoursQueue, day: date = TODAY) -> str:
    return f"/c/{queue.hours.course.slug}/office-hours/{queue.hours_id}/queue"


def buttons(staff: Client, url: str) -> list[str]:
    return re.findall(r'name="do" value="(\w+)">([^<]*)', staff.get(url).content.decode())


def first_on(staff: Client, url: str) -> str:
    return re.search(r'name="first" value="(\d*)"', staff.get(url).content.decode())[1]


def test_a_double_click_calls_one_person_and_says_so(cast: Cast, queue: HoursQueue):
    for n in range(3):
        join(queue, enroll(cast.course, f"Here {n}"), n)
    staff, url = client_of(cast.instructor), address(queue)
    pressed = {"do": "next", "first": first_on(staff, url)}
    staff.post(f"{url}/run", pressed)
    again = staff.post(f"{url}/run", pressed, follow=True).content.decode()
    assert "Here 0 was called already, and nobody else now" in again
    queues.move(queue.entries.get(state=State.CALLED), State.DONE, now=NOON)
    assert "nobody else now" in staff.post(f"{url}/run", pressed, follow=True).content.decode()
    assert queue.entries.filter(state=State.WAITING).count() == 2
    staff.post(f"{url}/run", {"do": "next", "first": first_on(staff, url)})
    assert queue.entries.get(state=State.CALLED).student.user.name == "Here 1"


def test_calling_the_next_after_the_first_has_left_or_come_back_to_the_line_calls_whoever_is_first(
    cast: Cast, queue: HoursQueue
):
    first, second = join(queue, cast.student), join(queue, cast.other_student, 1)
    queues.move(first, State.LEFT, now=NOON)
    assert queues.call_next(queue, first=first.pk, now=NOON) == second
    queues.move(second, State.WAITING, now=NOON)
    assert queues.call_next(queue, first=second.pk, now=NOON) == second


def test_last_call_is_undone_by_a_button_and_every_button_works(cast: Cast, queue: HoursQueue):
    staff, url = client_of(cast.instructor), address(queue)
    for does, then in [("last_call", "resume"), ("resume", "pause"), ("pause", "resume"), ("last_call", "resume")]:
        assert does in dict(buttons(staff, url))
        shown = staff.post(f"{url}/run", {"do": does}, follow=True).content.decode()
        assert "not in a state for this" not in shown and then in dict(buttons(staff, url)), does
    assert dict(buttons(staff, url))["resume"] == "Let people join again" and "pause" not in dict(buttons(staff, url))
    staff.post(f"{url}/run", {"do": "resume"})
    queue.refresh_from_db()
    assert queue.takes_people


def test_a_lateness_or_a_note_that_cannot_be_kept_is_given_back_with_a_reason(cast: Cast, queue: HoursQueue):
    staff, url, entry = client_of(cast.instructor), address(queue), join(queue, cast.student)
    for minutes in ("500", "", "soon"):
        answer = staff.post(f"{url}/run", {"do": "late", "minutes": minutes})
        assert answer.status_code == 422 and "From 0 to 240 minutes" in answer.content.decode()
    assert b'value="soon"' in answer.content
    queues.call_next(queue, now=NOON)
    for _ in range(2):  # also when nobody is being helped any more
        answer = staff.post(f"/c/{cast.course.slug}/office-hours/queue/{entry.pk}", {"note": "n" * 301})
        assert answer.status_code == 422 and "It was not kept" in answer.content.decode()
        assert "n" * 301 in answer.content.decode()
        QueueEntry.objects.update(state=State.DONE)
    queue.refresh_from_db()
    assert queue.late_minutes == 0 and not QueueEntry.objects.exclude(note="").exists()


# --- Dates without a queue ---------------------------------------------------------------------
def text_of(browser: Client, url: str) -> str:
    return " ".join(browser.get(url).content.decode().split())


def test_the_queue_of_a_cancelled_date_says_so_with_the_reason(cast: Cast, hours: HoursSeries, queue: HoursQueue):
    join(queue, cast.other_student)
    for day in (TODAY, NEXT_WEEK):
        cancel(hours, day, reason="Ill", now=NOON)
        for person in (cast.student, cast.instructor):
            page = text_of(client_of(person), address(queue, day))
            assert "Cancelled: Ill." in page and "opens it" not in page and "Open the queue" not in page
    piece = client_of(cast.student).get(address(queue), headers={"HX-Request": "true"}).content.decode()
    assert "Cancelled: Ill." in piece


def test_the_queue_of_a_date_that_is_over_says_so(cast: Cast, hours: HoursSeries):
    student, staff = client_of(cast.student), client_of(cast.instructor)
    url = f"/c/{cast.course.slug}/office-hours/{on(hours, TODAY).pk}/queue"
    with time_machine.travel(NOON + timedelta(hours=5), tick=False):
        assert "These office hours are over." in text_of(student, url)
        assert "You can still open a queue today" in text_of(staff, url) and "Open the queue" in text_of(staff, url)
    with time_machine.travel(NOON + timedelta(days=1), tick=False):
        assert "These office hours are over." in text_of(staff, url) and "Open the queue" not in text_of(staff, url)
