"""A course goes out of the portal as it came in."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.db import transaction
from hypothesis import HealthCheck, given, settings

from courses.models import Course
from portal.course_file.checking import file_schema
from portal.course_file.exporting import dump, export, exported
from portal.course_file.reading import read
from portal.tests.course_files import DEMO, course_files, load_tree, meaning, small

pytestmark = pytest.mark.django_db
ROUNDS = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def parsed(folder: Path) -> Any:
    return read((folder / "course.yaml").read_bytes(), file_schema()).tree


def load_folder(folder: Path, slug: str | None = None, into: Path | None = None) -> Course:
    tree = parsed(folder)
    if slug:
        tree["course"]["slug"] = slug
    if into:
        shutil.copytree(folder, into)
    rosters = {name.replace(".csv", "_csv"): (folder / name).read_text("utf-8") for name in tree.get("rosters", [])}
    return load_tree(into or Path(tempfile.mkdtemp()), tree, **rosters).course


def people(course: Course) -> list[tuple[str, ...]]:
    rows = course.enrollments.active().order_by("pk").select_related("user", "section")
    return [
        (p.user.email, p.user.name, p.role, p.login, p.canvas_id, p.sis_user_id, p.canvas_section, str(p.section))
        for p in rows
    ]


def test_the_demo_comes_out_as_it_went_in(tmp_path: Path) -> None:
    course = load_folder(DEMO)
    export(course, tmp_path / "out")
    assert meaning(parsed(tmp_path / "out")) == meaning(parsed(DEMO))
    assert load_folder(tmp_path / "out") == course
    assert exported(course) == parsed(tmp_path / "out")


def test_the_demo_exported_loads_as_another_course_with_the_same_people(tmp_path: Path) -> None:
    course = load_folder(DEMO)
    export(course, tmp_path / "one")
    other = load_folder(tmp_path / "one", "another")
    export(other, tmp_path / "two")
    first = parsed(tmp_path / "one")
    assert parsed(tmp_path / "two") == {**first, "course": {**first["course"], "slug": "another"}}
    assert people(other) == people(course)
    assert len(people(course)) == 71
    numbers = list(course.meetings.values_list("date", "number", "starts_at", "title", "place"))
    assert list(other.meetings.values_list("date", "number", "starts_at", "title", "place")) == numbers


def test_words_are_read_quoted_or_not_and_written_in_one_spelling(tmp_path: Path) -> None:
    text = dump(small()).replace("'2024-04-09'", "Tuesday 2024-04-09").replace("'10:00'", "10:00")
    load_tree(
        tmp_path / "in", text.replace("code: CS 9\n", "code: 1e9\n").replace("value_usd: '100.00'", "value_usd: 100.0")
    )
    course = Course.objects.get()
    assert f"{course.weekly_times.get().start:%H:%M}" == "10:00"
    assert course.code == "1e9"
    export(course, tmp_path / "out")
    written = parsed(tmp_path / "out")
    assert written["meetings"]["weekly"][0]["start"] == "10:00"
    assert written["meetings"]["details"][0]["date"] == "2024-04-09"
    assert written["credits"]["value_usd"] == "100"


@ROUNDS
@given(tree=course_files())
def test_any_course_file_comes_out_as_it_went_in(tree: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder, transaction.atomic():
        first = exported(load_tree(Path(folder), tree).course)
        assert meaning(first) == meaning(tree)
        assert load_tree(Path(folder), tree).is_unchanged
        assert load_tree(Path(folder), dump(first)).is_unchanged
        Course.objects.all().delete()
        second = exported(load_tree(Path(folder), dump(first)).course)
        assert yaml.safe_load(dump(second)) == yaml.safe_load(dump(first)) == first
        transaction.set_rollback(True)
