"""How students book, and what they were asked, in and out of the course file."""

from datetime import date, time
from pathlib import Path
from typing import Any

import pytest

from courses.domain import calendar
from courses.models import Course
from officehours.domain import polls, slots
from officehours.models import AvailabilityPoll, BookingRules, PollAnswer
from portal.course_file.exporting import exported
from portal.course_file.reading import CourseFileRefusedError
from portal.testing import NOON, Cast, enroll
from portal.tests.course_files import load_tree, small

pytestmark = pytest.mark.django_db
BOOKING = {"students_can_book": True, "slot_minutes": 20}
POLL = {"opened_on": "Friday 2024-04-05", "question": "When?", "weekdays": ["Monday", "tuesday"], "start": "9:00",
        "end": "12:00"}  # fmt: skip
SET = {**POLL, "opened_on": "2024-03-01", "closed": True, "set_from": {"answered": 12, "of": 69}}


@pytest.fixture
def tree() -> dict[str, Any]:
    return small() | {"office_hours_booking": BOOKING, "office_hours_polls": [SET, POLL]}


def test_what_goes_in_comes_out_in_one_spelling_and_again_writes_nothing(tree: dict[str, Any], tmp_path: Path):
    course = load_tree(tmp_path, tree).course
    rules, poll = slots.rules_of(course), polls.open_poll(course)
    assert (rules.is_on, rules.slot_minutes, rules.open_at_once) == (True, 20, 2)
    assert poll is not None and (poll.weekdays, poll.start, poll.minutes) == ([0, 1], time(9), 60)
    assert calendar.local_date(course, poll.opened_at) == date(2024, 4, 5)
    set_from = polls.set_from(course)
    assert set_from is not None and (set_from.set_from, set_from.students) == (12, 69)
    out = exported(course)
    assert {name: out[name] for name in ("office_hours_booking", "office_hours_polls")} == {
        "office_hours_booking": BOOKING, "office_hours_polls": [
            {**SET, "weekdays": ["monday", "tuesday"], "start": "09:00"},
            {**POLL, "opened_on": "2024-04-05", "weekdays": ["monday", "tuesday"], "start": "09:00"},
        ]
    }  # fmt: skip
    assert load_tree(tmp_path, tree).is_unchanged


def test_the_file_wins_over_staff_but_for_what_it_does_not_name(tree: dict[str, Any], tmp_path: Path):
    course = load_tree(tmp_path, tree).course
    BookingRules.objects.update(slot_minutes=30)
    poll = polls.open_poll(course)
    assert poll is not None
    polls.close(poll, now=NOON)
    tree["office_hours_booking"] = BOOKING | {"slot_minutes": 10, "open_at_once": 1}
    tree["office_hours_polls"] = [SET, POLL | {"minutes": 30}]
    loaded = load_tree(tmp_path, tree)
    rules = slots.rules_of(Course.objects.get())
    assert (rules.slot_minutes, rules.open_at_once) == (10, 1)
    poll.refresh_from_db()
    assert (poll.minutes, poll.closed_at) == (30, NOON)
    assert "changed office_hours_booking.slot_minutes: 30 → 10" in loaded.lines


def test_an_answered_grid_stays(tree: dict[str, Any], tmp_path: Path):
    course = load_tree(tmp_path, tree).course
    poll = polls.open_poll(course)
    assert poll is not None
    polls.answer(poll, by=enroll(course, "Ada Fictive"), given={"0 09:00": "yes"})
    assert load_tree(tmp_path, tree).is_unchanged
    tree["office_hours_polls"] = [SET, POLL | {"minutes": 30}]
    with pytest.raises(CourseFileRefusedError, match="is answered already") as refused:
        load_tree(tmp_path, tree)
    assert refused.value.problems[0].path == "office_hours_polls" and PollAnswer.objects.exists()


def test_a_poll_that_the_file_closes_counts_its_answers_and_stays_closed(tmp_path: Path):
    tree = small()
    tree["office_hours_polls"] = [POLL]
    course = load_tree(tmp_path, tree).course
    poll = course.availability_polls.get()
    polls.answer(poll, by=enroll(course, "Ada Fictive"), given={"0 09:00": "yes"})
    tree["office_hours_polls"] = [POLL | {"closed": True}]
    load_tree(tmp_path, tree)
    poll.refresh_from_db()
    students = course.enrollments.students().count()
    assert polls.result_of(poll) == polls.Result(answered=1, students=students, best=[]) and poll.closed_at
    tree["office_hours_polls"] = [POLL | {"closed": False}]
    with pytest.raises(CourseFileRefusedError, match="is closed, and stays so"):
        load_tree(tmp_path, tree)


def test_polls_made_in_the_portal_come_out_and_load_elsewhere(cast: Cast, tmp_path: Path):
    for minutes in (30, 60):  # twice in the same words on one day: the newer
        AvailabilityPoll.objects.create(
            course=cast.course, weekdays=[4], start=time(9), end=time(11), minutes=minutes, opened_at=NOON
        )
    out = exported(cast.course)
    (poll,) = out["office_hours_polls"]
    assert (poll["opened_on"], poll["weekdays"], poll.get("minutes")) == ("2024-04-09", ["friday"], None)
    elsewhere = out | {"course": out["course"] | {"slug": "elsewhere"}, "rosters": []}
    other = load_tree(tmp_path, elsewhere).course
    assert exported(other)["office_hours_polls"] == [poll] and "office_hours_booking" not in exported(other)


@pytest.mark.parametrize(
    ("block", "entry", "path", "words"),
    [
        ("office_hours_booking", {"slot_minutes": 3}, ".slot_minutes", "must be from 5 to 120"),
        ("office_hours_booking", {"open_at_once": 0}, ".open_at_once", "must be from 1 to 20"),
        ("office_hours_booking", {"offer_minutes": 2000}, ".offer_minutes", "must be from 5 to 1440"),
        ("office_hours_booking", {"slot_minuts": 15}, ".slot_minuts", 'Did you mean "slot_minutes"'),
        ("office_hours_polls", [POLL | {"end": "9:00"}], "[0].end", "It ends at 09:00, but starts at 09:00"),
        ("office_hours_polls", [POLL | {"minutes": 240}], "[0].minutes", "This grid has 0 windows"),
        ("office_hours_polls", [POLL | {"minutes": 15, "end": "18:00"}], "[0].minutes", "This grid has 72 windows"),
        ("office_hours_polls", [POLL | {"weekdays": ["someday"]}], "[0].weekdays[0]", "is not a day of the week"),
        ("office_hours_polls", [POLL | {"opened_on": "Monday 2024-04-05"}], "[0].opened_on", "is a Friday"),
        ("office_hours_polls", [SET | {"set_from": {"answered": 70, "of": 69}}], "[0].set_from.answered", "70 of 69"),
        ("office_hours_polls", [POLL, POLL], "[1]", "stands twice"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(tmp_path: Path, block: str, entry: Any, path: str, words: str):
    with pytest.raises(CourseFileRefusedError) as refused:
        load_tree(tmp_path, small() | {block: entry})
    (problem,) = refused.value.problems
    assert problem.path == block + path and words in problem.message and problem.line > 1
