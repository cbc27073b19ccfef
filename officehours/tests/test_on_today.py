"""What Today and the rows of a week say of queues that are running and of a poll that is open, and what comes next."""

import re
from collections.abc import Iterator
from datetime import date, time, timedelta
from pathlib import Path

import pytest
import time_machine
from django.conf import settings as django_settings
from django.test import Client

from courses.models import Enrollment
from officehours.domain import polls, queues, teams
from officehours.domain.edits import OwnTerms
from officehours.models import AvailabilityPoll, HoursQueue, HoursSeries, QueueEntry
from officehours.queries import desk, week
from officehours.tests import team_3
from officehours.tests.factories import cancel, change_date, make_hours, open_queue
from portal.testing import NOON, Cast, client_of, enroll

pytestmark = pytest.mark.django_db
TODAY, NEXT_WEEK = date(2024, 4, 9), date(2024, 4, 16)
DURING = NOON.replace(hour=21, minute=40)  # 2:40 pm of the day of the office hours
COURSE = "/c/cs101-s24/"
HOME = f"{COURSE}office-hours/"
State, Queue = QueueEntry.State, HoursQueue.State


@pytest.fixture(autouse=True)
def _during_the_hours() -> Iterator[None]:
    with time_machine.travel(DURING, tick=False):
        yield


@pytest.fixture
def hours(cast: Cast) -> HoursSeries:
    return make_hours(cast, place="CP 229")


@pytest.fixture
def queue(hours: HoursSeries) -> HoursQueue:
    return open_queue(hours, TODAY, now=DURING)


@pytest.fixture
def student(cast: Cast) -> Client:
    return client_of(cast.student)


def join(queue: HoursQueue, person: Enrollment, team: int | None = None) -> QueueEntry:
    return queues.join(queue, by=person, topic="Lambdas", team=team, now=DURING)


def text_of(browser: Client, url: str) -> str:
    return " ".join(browser.get(url).content.decode().split())


def heading(browser: Client) -> str:
    """The heading of the first card on Today, or nothing."""
    found = re.search(r'<article class="card">.*?<h2>(.*?)</h2>', text_of(browser, COURSE))
    return found[1].strip() if found else ""


def address(queue: HoursQueue) -> str:
    return f"{HOME}{queue.hours_id}/queue"


# --- A place -----------------------------------------------------------------------------------
def test_ones_place_stands_on_today_until_it_ends(cast: Cast, queue: HoursQueue, student: Client):
    assert heading(student) == "" and "Nothing waits for you" in text_of(student, COURSE)
    first, mine = join(queue, enroll(cast.course, "Bo First")), join(queue, cast.student)
    assert heading(student) == "1 person before you" and "Nothing waits for you" not in text_of(student, COURSE)
    assert f'href="{address(queue)}">See the queue' in text_of(student, COURSE)
    queues.move(first, State.CALLED, now=DURING)
    assert heading(student) == "You are next"
    queues.turn(queue, Queue.PAUSED)
    assert "The queue is paused; you keep your place." in text_of(student, COURSE)
    queues.move(mine, State.AWAY, now=DURING)
    assert heading(student) == "You are away for a moment" and "is paused" not in text_of(student, COURSE)
    queues.move(mine, State.WAITING, now=DURING)
    queues.call_next(queue, now=DURING)
    assert heading(student) == "It is your turn, CP 229"
    assert heading(client_of(cast.other_student)) == ""
    queues.close(queue, now=DURING)
    assert heading(student) == ""


def test_the_wait_on_today_is_that_of_the_queues_page(cast: Cast, queue: HoursQueue, student: Client):
    for n in range(desk.KNOWN):
        entry = join(queue, enroll(cast.course, f"Early {n}"))
        queues.move(entry, State.CALLED, now=DURING - timedelta(minutes=5))
        queues.move(entry, State.DONE, now=DURING)
    for name in ("Bo", "Cy"):
        join(queue, enroll(cast.course, name))
    join(queue, cast.student)
    assert heading(student) == "2 people before you, about 10 minutes"
    page = text_of(student, address(queue))
    assert "<h2>2 people before you </h2>" in page and "About 10 minutes" in page


def test_a_teams_place_stands_on_the_today_of_each_of_the_team(
    cast: Cast, queue: HoursQueue, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(teams.registry, "answers", (team_3,))
    join(queue, cast.student, team=3)
    mate, other = enroll(cast.course, "Amir Mate"), enroll(cast.course, "Bo Other")
    assert heading(client_of(mate)) == "You are next"
    assert f"Team 3, with {cast.student.user}" in text_of(client_of(mate), COURSE)
    assert heading(client_of(other)) == ""


def test_without_an_open_queue_one_question_is_asked_and_with_some_no_more_for_three(
    cast: Cast, hours: HoursSeries, django_assert_num_queries
):
    with django_assert_num_queries(1):
        assert desk.places(cast.student, now=DURING) == []
    for n in (0, 2):  # of 1 and of 3 queues the student is in one
        for more in range(n):
            other = make_hours(cast, start=time(14), end=time(16))
            join(open_queue(other, TODAY, now=DURING), enroll(cast.course, f"Bo {n} {more}"))
        queue = open_queue(hours, TODAY, now=DURING)
        join(queue, cast.student)
        with django_assert_num_queries(7):
            (place,) = desk.places(cast.student, now=DURING)
        assert place.queue == queue and place.hours.place == "CP 229"


def test_todays_own_date_leads_to_the_queue_while_it_takes_people(cast: Cast, hours: HoursSeries, student: Client):
    def link(browser: Client, url: str) -> list[str]:
        return re.findall(r'queue">((?:Join|Your place in) the queue|Queue)<', text_of(browser, url))

    staff = client_of(cast.assistant)
    assert link(student, COURSE) == link(student, HOME) == []
    queue = open_queue(hours, TODAY, now=DURING)
    assert link(student, COURSE) == link(student, HOME) == ["Join the queue"]
    assert link(staff, COURSE) == [] and link(staff, HOME) == ["Queue"]
    queues.turn(queue, Queue.LAST_CALL)
    assert link(student, COURSE) == link(student, HOME) == []
    queues.turn(queue, Queue.OPEN)
    join(queue, cast.student)
    queues.turn(queue, Queue.LAST_CALL)
    assert link(student, COURSE) == link(student, HOME) == ["Your place in the queue"]
    with time_machine.travel(DURING + timedelta(hours=2), tick=False):
        assert link(student, COURSE) == link(student, HOME) == []


# --- A place that ended ------------------------------------------------------------------------
def test_who_was_called_and_did_not_come_is_told_until_they_join_again(cast: Cast, queue: HoursQueue, student: Client):
    entry, waiting_entry = join(queue, cast.student), "You were called and did not come; join again if you are here."
    queues.move(entry, State.CALLED, now=DURING)
    assert waiting_entry not in text_of(student, address(queue))
    queues.move(entry, State.NO_SHOW, now=DURING)
    page = text_of(student, address(queue))
    assert waiting_entry in page and page.index(waiting_entry) < page.index('id="join"')
    assert waiting_entry not in text_of(client_of(cast.other_student), address(queue))
    again = join(queue, cast.student)
    assert waiting_entry not in text_of(student, address(queue))
    queues.move(again, State.LEFT, now=DURING)
    assert waiting_entry not in text_of(student, address(queue))


def test_who_was_left_over_is_told_that_they_are_first_next_time(cast: Cast, queue: HoursQueue, student: Client):
    join(queue, cast.student)
    queues.close(queue, now=DURING)
    message = "The queue closed before your turn; you are first next time you join."
    page = text_of(student, address(queue))
    assert message in page and page.index(message) < page.index("<b>Closed.</b>")
    later = open_queue(queue.hours.series, NEXT_WEEK, now=DURING)
    join(later, cast.student)
    assert message not in text_of(student, address(queue))


@pytest.mark.parametrize("how", ["close", "call_off"])
def test_a_queue_that_is_closed_runs_late_no_more(cast: Cast, queue: HoursQueue, how: str):
    queues.run_late(queue, 15)
    queues.turn(queue, Queue.PAUSED)
    queue.refresh_from_db()
    assert queue.late_minutes == 15
    if how == "close":
        queues.close(queue, now=DURING)
    else:
        queues.call_off(queue, now=DURING)
    queue.refresh_from_db()
    assert (queue.state, queue.late_minutes) == (Queue.CLOSED, 0)


# --- A poll ------------------------------------------------------------------------------------
def test_an_open_poll_waits_on_today_until_it_is_answered_or_closed(cast: Cast, student: Client):
    grid = {"weekdays": [1], "start": time(9), "end": time(11), "minutes": 60}
    poll = polls.ask(cast.course, question="When could you come to office hours?", **grid, now=DURING)
    page, other, staff = text_of(student, COURSE), client_of(cast.other_student), client_of(cast.assistant)
    assert heading(student) == "When could you come to office hours?" and "Nothing waits for you" not in page
    assert f'href="{HOME}polls/{poll.pk}/">Mark your times' in page
    assert "Say when, while the poll is open." in text_of(student, HOME)
    assert "Mark your times" not in text_of(staff, COURSE)
    polls.answer(poll, by=cast.student, given={"1 09:00": "yes"})
    assert heading(student) == "" and heading(other) != ""
    assert "You answered; you can change it." in text_of(student, HOME)
    assert "You answered" not in text_of(other, HOME)
    assert "The poll is open; 1 of 2 answered." in text_of(staff, HOME)
    assert "answered" not in text_of(other, HOME)
    polls.close(AvailabilityPoll.objects.get(), now=DURING)
    assert heading(other) == ""


# --- What comes next ---------------------------------------------------------------------------
def test_once_nothing_of_the_week_is_to_come_the_next_stands_there(cast: Cast, hours: HoursSeries, student: Client):
    assert [line.is_next for line in week.this_week(cast.course, DURING)] == [False]
    assert "Next: " not in text_of(student, COURSE)
    cancel(hours, NEXT_WEEK, reason="Ill", now=NOON)
    moved = OwnTerms(date(2024, 4, 24), time(9), time(10), "in_person", "HALL 2", "")
    change_date(hours, date(2024, 4, 23), moved, reason="Trip", now=NOON)
    later = DURING + timedelta(hours=2)
    found = [(line.date, line.is_next) for line in week.this_week(cast.course, later)]
    assert found == [(TODAY, False), (date(2024, 4, 24), True)]  # what is cancelled or moved away is not next
    with time_machine.travel(later, tick=False):
        page = text_of(student, COURSE)
        assert re.search(r"Next: <a [^>]*><b>Wed Apr 24</b>", page) and "No office hours this week" not in page


def test_a_week_without_office_hours_says_so_before_the_next(cast: Cast, student: Client):
    make_hours(cast)
    with time_machine.travel(NOON - timedelta(days=10), tick=False):
        page = text_of(student, COURSE)
    assert page.index("No office hours this week.") < page.index("Next: ")


def test_a_week_whose_last_date_is_cancelled_leads_on_too(cast: Cast):
    hours = make_hours(cast)
    cancel(hours, TODAY, reason="Ill", now=NOON)
    assert [line.is_next for line in week.this_week(cast.course, NOON)] == [False, True]


# --- How it looks ------------------------------------------------------------------------------
def test_a_focused_control_is_not_under_the_bar_and_a_long_word_breaks():
    css = (Path(django_settings.BASE_DIR) / "static/css/pieces.css").read_text()
    assert re.search(r"@media \(max-width: 899.98px\) { html { scroll-padding-bottom: calc\(var\(--bar\)", css)
    assert re.search(r"^\.head, [^{]*\.cards, \.rows[^{]*{ overflow-wrap: anywhere", css, re.M)
