"""Whatever is done to the demo's file: it loads, or it is refused in words; nothing else can happen."""

import copy
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from courses.models import Course
from portal.course_file.exporting import dump, exported
from portal.course_file.reading import CourseFileRefusedError, FileProblem
from portal.tests.course_files import DEMO, load_tree

pytestmark = pytest.mark.django_db
TEXT = (DEMO / "course.yaml").read_text("utf-8").replace("rosters:\n- roster-462.csv\n- roster-562.csv\n", "")
TREE = yaml.safe_load(TEXT)
ROUNDS = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def places(tree: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place of a tree."""
    steps = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [path, *(place for step, child in steps for place in places(child, (*path, step)))]


PLACES = places(TREE)[1:]
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**12), 10**12),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(
        ["2023-11-28", "15:40", "24:00", "0001-01-01", "9999-12-31 23:59", "=1", "x" * 6_000, "{previous}"]
    ),
    st.sampled_from([[], {}, [[]], [{}], {"a": 1}, ["2023-11-28"], [None]]),
)


@st.composite
def mutated(draw: Any) -> dict[str, Any]:
    """The demo's tree with a few places dropped, doubled, exchanged or replaced."""
    tree = copy.deepcopy(TREE)
    for path in draw(st.lists(st.sampled_from(PLACES), min_size=1, max_size=3, unique=True)):
        _mutate(tree, path, draw(st.sampled_from(["drop", "replace", "double", "rename"])), draw(ODD))
    return tree


def _mutate(tree: Any, path: tuple[Any, ...], how: str, odd: Any) -> None:
    *way, last = path
    try:
        for step in way:
            tree = tree[step]
        here = tree[last]
    except (KeyError, IndexError, TypeError):
        return  # an earlier mutation took it away
    if how == "drop" and isinstance(tree, dict | list):
        del tree[last]
    elif how == "double" and isinstance(tree, list):
        tree.append(copy.deepcopy(here))
    elif how == "rename" and isinstance(tree, dict):
        tree[f"{odd}"] = tree.pop(last)
    elif isinstance(tree, dict | list):
        tree[last] = odd


def attempt(folder: Path, text: str) -> Course | list[FileProblem]:
    """The course that was loaded, or the problems."""
    try:
        return load_tree(folder, text).course
    except CourseFileRefusedError as refused:
        return refused.problems


def load_or_refuse(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder, transaction.atomic():
        result = attempt(Path(folder), text)
        if isinstance(result, Course):
            assert load_tree(Path(folder), text).is_unchanged
            assert load_tree(Path(folder), dump(exported(result))).is_unchanged
        else:
            assert result
            assert all(problem.message and problem.line >= 1 for problem in result)
            assert not Course.objects.exists()
        transaction.set_rollback(True)


@ROUNDS
@given(tree=mutated())
def test_a_mutated_tree_loads_or_is_refused(tree: dict[str, Any]) -> None:
    load_or_refuse(yaml.safe_dump(tree, sort_keys=False, allow_unicode=True))


@ROUNDS
@given(
    first=st.integers(0, len(TEXT)),
    length=st.integers(0, 40),
    text=st.text(st.sampled_from("\t\n -:{}[]&*!|>'\"%@`#?,~x0é\u2028\x85"), max_size=8),
)
def test_a_mutated_text_loads_or_is_refused(first: int, length: int, text: str) -> None:
    load_or_refuse(TEXT[:first] + text + TEXT[first + length :])
