"""The drop-in queue: its order, its allowed moves, its honest wait, and a page that stays light."""

import gzip
import re
from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client

from accounts.errors import DomainError
from courses.models import Course
from mail.models import Message
from officehours.domain import queues, teams
from officehours.models import HoursQueue, HoursSeries, QueueEntry
from officehours.queries import desk
from officehours.tests import team_3
from officehours.tests.factories import cancel, fill, make_hours, on, open_queue
from portal.testing import NOON, Cast, client_of, enroll, make_course

pytestmark = pytest.mark.django_db
TODAY, NEXT_WEEK = date(2024, 4, 9), date(2024, 4, 16)
State, Queue = QueueEntry.State, HoursQueue.State


@pytest.fixture
def hours(cast: Cast) -> HoursSeries:
    return make_hours(cast)


@pytest.fixture
def queue(hours: HoursSeries) -> HoursQueue:
    return open_queue(hours, TODAY, now=NOON)


def join(queue: HoursQueue, person, minutes: int = 0, team: int | None = None) -> QueueEntry:
    return queues.join(queue, by=person, topic="Lambdas", team=team, now=NOON + timedelta(minutes=minutes))


def fresh(entry):
    entry.refresh_from_db()
    return entry


def test_a_student_and_a_team_hold_one_place_each(cast: Cast, queue: HoursQueue, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(teams.registry, "answers", (team_3,))
    place = join(queue, cast.student, team=3)
    assert {join(queue, person, team=team) for person in (cast.student, cast.other_student) for team in (3, None)} == {
        place
    }
    assert join(queue, enroll(cast.course, "Bo Other")) != place
    assert QueueEntry.objects.count() == 2


@pytest.mark.parametrize("start", State.values)
@pytest.mark.parametrize("end", State.values)
def test_a_place_moves_as_the_table_says_and_not_otherwise(cast: Cast, queue: HoursQueue, start: str, end: str):
    entry = join(queue, cast.student)
    QueueEntry.objects.filter(pk=entry.pk).update(state=start)
    if start in queues.MOVES[end]:
        queues.move(entry, end, now=NOON)
        assert fresh(entry).state == end
    else:
        with pytest.raises(DomainError, match="not in a state for this"):
            queues.move(entry, end, now=NOON)
        assert fresh(entry).state == start


@pytest.mark.parametrize("start", Queue.values)
@pytest.mark.parametrize("end", Queue.values)
def test_a_queue_turns_as_the_table_says_and_not_otherwise(queue: HoursQueue, start: str, end: str):
    HoursQueue.objects.update(state=start)
    if start in queues.QUEUE_MOVES[end]:
        queues.turn(queue, end)
    else:
        with pytest.raises(DomainError):
            queues.turn(queue, end)
    assert fresh(queue).state == (end if start in queues.QUEUE_MOVES[end] else start)


def test_who_is_left_over_is_first_next_time_once(cast: Cast, hours: HoursSeries, queue: HoursQueue):
    join(queue, cast.other_student)
    assert queues.close(queue, now=NOON) == 1
    later = open_queue(hours, NEXT_WEEK, now=NOON)
    join(later, cast.student, 1)
    late = join(later, cast.other_student, 2)
    assert late.has_priority and queues.call_next(later, now=NOON) == late
    queues.move(late, State.DONE, now=NOON)
    assert not join(later, cast.other_student, 3).has_priority


def test_who_is_away_keeps_the_place_and_is_not_called(cast: Cast, queue: HoursQueue):
    first, second = join(queue, cast.student), join(queue, cast.other_student, 1)
    queues.move(first, State.AWAY, now=NOON)
    assert queues.call_next(queue, now=NOON) == second
    assert queues.call_next(queue, now=NOON) is None
    queues.move(first, State.WAITING, now=NOON)
    assert queues.call_next(queue, now=NOON) == first


def test_the_next_two_get_one_letter_each(cast: Cast, queue: HoursQueue):
    for n in range(4):
        join(queue, enroll(cast.course, f"Student {n}"), n)
    queues.call_next(queue, now=NOON)
    letter = Message.objects.filter(kind="queue_near").order_by("pk")
    assert [message.recipient.name for message in letter] == ["Student 1", "Student 2"]
    queues.call_next(queue, now=NOON)
    assert [message.recipient.name for message in letter.all()] == ["Student 1", "Student 2", "Student 3"]


def test_last_call_takes_nobody_else_and_a_cancelled_date_has_no_queue(
    cast: Cast, hours: HoursSeries, queue: HoursQueue
):
    queues.turn(queue, Queue.LAST_CALL)
    with pytest.raises(DomainError, match="takes nobody any more"):
        join(queue, cast.student)
    cancel(hours, NEXT_WEEK, reason="Ill", now=NOON)
    with pytest.raises(DomainError, match="are cancelled"):
        open_queue(hours, NEXT_WEEK, now=NOON)


# --- Pages -------------------------------------------------------------------------------------
def address(hours: HoursSeries) -> str:
    return f"/c/{hours.course.slug}/office-hours/{on(hours, TODAY).pk}/queue"


def test_from_opening_to_closing_on_the_page(cast: Cast, hours: HoursSeries):
    student, staff = client_of(cast.student), client_of(cast.assistant)
    url = address(hours)
    with time_machine.travel(NOON, tick=False):
        assert "not open yet" in student.get(url).content.decode()
        assert "not open yet" in student.post(f"{url}/join", {"topic": "x"}, follow=True).content.decode()
        staff.post(f"{url}/run", {"do": "open"})
        assert "Say in a word" in student.post(f"{url}/join", {"topic": ""}).content.decode()
        refused = student.post(f"{url}/join", {"topic": "Traits " * 60})
        assert refused.status_code == 422 and "Traits Traits" in refused.content.decode()
        assert "You are next" in student.post(f"{url}/join", {"topic": "Lambdas"}, follow=True).content.decode()
        assert "I am back" in student.post(f"{url}/mine", {"do": "away"}, follow=True).content.decode()
        assert "You are next" in student.post(f"{url}/mine", {"do": "back"}, follow=True).content.decode()
        shown = staff.post(f"{url}/run", {"do": "late", "minutes": "5"}, follow=True).content.decode()
        assert "Running 5 minutes late" in shown and "Ada Fictive" in shown
        assert "Being helped" in staff.post(f"{url}/run", {"do": "next"}, follow=True).content.decode()
        assert "It is your turn" in student.get(url).content.decode()
        entry = QueueEntry.objects.get()
        place = f"/c/{cast.course.slug}/office-hours/queue/{entry.pk}"
        assert "Ask again Friday" in staff.post(place, {"note": "Ask again Friday"}, follow=True).content.decode()
        assert "Ask again" not in student.get(url).content.decode()
        staff.post(place, {"do": "done"})
        assert "someone was faster" in staff.post(place, {"do": "no_show"}, follow=True).content.decode()
        assert "Nobody waits" in staff.post(f"{url}/run", {"do": "next"}, follow=True).content.decode()
        assert "hold no place" in student.post(f"{url}/mine", {"do": "leave"}, follow=True).content.decode()
        assert "Closed. 0 left over" in staff.post(f"{url}/run", {"do": "close"}, follow=True).content.decode()


def wait_200(course: Course, hours: HoursSeries) -> list:
    queue = open_queue(hours, TODAY, now=NOON)
    people = fill(course, 200)
    QueueEntry.objects.bulk_create(
        QueueEntry(queue=queue, student=person, topic="Why does my Lambda time out?", joined_at=NOON)
        for person in people
    )
    return people


PIECE = {"HX-Request": "true"}


def test_with_200_waiting_a_refresh_is_light_and_asks_as_much_as_with_one(
    cast: Cast, hours: HoursSeries, django_assert_max_num_queries
):
    queue = open_queue(hours, TODAY, now=NOON)
    join(queue, cast.student)
    wait_200(cast.course, hours)
    for browser in (client_of(cast.student), client_of(cast.assistant)):
        url = address(hours)
        with django_assert_max_num_queries(8):
            piece = browser.get(url, headers=PIECE)
        assert b"<html" not in piece.content and b'id="queue"' in piece.content
        assert len(gzip.compress(piece.content)) < 10_000
    assert b"181 more" in piece.content


def look(browser: Client, hours: HoursSeries, **seen: str):
    return browser.get(address(hours), seen, headers=PIECE)


def seen_in(piece) -> str:
    return re.search(r"\?seen=(\w+)", piece.content.decode())[1]


def test_a_page_that_has_seen_the_queue_as_it_is_gets_nothing_for_four_questions(
    cast: Cast, hours: HoursSeries, django_assert_num_queries
):
    browser = client_of(cast.student)
    assert look(browser, hours, seen=seen_in(look(browser, hours))).status_code == 204
    wait_200(cast.course, hours)
    piece = look(browser, hours, seen="none")
    assert piece.status_code == 200
    url = address(hours)
    with django_assert_num_queries(4) as asked:
        again = browser.get(url, {"seen": seen_in(piece)}, headers=PIECE)
    assert (again.status_code, again.content, again.cookies) == (204, b"", {})
    assert all(query["sql"].startswith("SELECT") for query in asked.captured_queries)


def test_a_queue_of_another_course_or_date_is_not_found_whatever_was_seen(cast: Cast, hours: HoursSeries):
    open_queue(hours, TODAY, now=NOON)
    elsewhere = enroll(make_course("cs102-s24"), "Di Elsewhere")
    theirs = f"/c/cs102-s24/office-hours/{on(hours, TODAY).pk}/queue"
    assert client_of(elsewhere).get(theirs, {"seen": "0"}, headers=PIECE).status_code == 404
    assert client_of(elsewhere).get(address(hours), {"seen": "0"}, headers=PIECE).status_code == 404


CHANGES = {
    "joined": lambda queue, entry, other: join(queue, other),
    "away": lambda queue, entry, other: queues.move(entry, State.AWAY, now=NOON),
    "called": lambda queue, entry, other: queues.call_next(queue, now=NOON),
    "noted": lambda queue, entry, other: queues.note(entry, "Friday"),
    "late": lambda queue, entry, other: queues.run_late(queue, 5),
    "paused": lambda queue, entry, other: queues.turn(queue, Queue.PAUSED),
    "closed": lambda queue, entry, other: queues.close(queue, now=NOON),
    "opened": lambda queue, entry, other: queues.open_queue(queue.hours, now=NOON),
}


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_is_seen_by_every_page_that_watches(
    cast: Cast, hours: HoursSeries, queue: HoursQueue, change: str
):
    entry = join(queue, cast.student)
    pages = [client_of(cast.student), client_of(cast.assistant)]
    seen = [seen_in(look(page, hours)) for page in pages]
    CHANGES[change](queue, entry, cast.other_student)
    assert [look(page, hours, seen=was).status_code for page, was in zip(pages, seen, strict=True)] == [200, 200]


def test_whoever_waits_for_the_queue_to_open_gets_the_form_with_it(cast: Cast, hours: HoursSeries):
    browser = client_of(cast.student)
    assert b"Join the queue" not in look(browser, hours).content
    queue = open_queue(hours, TODAY, now=NOON)
    assert b"Join the queue" in look(browser, hours, seen="none").content
    queues.turn(queue, Queue.LAST_CALL)
    assert b"Join the queue" not in look(browser, hours).content


def test_how_many_are_before_one_follows_the_order_of_the_line(cast: Cast, queue: HoursQueue):
    people = [enroll(cast.course, f"Student {n}") for n in range(5)]
    entries = [join(queue, person, n // 2) for n, person in enumerate(people)]
    QueueEntry.objects.filter(pk__in=(entries[3].pk, entries[4].pk)).update(has_priority=True)
    line = [entry.student for entry in queue.entries.waiting()]
    assert line == [people[n] for n in (3, 4, 0, 1, 2)]
    assert [desk.wait_of(queue, person, now=NOON).ahead for person in line] == [0, 1, 2, 3, 4]
