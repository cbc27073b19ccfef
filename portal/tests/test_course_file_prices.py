"""Prices of what runs, in and out of a course file."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cloudguard.models import RunningPrice
from courses.models import Course
from portal.course_file.checking import file_schema
from portal.course_file.exporting import dump, exported
from portal.course_file.loading import shifted
from portal.course_file.reading import CourseFileRefusedError
from portal.tests.course_files import load_tree, meaning, small

pytestmark = pytest.mark.django_db


@pytest.fixture
def tree() -> dict[str, Any]:
    prices = [
        {"kind": "address", "usd_per_hour": "0.005", "priced_on": "2024-02-01"},
        {"kind": "instance", "size": "c5d.large spot", "usd_per_hour": "0.03", "priced_on": "2024-04-01"},
        {
            "kind": "volume",
            "size": "gp3",
            "region": "us-west-2",
            "usd_per_gb_month": "0.08",
            "priced_on": "2024-03-05",
        },
    ]
    return {**small(), "running_prices": prices}


def test_prices_come_in_and_out_and_again_nothing_changes(tree, tmp_path: Path):
    course = load_tree(tmp_path, tree).course
    disk = course.running_prices.get(kind="volume")
    assert (disk.size, disk.region, disk.usd, disk.priced_on) == ("gp3", "us-west-2", Decimal("0.08"), date(2024, 3, 5))
    assert meaning(exported(course)) == meaning(tree)
    assert load_tree(tmp_path, tree).is_unchanged


def test_the_file_wins_over_the_instructor_and_what_it_does_not_name_stays(tree, tmp_path: Path):
    course = load_tree(tmp_path, tree).course
    course.running_prices.filter(kind="volume").update(usd=Decimal("0.1"))
    RunningPrice.objects.create(course=course, kind="instance", size="t3.micro", usd=1, priced_on=date(2024, 4, 2))
    tree["running_prices"][1] |= {"usd_per_hour": "0.04", "size": "C5d.large spot"}
    lines = load_tree(tmp_path, tree).lines
    prices = {price.size: price.usd for price in course.running_prices.all()}
    assert prices == {"": Decimal("0.005"), "c5d.large spot": Decimal("0.04"), "gp3": Decimal("0.08"), "t3.micro": 1}
    assert "changed running_prices[volume, gp3, us-west-2].usd_per_gb_month: 0.1 → 0.08" in lines


def test_the_date_of_a_price_does_not_move_with_the_course(tree):
    moved = shifted(tree, file_schema(), 100)
    assert moved["running_prices"] == tree["running_prices"] and moved["course"] != tree["course"]


WRONG = [
    ("kind: address\n", "kind: address\n  size: big\n", "running_prices[0].size", "An address has no size"),
    ("  size: gp3\n", "", "running_prices[2].kind", "Say which size"),
    ("usd_per_gb_month: ", "usd_per_hour: ", "running_prices[2].kind", 'needs "usd_per_gb_month"'),
    ("kind: instance", "kind: lambda", "running_prices[1].kind", ""),
    ("'0.03'", "'-0.03'", "running_prices[1].usd_per_hour", ""),
    ("'2024-02-01'", "'2024-02-30'", "running_prices[0].priced_on", ""),
    ("priced_on: '2024-02-01'", "region: x", "running_prices[0]", "priced_on"),
]


@pytest.mark.parametrize(("was", "becomes", "path", "sentence"), WRONG)
def test_a_mistake_is_refused_with_its_place_and_line(tree, tmp_path: Path, was, becomes, path, sentence):
    text = dump(tree)
    assert text.count(was) == 1, text
    with pytest.raises(CourseFileRefusedError) as refused:
        load_tree(tmp_path, text.replace(was, becomes))
    problem = refused.value.problems[0]
    assert problem.path == path and sentence in problem.message and problem.message
    near = text[: text.index(was)].count("\n") + 1
    assert problem.line in range(near - 3, near + 2)
    assert not Course.objects.exists()


def test_one_thing_has_one_price_whatever_its_case(tree, tmp_path: Path):
    tree["running_prices"].append({**tree["running_prices"][1], "size": "C5D.large SPOT"})
    with pytest.raises(CourseFileRefusedError, match="has a price already"):
        load_tree(tmp_path, tree)
