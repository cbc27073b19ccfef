"""Office hours that were split, and files from before and after the split, loaded over them in any order."""

from datetime import date, time
from pathlib import Path
from typing import Any

import pytest

from courses.models import Course
from officehours.domain.series import Terms, terms_of
from officehours.tests.factories import change_from, rename
from portal.course_file.exporting import exported
from portal.course_file.loading import load, read_folder
from portal.course_file.problems import CourseFileRefused
from portal.testing import NOON
from portal.tests.course_files import DEMO, load_tree, small

pytestmark = pytest.mark.django_db
OCTOBER = NOON.replace(year=2023, month=10, day=1)
NOV_17, NOV_24 = date(2023, 11, 17), date(2023, 11, 24)


@pytest.fixture
def demo(db: None) -> Course:
    """The demo, its Fridays from Nov 17 on an hour later (or on Wednesdays), and called something else."""
    return load(read_folder(DEMO), now=OCTOBER).course


def split(course: Course, **terms: Any) -> None:
    friday = course.hours_series.get(weekday=4)
    rename(friday, "Cloud clinic", now=OCTOBER)
    friday.refresh_from_db()
    change_from(friday, NOV_17, Terms(**{**vars(terms_of(friday)), **terms}), now=OCTOBER)


def story(course: Course) -> list[tuple[Any, ...]]:
    found = occurrences.of_course(Course.objects.get(pk=course.pk))
    return [(one.date, one.start, one.series.title, one.is_cancelled, one.reason, one.place) for one in found]


def out(course: Course) -> dict[str, Any]:
    """The course's export, without its people and what needs them."""
    tree = exported(Course.objects.get(pk=course.pk)) | {"rosters": []}
    return {key: block for key, block in tree.items() if key not in ("presentations", "peer_reviews")}


AN_HOUR_LATER = {"start": time(12), "end": time(13)}
SPLITS = [AN_HOUR_LATER, {"place": "H 9"}, {"weekday": 2}]


@pytest.mark.parametrize("terms", SPLITS)
def test_files_from_before_and_after_the_split_leave_every_date_as_it_is(
    demo: Course, tmp_path: Path, terms: dict[str, Any]
):
    split(demo, **terms)
    before, uids = story(demo), [one.uid for one in occurrences.of_course(demo)]
    assert len(before) == 22 and len(set(uids)) == 22
    ((day, reason),) = [(one[0], one[4]) for one in before if one[3]]
    assert (day, reason) == (date(2023, 11, 22) if "weekday" in terms else NOV_24, "Thanksgiving holiday")
    newer = out(demo)
    for folder in ("older", "newer", "older", "older", "newer"):
        loaded = load_tree(tmp_path, newer) if folder == "newer" else load(read_folder(DEMO), now=OCTOBER)
        assert loaded.tally.is_unchanged, loaded.tally.lines
        assert story(demo) == before
        assert out(demo)["office_hours"][2:] == newer["office_hours"][2:]


def test_a_split_comes_out_and_goes_in_elsewhere_as_one_that_an_older_file_still_fits(demo: Course, tmp_path: Path):
    split(demo, **AN_HOUR_LATER)
    newer = out(demo)
    assert newer["office_hours"][2]["continues"] == "instructor@example.edu friday 11:00"
    elsewhere = {**newer, "course": {**newer["course"], "slug": "elsewhere"}}
    other = load_tree(tmp_path, elsewhere).course
    assert story(other) == story(demo)
    assert len(set(other.hours_series.values_list("lineage", flat=True))) == 2
    older = read_folder(DEMO).tree["office_hours"]
    assert load_tree(tmp_path, elsewhere | {"office_hours": older}).tally.is_unchanged
    assert story(other) == story(demo)
    rename(other.hours_series.filter(weekday=4)[0], "Clinic", now=OCTOBER)
    assert {title for day, _, title, *_ in story(other) if day.weekday() == 4} == {"Clinic"}


def test_what_an_older_file_newly_says_of_a_date_or_the_end_goes_to_the_part_that_has_it(demo: Course, tmp_path: Path):
    split(demo, weekday=2)
    tuesday, friday = read_folder(DEMO).tree["office_hours"]
    new = [
        {"date": "2023-10-13", "cancelled": True, "reason": "Trip"},
        {"date": "Friday 2023-12-08", "cancelled": True, "reason": "Ill"},
    ]
    friday = friday | {"changes": [*friday["changes"], *new], "url": "https://zoom.example.edu/j/2"}
    tree = out(demo) | {"office_hours": [tuesday, friday]}
    loaded = load_tree(tmp_path, tree)
    cancelled = [(f"{one[0]}", one[4]) for one in story(demo) if one[3]]
    assert cancelled == [
        ("2023-10-13", "Trip"), ("2023-11-22", "Thanksgiving holiday"), ("2023-12-06", "Ill"),
    ]  # fmt: skip
    assert len(story(demo)) == 22
    assert set(demo.hours_series.exclude(weekday=1).values_list("url", flat=True)) == {friday["url"]}
    assert any("weekday: staff changed this" in note for note in loaded.tally.notes)
    assert load_tree(tmp_path, tree).tally.is_unchanged
    assert load_tree(tmp_path, out(demo)).tally.is_unchanged


def test_split_twice_and_the_middle_part_unknown(demo: Course, tmp_path: Path):
    split(demo, **AN_HOUR_LATER)
    later = demo.hours_series.latest("pk")
    change_from(later, date(2023, 12, 1), Terms(**{**vars(terms_of(later)), "place": "H 9"}), now=OCTOBER)
    before = story(demo)
    assert load(read_folder(DEMO), now=OCTOBER).tally.is_unchanged
    newer = out(demo)
    without = {**newer, "office_hours": [one for one in newer["office_hours"] if one.get("key") != later.key]}
    for tree in (newer, without, newer):
        assert load_tree(tmp_path, tree).tally.is_unchanged
        assert story(demo) == before


@pytest.mark.parametrize(
    ("entry", "path", "words"),
    [
        ({"continues": "nobody"}, "office_hours[1].continues", 'There are no office hours "nobody"'),
        ({"continues": "later"}, "office_hours[1].continues", "continues others itself"),
        ({"first_on": "2024-04-20"}, "office_hours[1].first_on", "is held until 2024-04-23"),
    ],
)
def test_what_continues_nothing_or_lies_over_it_is_refused_with_its_place(
    tmp_path: Path, entry: dict[str, str], path: str, words: str
):
    hours = {"host": "wren@example.edu", "weekday": "tuesday", "start": "10:00", "end": "11:00",
             "first_on": "2024-04-02", "last_on": "2024-04-23"}  # fmt: skip
    later = hours | {"key": "later", "start": "12:00", "end": "13:00", "first_on": "2024-04-24",
                     "last_on": "2024-04-30", "continues": "wren@example.edu tuesday 10:00"} | entry  # fmt: skip
    with pytest.raises(CourseFileRefused) as refused:
        load_tree(tmp_path, small() | {"office_hours": [hours, later]})
    (problem,) = refused.value.problems
    assert problem.path == path and words in problem.sentence and problem.line > 1
