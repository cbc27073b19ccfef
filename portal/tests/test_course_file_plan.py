"""Loading shows its plan first, asks before it changes a course, and writes all of it or nothing."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from courses.domain import letters
from courses.domain.course_plan import compare
from courses.models import Assignment, Course
from mail.models import Message
from portal.course_file import loading
from portal.course_file.checking import blocks
from portal.course_file.loading import read_folder
from portal.course_file.reading import CourseFileRefusedError
from portal.testing import NOON, enroll
from portal.tests.course_files import load_tree, small, write

pytestmark = pytest.mark.django_db
PLAN = ["changed course.title: Invented → Reinvented", "changed assignments[Sheet 2].state: posted → draft"]


@pytest.fixture
def tree() -> dict[str, Any]:
    return small()


@pytest.fixture
def changed(tree: dict[str, Any], tmp_path: Path) -> Path:
    """A folder that says two things otherwise than the course it was loaded from."""
    load_tree(tmp_path, tree)
    tree["course"]["title"] = "Reinvented"
    tree["assignments"][1]["state"] = "draft"
    return write(tmp_path, tree)


def database() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table."""
    return {str(model): list(model._base_manager.order_by("pk").values()) for model in apps.get_models()}


def at_a_terminal(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    """Someone who types this, or ends the input if it is empty."""

    def typed(question: str) -> str:
        if not answer:
            raise EOFError
        return answer

    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", typed)


def test_a_dry_run_prints_the_plan_and_writes_nothing(changed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = database()
    call_command("load_course", changed, dry_run=True)
    assert capsys.readouterr().out.splitlines() == [*PLAN, "nobody is mailed"]
    assert database() == before
    call_command("load_course", changed, yes=True)
    assert database() != before


def test_a_dry_run_of_a_new_course_writes_nothing(tree: dict[str, Any], tmp_path: Path) -> None:
    before = database()
    call_command("load_course", write(tmp_path, tree), dry_run=True)
    assert database() == before


def test_without_a_terminal_and_yes_it_ends_with_code_2(changed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = database()
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    with pytest.raises(CommandError, match="Nothing was written: cs9 exists") as refused:
        call_command("load_course", changed)
    assert refused.value.returncode == 2
    assert database() == before


def test_at_a_terminal_the_plan_is_asked_for(changed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = database()
    for answer in ("n", ""):
        at_a_terminal(monkeypatch, answer)
        with pytest.raises(CommandError, match="Nothing was written") as refused:
            call_command("load_course", changed)
        assert refused.value.returncode == 2 and database() == before
    at_a_terminal(monkeypatch, "y")
    call_command("load_course", changed)
    assert Course.objects.get().title == "Reinvented"


def test_a_file_that_changes_nothing_is_not_asked_for(
    tree: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    load_tree(tmp_path, tree)
    call_command("load_course", tmp_path)
    assert capsys.readouterr().out.splitlines() == ["cs9: nothing changes"]


def test_a_plan_that_no_longer_holds_is_not_applied(changed: Path) -> None:
    shown = loading.plan(read_folder(changed), now=NOON)
    Course.objects.update(title="By staff")
    with pytest.raises(CourseFileRefusedError, match="was changed while you read the plan"):
        loading.apply(shown, now=NOON)
    assert Course.objects.get().title == "By staff"
    assert Assignment.objects.get(name="Sheet 2").state == "posted"


def test_what_a_verb_refuses_leaves_nothing_behind(tree: dict[str, Any], tmp_path: Path) -> None:
    load_tree(tmp_path, tree)
    before = database()
    tree["course"] |= {"title": "Reinvented", "timezone": "Europe/Lisbon"}
    with pytest.raises(CourseFileRefusedError, match=r"line \d+, course: A class was held in Europe/Berlin already"):
        load_tree(tmp_path, tree)
    assert database() == before


def test_a_course_that_is_being_made_mails_nobody(tree: dict[str, Any], tmp_path: Path) -> None:
    course = load_tree(tmp_path, tree).course
    assert not Course.objects.get().is_being_made and not course.is_being_made
    ada = enroll(course, "Ada Fictive")

    def post() -> int:
        what = {"key": "x", "kind": "announcement", "now": NOON, "title": "T", "announcement": None, "text": "t"}
        return letters.post_to(course, "announcement", people=[ada], **what)

    course.is_being_made = True
    assert post() == 0 and not Message.objects.exists()


def test_the_note_on_office_hours_is_a_field_of_the_course(tree: dict[str, Any], tmp_path: Path) -> None:
    course = load_tree(tmp_path, {**tree, "office_hours_note": "Or by appointment."}).course
    assert Course.objects.get().office_hours_note == "Or by appointment."
    lines = load_tree(tmp_path, {**tree, "office_hours_note": ""}).lines
    assert lines == ["changed office_hours_note: Or by appointment. → nothing", "nobody is mailed"]
    assert load_tree(tmp_path, tree).is_unchanged and course.pk


def test_an_exception_midway_writes_nothing(changed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, first = database(), next(iter(blocks))
    apply = first.apply

    def broken(plan: Any) -> None:
        apply(plan)
        raise ValueError("broken")

    monkeypatch.setattr(first, "apply", broken)
    with pytest.raises(ValueError, match="broken"):
        loading.load(read_folder(changed), now=NOON)
    assert database() == before


LIST = {"items": {"properties": {"key": {}, "text": {"default": ""}}}, "x-key": ["key"]}
CASES: list[tuple[list[str], list[str], list[str]]] = [
    (["a", "b"], ["a", "b"], ["a", "b"]),
    (["a", "b", "c"], ["a", "c"], ["a", "b", "c"]),
    (["a", "b"], ["a", "x", "b"], ["a", "x", "b"]),
    (["a", "b"], ["x", "a"], ["x", "a", "b"]),
    (["a", "b", "c"], ["c", "a"], ["c", "a", "b"]),
]


@pytest.mark.parametrize(("have", "named", "order"), CASES)
def test_entries_keep_their_order_unless_the_file_orders_them_anew(
    have: list[str], named: list[str], order: list[str]
) -> None:
    entries: Callable[[list[str]], list[dict[str, str]]] = lambda keys: [{"key": key} for key in keys]  # noqa: E731
    tree: Any = type("Tree", (dict,), {"files": {}})({"list": entries(named)})
    made = compare(Course(), tree, NOON, schema={"list": LIST}, before={"list": entries(have)})
    assert [entry["key"] for entry in made.after["list"]] == order
