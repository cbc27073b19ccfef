"""A course file moved by whole weeks: dates go along, wall-clock times and weekdays stay."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command

from courses.models import AgendaItem, Assignment, Course
from portal.course_file.exporting import exported
from portal.course_file.loading import load, read_folder
from portal.course_file.reading import CourseFileRefusedError
from portal.testing import NOON
from portal.tests.course_files import DEMO, load_tree, small, write

pytestmark = pytest.mark.django_db
AROUND = [
    ("2026-11-23", "2026-11-24"),
    ("2026-11-29", "2026-11-24"),
    ("2023-11-30", "2023-11-28"),
    ("2020-02-29", "2020-02-25"),
]


@pytest.mark.parametrize(("around", "newest"), AROUND)
def test_the_newest_class_comes_into_the_week_of_the_date(around: str, newest: str) -> None:
    folder = read_folder(DEMO, around=date.fromisoformat(around))
    assert folder.tree["meetings"]["details"][-1]["date"] == newest
    assert folder.weeks == (date.fromisoformat(newest) - date(2023, 11, 28)).days // 7


def dates_in(value: Any) -> list[str]:
    """Every text that begins like a date, in the order of the file."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [found for child in value for found in dates_in(child)]
    return [value] if isinstance(value, str) and value[:2] == "20" and value[4:5] == "-" else []


def test_every_date_of_every_block_moves_by_the_same_weeks() -> None:
    folder = read_folder(DEMO, weeks=52)
    before = dates_in(yaml.safe_load((DEMO / "course.yaml").read_text("utf-8")))
    moved = [f"{date.fromisoformat(text[:10]) + timedelta(weeks=52)}{text[10:]}" for text in before]
    assert sorted(dates_in(folder.tree)) == sorted(moved)
    assert len(moved) > 30
    assert folder.tree["credits"]["expires_on"] == "2025-09-29"
    assert folder.tree["assignments"][0]["due_at"] == "2024-10-24 23:59"


def test_the_text_about_the_class_before_moves_too_and_is_kept_as_a_place() -> None:
    folder = read_folder(DEMO, weeks=52)
    assert folder.tree["meetings"]["details"][2]["agenda"][0]["text"] == "Questions from {previous}"
    course = load(folder, now=NOON).course
    assert exported(course)["meetings"]["details"][2]["agenda"][0]["text"] == "Questions from 11/19"
    assert AgendaItem.objects.get(kind="feedback").text == "Questions from {previous}"


def test_a_due_time_stays_what_the_clock_shows_across_summer_time(tmp_path: Path) -> None:
    write(tmp_path, small())
    course = load(read_folder(tmp_path, weeks=30), now=NOON).course  # from April to November
    due = Assignment.objects.get(name="Sheet 1").due_at
    assert f"{due.astimezone(course.zone):%Y-%m-%d %H:%M %Z}" == "2024-11-08 18:00 CET"
    assert {f"{m.starts_at.astimezone(course.zone):%H:%M}" for m in course.meetings.all()} == {"10:00"}


def test_the_same_week_again_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_course", DEMO, around="2026-11-23")
    capsys.readouterr()
    call_command("load_course", DEMO, around="2026-11-27")
    out = capsys.readouterr()
    assert out.out.splitlines()[-1] == "tcss562-f23: nothing changes"
    assert out.err == ""


def test_dates_that_leave_the_calendar_or_meet_a_skipped_hour_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CourseFileRefusedError, match="leaves the years 1990 to 2100"):
        read_folder(DEMO, weeks=5_000)
    tree = small()
    tree["assignments"][0]["due_at"] = "2024-04-07 02:30"
    write(tmp_path, tree)
    with pytest.raises(CourseFileRefusedError, match="2024-03-31 02:30 does not exist in Europe/Berlin"):
        read_folder(tmp_path, weeks=-1)


def test_only_a_feedback_line_that_names_the_class_before_is_about_it(tmp_path: Path) -> None:
    tree = small()
    lines = [("Questions from 4/2", "feedback"), ("From 4/2, 14/2 and 4/23", "feedback"), ("Since 4/2", "lecture")]
    tree["meetings"]["details"][0]["agenda"] = [{"text": text, "kind": kind} for text, kind in lines]
    load_tree(tmp_path, tree)
    assert list(AgendaItem.objects.values_list("text", flat=True)) == [
        "Questions from {previous}",
        "From {previous}, 14/2 and 4/23",
        "Since 4/2",
    ]
    assert Course.objects.count() == 1
