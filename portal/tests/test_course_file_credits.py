"""Pools of credit codes and reminders of running cost, in and out of a course file."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cloudguard.models import CostReminder
from courses.models import Course
from credits.domain import vault
from credits.models import AuditEvent, CreditPool
from credits.tests.world import fill
from portal.course_file.exporting import dump, exported
from portal.course_file.reading import CourseFileRefusedError
from portal.tests.course_files import load_tree, meaning, small

pytestmark = pytest.mark.django_db


@pytest.fixture
def tree() -> dict[str, Any]:
    further = [
        {
            "program": "Other credits",
            "sections": ["CS 9"],
            "value_usd": "25.00",
            "redeem_by": "2024-04-30",
            "per_student": 2,
            "approves_by_rule": True,
            "low_stock": 9,
            "note": "Ask in class.",
        },
        {"program": "Third credits"},
    ]
    reminder = {"text": "Stop your machines", "instance": "c5d.large spot", "usd_per_hour": "0.03"}
    return {
        **small(),
        "further_credits": further,
        "running_cost_reminders": [{**reminder, "priced_on": "2024-04-01", "assignments": ["Sheet 1"]}],
    }


def test_all_pools_come_in_and_out(tree, tmp_path: Path):
    course = load_tree(tmp_path, tree).course
    programs = ["Invented credits", "Other credits", "Third credits"]
    assert [pool.program for pool in course.credit_pools.all()] == programs
    other = course.credit_pools.get(program="Other credits")
    assert (other.value_usd, other.redeem_by) == (Decimal("25"), date(2024, 4, 30))
    assert (other.per_student, other.approves_by_rule, other.low_stock) == (2, True, 9)
    assert [section.code for section in other.sections.all()] == ["CS 9"]
    assert CostReminder.objects.get().priced_on == date(2024, 4, 1)
    assert meaning(exported(course)) == meaning(tree)
    assert load_tree(tmp_path, exported(course)).is_unchanged
    assert load_tree(tmp_path, tree).is_unchanged
    again = load_tree(tmp_path, {**tree, "course": {**tree["course"], "slug": "cs9-again"}}).course
    assert exported(again)["further_credits"] == exported(course)["further_credits"]


def test_the_file_wins_over_what_staff_changed_of_a_pool_and_the_log_says_so(tree, tmp_path: Path):
    course = load_tree(tmp_path, tree).course
    course.credit_pools.filter(program="Other credits").update(low_stock=1)
    CreditPool.objects.create(course=course, program="By staff", approves_by_rule=True)
    tree["further_credits"][0] |= {"low_stock": 20, "per_student": 3}
    lines = load_tree(tmp_path, tree).lines
    other = course.credit_pools.get(program="Other credits")
    assert (other.low_stock, other.per_student) == (20, 3)
    assert "changed further_credits[Other credits].low_stock: 1 → 20" in lines
    assert "left alone further_credits[By staff] (not in the file)" in lines
    assert [pool["program"] for pool in exported(course)["further_credits"]][-1] == "By staff"
    event = AuditEvent.objects.filter(course_id=course.pk, kind="pool changed").get()
    assert "low stock 1 → 20" in event.note and event.actor_id is None


def line_of(text: str, words: str) -> int:
    return text[: text.index(words)].count("\n") + 1


WRONG = [
    ("Third credits", "Invented credits", "further_credits[1].program", 'is the pool under "credits" already'),
    ("Third credits", "Other credits", "further_credits[1]", "stands twice in further_credits"),
    ("low_stock: 9", "low_stock: -1", "further_credits[0].low_stock", ""),
    ("low_stock: 9", "code: FAKE", "further_credits[0].code", ""),
    ("- CS 9\n  value_usd", "- CS 8\n  value_usd", "further_credits[0].sections[0]", "none of the sections"),
    ("'2024-04-01'\n  assign", "'2024-02-30'\n  assign", "running_cost_reminders[0].priced_on", ""),
]


@pytest.mark.parametrize(("was", "becomes", "path", "sentence"), WRONG)
def test_a_mistake_is_refused_with_its_place_and_line(tree, tmp_path: Path, was, becomes, path, sentence):
    text = dump(tree)
    assert text.count(was) == 1, text
    with pytest.raises(CourseFileRefusedError) as refused:
        load_tree(tmp_path, text.replace(was, becomes))
    (problem,) = refused.value.problems
    assert problem.path == path and sentence in problem.message and problem.message
    assert problem.line in range(line_of(text, was), line_of(text, was) + 2)
    assert not Course.objects.exists()


def test_further_pools_stand_beside_a_first_one(tree, tmp_path: Path):
    del tree["credits"]
    with pytest.raises(CourseFileRefusedError) as refused:
        load_tree(tmp_path, tree)
    assert [problem.path for problem in refused.value.problems] == ["further_credits[0]"]


def test_a_file_that_holds_a_known_code_is_refused(tree, tmp_path: Path, settings):
    settings.CREDIT_KEYS, settings.CREDIT_INDEX_KEY = f"first:{vault.new_key()}", vault.new_key()
    course = load_tree(tmp_path, tree).course
    fill(course.credit_pools.first(), ["FAKE-Code-9999"])
    tree["further_credits"][0]["note"] = "Take fake code 9999."
    with pytest.raises(CourseFileRefusedError) as refused:
        load_tree(tmp_path, tree)
    (problem,) = refused.value.problems
    assert problem.line == line_of(dump(tree), "Take fake") and "9999" not in problem.message
    assert course.credit_pools.get(program="Other credits").note == "Ask in class."
