"""Numbers made of counts, checked against the demo's real answers and against plain enumeration."""

import csv
from collections import Counter
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from statistics import mean, median, variance

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from questionnaires.distribution import HUNDREDTH, Distribution, is_clear, rounded, student_t_tail

DEMO = Path(settings.BASE_DIR) / "demo"


def answers(day: str, key: str) -> list[int]:
    with (DEMO / f"survey-{day}-responses.csv").open() as file:
        return [int(row[key]) for row in csv.DictReader(file)]


def distribution(values: list[int], lowest: int = 1, highest: int = 10) -> Distribution:
    counts = Counter(values)
    return Distribution(lowest, tuple(counts[v] for v in range(lowest, highest + 1)))


@pytest.mark.parametrize(
    ("key", "now", "before", "middle"), [("material", "6.19", "6.38", 7), ("pace", "5.69", "5.48", 6)]
)
def test_the_oracle_averages_and_medians_come_out(key: str, now: str, before: str, middle: int):
    this, last = distribution(answers("2023-11-21", key)), distribution(answers("2023-11-16", key))
    assert (str(this.mean), str(last.mean), this.median, this.n) == (now, before, middle, 52)
    assert not is_clear(this, last)


@given(st.lists(st.integers(-3, 7), min_size=2, max_size=60))
def test_counts_give_what_the_answers_themselves_give(values: list[int]):
    found = distribution(values, -3, 7)
    assert found.exact_mean == mean(map(Fraction, values))
    assert found.median == median(values)
    assert found.variance == variance(map(Fraction, values))


@given(st.lists(st.integers(1, 10), min_size=1), st.integers(1, 10))
def test_the_shares_around_an_anchor_are_a_whole(values: list[int], anchor: int):
    below, at, above = distribution(values).around(anchor)
    assert below == Fraction(sum(v < anchor for v in values), len(values))
    assert at == Fraction(values.count(anchor), len(values))
    assert below + at + above == 1


@pytest.mark.parametrize(
    ("value", "text"),
    [(Fraction(1, 200), "0.01"), (Fraction(-1, 200), "-0.01"), (Fraction(2675, 1000), "2.68"), (Fraction(7), "7.00")],
)
def test_rounding_is_half_up(value: Fraction, text: str):
    assert str(rounded(value, HUNDREDTH)) == text


# Two-sided 5 % points of Student's distribution, from printed tables.
@pytest.mark.parametrize(("freedom", "point"), [(1, 12.706), (4, 2.776), (10, 2.228), (30, 2.042), (100, 1.984)])
def test_the_tail_agrees_with_printed_tables(freedom: int, point: float):
    assert student_t_tail(point, freedom) == pytest.approx(0.05, abs=2e-4)


def test_a_change_is_clear_only_beyond_chance_and_with_five_on_both_sides():
    low, high = distribution([1, 2, 1, 2, 1]), distribution([9, 10, 9, 10, 9])
    assert is_clear(high, low)
    assert not is_clear(high, distribution([1, 2, 1, 2]))
    assert not is_clear(low, low)


def test_without_any_spread_a_difference_is_clear_and_equality_is_not():
    assert is_clear(distribution([5] * 5), distribution([6] * 5))
    assert not is_clear(distribution([5] * 5), distribution([5] * 9))


def test_decimals_keep_their_two_places():
    assert distribution([5] * 5).mean == Decimal("5.00")
    assert str(distribution([5] * 5).mean) == "5.00"
