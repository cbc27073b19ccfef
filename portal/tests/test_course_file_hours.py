"""Office hours in and out of the course file, loaded again, and changed by staff in between."""

from datetime import date, time
from pathlib import Path
from typing import Any

import pytest

from courses.models import Course
from officehours.domain.series import Terms, terms_of
from officehours.models import HoursSeries
from officehours.tests.factories import cancel, change_to_come, end_before, restore, rows
from portal.course_file.exporting import exported
from portal.course_file.reading import CourseFileRefusedError
from portal.testing import NOON
from portal.tests.course_files import load_tree, small

pytestmark = pytest.mark.django_db


@pytest.fixture
def tree() -> dict[str, Any]:
    changes = [
        {"date": "2024-04-16", "cancelled": True, "reason": "Ill"},
        {"date": "2024-04-23", "new": {"date": "2024-04-24", "start": "11:00", "end": "12:00", "place": "H 9"}},
        {"date": "2024-04-30", "new_date": "2024-05-01", "reason": "Trip"},
    ]
    hours = {"host": "wren@example.edu", "weekday": "tuesday", "start": "10:00", "end": "11:00",
             "first_on": "2024-04-02", "last_on": "2024-04-30", "changes": changes}  # fmt: skip
    return small() | {"office_hours": [hours]}


def test_changes_written_flat_or_under_new_come_out_flat(tree: dict[str, Any], tmp_path: Path):
    course = load_tree(tmp_path, tree).course
    (entry,) = exported(course)["office_hours"]
    assert entry["key"] == "wren@example.edu tuesday 10:00"
    assert entry["changes"] == [
        {"date": "2024-04-16", "cancelled": True, "reason": "Ill"},
        {"date": "2024-04-23", "new_date": "2024-04-24", "start": "11:00", "end": "12:00", "place": "H 9"},
        {"date": "2024-04-30", "reason": "Trip", "new_date": "2024-05-01"},
    ]
    assert load_tree(tmp_path, tree).is_unchanged
    row = course.office_hours.get(on="2024-04-23")
    assert (row.date, row.start, row.place) == (date(2024, 4, 24), time(11), "H 9")


def test_the_file_wins_over_staff_and_the_key_stays(tree: dict[str, Any], tmp_path: Path):
    course = load_tree(tmp_path, tree).course
    hours = course.hours_series.get()
    change_to_come(hours, Terms(**{**vars(terms_of(hours)), "start": time(9)}), now=NOON.replace(month=3))
    assert exported(course)["office_hours"][0]["key"] == "wren@example.edu tuesday 10:00"
    tree["office_hours"][0] |= {"place": "H 3", "end": "11:30"}
    lines = load_tree(tmp_path, tree).lines
    hours = HoursSeries.objects.get()
    assert (hours.start, hours.end, hours.place) == (time(10), time(11, 30), "H 3")
    assert "changed office_hours[wren@example.edu tuesday 10:00].start: 09:00 → 10:00" in lines


def test_they_are_the_same_ones_when_they_are_given_a_key(tree: dict[str, Any], tmp_path: Path):
    hours = {**tree["office_hours"][0], "changes": []}
    tree["office_hours"] = [hours, {**hours, "weekday": "friday"}]
    course = load_tree(tmp_path, tree).course
    tree["office_hours"][1] |= {"key": "clinic", "place": "H 3"}
    lines = load_tree(tmp_path, tree).lines
    assert "changed office_hours.clinic.key: wren@example.edu friday 10:00 → clinic" in lines
    tree["office_hours"][1] |= {"start": "13:00", "end": "14:00"}  # its key stays, so it is the same series
    load_tree(tmp_path, tree)
    assert [(hours.key, hours.place) for hours in course.hours_series.all()] == [
        ("wren@example.edu tuesday 10:00", ""),
        ("clinic", "H 3"),
    ]


def test_without_a_key_another_weekday_makes_new_ones_and_the_plan_asks_for_a_key(tree: dict[str, Any], tmp_path: Path):
    tree["office_hours"][0]["changes"] = []
    course = load_tree(tmp_path, tree).course
    tree["office_hours"][0] |= {"weekday": "thursday", "last_on": "2024-05-02"}
    lines = load_tree(tmp_path, tree).lines
    assert "created office_hours[wren@example.edu thursday 10:00]" in lines
    assert (
        "note: office_hours[wren@example.edu thursday 10:00] is new, and wren@example.edu tuesday 10:00 stays. "
        'If they are the same, write key: "wren@example.edu tuesday 10:00" in the file.'
    ) in lines
    assert course.hours_series.count() == 2
    assert load_tree(tmp_path, tree).is_unchanged


def test_two_series_told_apart_by_their_keys_alone(tree: dict[str, Any], tmp_path: Path):
    twin = {**tree["office_hours"][0], "key": "twin", "title": "Clinic", "changes": []}
    tree["office_hours"].append(twin)
    course = load_tree(tmp_path, tree).course
    out = exported(course)["office_hours"]
    assert [entry["key"] for entry in out] == ["wren@example.edu tuesday 10:00", "twin"]
    assert load_tree(tmp_path, exported(course)).is_unchanged


def test_hours_that_are_gone_come_back_with_the_file(tree: dict[str, Any], tmp_path: Path):
    load_tree(tmp_path, tree)
    HoursSeries.objects.all().delete()
    load_tree(tmp_path, tree)
    assert HoursSeries.objects.exists()


def test_a_host_whom_nobody_named_becomes_a_person_without_a_course(tree: dict[str, Any], tmp_path: Path):
    tree["office_hours"][0]["host"] = "Guest@example.edu"
    course = load_tree(tmp_path, tree).course
    host = course.hours_series.get().host
    assert (host.email, host.enrollments.count()) == ("guest@example.edu", 0)
    assert exported(course)["office_hours"][0]["host"] == "guest@example.edu"


def keyed(tree: dict[str, Any]) -> dict[str, Any]:
    return {**tree, "office_hours": [{**tree["office_hours"][0], "key": "clinic", "changes": []}]}


def reloads(course: Course, tmp_path: Path) -> bool:
    return load_tree(tmp_path, exported(course)).is_unchanged


@pytest.mark.parametrize("ends", [False, True])
def test_what_staff_cancelled_can_be_exported_and_loaded(tree: dict[str, Any], tmp_path: Path, ends: bool):
    course = load_tree(tmp_path, keyed(tree)).course
    one = course.hours_series.get()
    cancel(one, date(2024, 4, 23), reason="Ill", now=NOON)
    if ends:
        end_before(one, date(2024, 4, 16), reason="Leave", now=NOON)
    assert reloads(course, tmp_path)


def test_a_file_that_moves_the_weekday_takes_along_what_staff_cancelled(tree: dict[str, Any], tmp_path: Path):
    course = load_tree(tmp_path, keyed(tree)).course
    cancel(course.hours_series.get(), date(2024, 4, 16), reason="Ill", now=NOON)
    moved = keyed(tree)
    moved["office_hours"][0] |= {"weekday": "thursday", "last_on": "2024-05-02"}
    load_tree(tmp_path, moved)
    found = {one.date: one for one in rows(course)}
    assert (found[date(2024, 4, 18)].is_cancelled, found[date(2024, 4, 18)].reason) == (True, "Ill")
    assert not found[date(2024, 4, 25)].is_cancelled
    assert reloads(course, tmp_path)


def test_a_file_that_ends_them_earlier_says_what_it_forgets(tree: dict[str, Any], tmp_path: Path):
    course = load_tree(tmp_path, keyed(tree)).course
    cancel(course.hours_series.get(), date(2024, 4, 23), reason="Ill", now=NOON)
    earlier = keyed(tree)
    earlier["office_hours"][0]["last_on"] = "2024-04-16"
    lines = load_tree(tmp_path, earlier).lines
    assert "note: office_hours[clinic] no longer has 2024-04-23; what was changed of that date is gone." in lines
    assert reloads(course, tmp_path)


def test_held_after_all_comes_out_and_goes_in(tree: dict[str, Any], tmp_path: Path):
    tree = keyed(tree)
    tree["meetings"]["no_class"] = [{"date": "2024-04-16", "reason": "Holiday"}]
    course = load_tree(tmp_path, tree).course
    one = course.hours_series.get()
    assert next(each for each in rows(course) if each.date == date(2024, 4, 16)).is_cancelled
    restore(one, date(2024, 4, 16), now=NOON)
    assert exported(course)["office_hours"][0]["changes"][0]["held"] is True
    other = exported(course)
    other["course"]["slug"] = "cs10"
    again = load_tree(tmp_path / "again", other).course
    assert not next(each for each in rows(again) if each.date == date(2024, 4, 16)).is_cancelled


PLAIN = {"host": "wren@example.edu", "weekday": "tuesday", "start": "10:00", "end": "11:00",
         "first_on": "2024-04-02", "last_on": "2024-04-30"}  # fmt: skip


@pytest.mark.parametrize(
    ("said", "path", "words"),
    [
        ({"start": "10:30", "new": {"end": "10:15"}}, "changes[0].new.end", "ends at 10:15, but starts at 10:30"),
        ({"end": "10:15", "new": {"start": "10:30"}}, "changes[0].end", "ends at 10:15, but starts at 10:30"),
        ({"new": {"start": "11:30"}}, "changes[0].new.end", "ends at 11:00, but starts at 11:30"),
        ({"end": "09:00"}, "changes[0].end", "ends at 09:00, but starts at 10:00"),
    ],
)
def test_a_change_written_in_two_places_is_read_as_one(said: dict[str, Any], path: str, words: str, tmp_path: Path):
    changes = [{"date": "2024-04-16", **said}]
    with pytest.raises(CourseFileRefusedError) as refused:
        load_tree(tmp_path, small() | {"office_hours": [PLAIN | {"changes": changes}]})
    (problem,) = refused.value.problems
    assert problem.path == f"office_hours[0].{path}" and words in problem.message and problem.line > 1


def test_hours_that_fit_only_when_both_places_are_read_are_taken(tmp_path: Path):
    changes = [{"date": "2024-04-16", "end": "12:30", "new": {"start": "11:30"}}]
    course = load_tree(tmp_path, small() | {"office_hours": [PLAIN | {"changes": changes}]}).course
    (one,) = [one for one in rows(course) if one.date == date(2024, 4, 16)]
    assert (one.start, one.end) == (time(11, 30), time(12, 30))


@pytest.mark.parametrize(
    ("first_on", "last_on", "words"),
    [
        ("2024-04-03", "2024-04-08", "There is no such weekday between 2024-04-03 and 2024-04-08"),
        ("2024-04-02", "2057-04-30", "is more than a course lasts (800 days at most)"),
        ("2024-04-09", "2024-04-02", "before they begin on 2024-04-09"),
    ],
)
def test_hours_without_a_date_or_for_decades_are_refused_as_the_page_does(
    first_on: str, last_on: str, words: str, tmp_path: Path
):
    with pytest.raises(CourseFileRefusedError) as refused:
        load_tree(tmp_path, small() | {"office_hours": [PLAIN | {"first_on": first_on, "last_on": last_on}]})
    (problem,) = refused.value.problems
    assert problem.path == "office_hours[0].last_on" and words in problem.message and problem.line > 1
