"""Presentations and peer reviews of a course file: in, out, again, and what cannot be."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command

from courses.models import Course
from mail.models import Message
from portal.course_file.exporting import exported
from portal.course_file.loading import Loaded, load, read_folder
from portal.course_file.problems import CourseFileRefused
from portal.course_file.reading import dump
from portal.testing import NOON
from portal.tests.course_files import DEMO, write
from presentations.domain import arranging, schedule
from presentations.models import Slot, Team

pytestmark = pytest.mark.django_db
ROSTERS = {name.replace(".csv", "_csv"): (DEMO / name).read_text() for name in ("roster-462.csv", "roster-562.csv")}


@pytest.fixture
def tree() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEMO / "course.yaml").read_text("utf-8"))
    return found


def put(folder: Path, tree: dict[str, Any]) -> Loaded:
    return load(read_folder(write(folder, dump(tree), **ROSTERS)), now=NOON)


def talks(course: Course, edition: str = "live") -> dict[int, str]:
    return {
        place.talk.team.number: f"{place.slot.meeting.date:%m-%d}.{place.slot.order}"
        for place in schedule.places(schedule.days(course, edition))
        if place.talk.team
    }


def test_the_demo_is_release_1_with_its_members_confirmed_and_nobody_mailed(tree: dict[str, Any], tmp_path: Path):
    course = put(tmp_path, tree).course
    assert [release.number for release in course.releases.all()] == [1]
    assert talks(course) == talks(course, "draft")
    assert course.slots.live().count() == 10 and talks(course)[9] == "12-05.2"
    assert schedule.standing(course).waiting == 0 and not Message.objects.exists()
    assert not Course.objects.get().kept_blocks.keys() & {"presentations", "peer_reviews"}


def test_the_same_file_again_writes_nothing_even_after_a_swap(tree: dict[str, Any], tmp_path: Path):
    course = put(tmp_path, tree).course
    assert put(tmp_path, tree).tally.is_unchanged
    call_command("swap", course.slug, "9", "6", stdout=StringIO())
    again = put(tmp_path, tree)
    assert again.tally.is_unchanged and talks(course)[9] == "12-07.1"
    assert any("schedule[2023-12-05, 2]" in note for note in again.tally.notes), "what staff changed is listed"
    out = {
        entry["order"]: entry["team"]
        for entry in exported(course)["presentations"]["schedule"]
        if "team" in entry and entry["date"] == "2023-12-05"
    }
    assert out == {1: 15, 2: 6}


def test_a_changed_file_moves_the_talk_without_a_letter_and_keeps_the_reviews_home(
    tree: dict[str, Any], tmp_path: Path
):
    course = put(tmp_path, tree).course
    before = {talk.team_id: talk.pk for talk in course.presentations.exclude(team=None)}
    tree["presentations"]["schedule"][0]["minutes"] = 25
    tree["presentations"]["schedule"][0]["title"] = "The Gap"
    tree["presentations"]["teams"][0]["name"] = "The Makers"
    put(tmp_path, tree)
    slot = course.slots.live().get(talk__team__number=3)
    assert (slot.minutes, slot.talk.title) == (25, "The Gap")
    assert {talk.team_id: talk.pk for talk in course.presentations.exclude(team=None)} == before
    assert course.releases.count() == 2 and not Message.objects.exists()
    assert Team.objects.get(number=1).name == "The Makers"


def test_a_draft_that_staff_are_arranging_is_left_to_them(tree: dict[str, Any], tmp_path: Path):
    course = put(tmp_path, tree).course
    talk = course.presentations.get(team__number=8)
    arranging.move(talk, course.meetings.get(date="2023-11-28"))
    tree["presentations"]["schedule"][0]["minutes"] = 25
    put(tmp_path, tree)
    assert course.slots.live().get(talk=talk).meeting.date.isoformat() == "2023-12-07"
    assert course.slots.filter(edition=Slot.Edition.DRAFT).get(talk=talk).meeting.date.isoformat() == "2023-11-28"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda block: block["teams"][0]["members"].__setitem__(0, "nobody.here"), "on no roster of this file"),
        (lambda block: block["teams"][0]["members"].append("dina.demo"), "dina.demo is in team"),
        (lambda block: block["schedule"][0].update(date="2023-11-29"), "is a Wednesday"),
        (lambda block: block["schedule"][0].update(team=4), "There is no team 4"),
        (lambda block: block["teams"][0]["members"].extend(["nobody.one", "nobody.two"]), "at most 3"),
    ],
)
def test_what_cannot_be_is_refused_whole(tree: dict[str, Any], tmp_path: Path, change: Any, words: str):
    change(tree["presentations"])
    with pytest.raises(CourseFileRefused) as refused:
        put(tmp_path, tree)
    assert any(words in problem.sentence for problem in refused.value.problems), refused.value.problems
    assert not Course.objects.exists()
