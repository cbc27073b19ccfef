"""Copied reviews are found without comparing each with each, and only for the page that shows them."""

import random

import pytest

from portal.testing import Cast
from presentations.queries import progress
from presentations.tests import factories


def are_alike(words: set[str], other: set[str]) -> bool:
    """The rule in its own words: of at least 8 words each, 85 % of all are in both."""
    return min(len(words), len(other)) >= 8 and len(words & other) >= 0.85 * len(words | other)


def texts(n: int, words: int, vocabulary: int) -> list[set[str]]:
    """Invented texts, the same each time; every tenth is nearly that of the one before."""
    draw = random.Random(7)
    known = [f"word{k}" for k in range(vocabulary)]
    made = [set(draw.sample(known, words)) for _ in range(n)]
    for k in range(10, n, 10):
        made[k] = set(sorted(made[k - 1])[draw.randrange(words // 5) :])
    return made


@pytest.mark.parametrize(("words", "vocabulary"), [(5, 30), (9, 14), (20, 24), (40, 300)])
def test_the_copies_found_are_those_that_comparing_each_with_each_finds(words: int, vocabulary: int):
    made = texts(150, words, vocabulary)
    slowly = {}
    for number, words_of_text in enumerate(made):
        twin = next((k for k in range(number) if are_alike(words_of_text, made[k])), None)
        if twin is not None:
            slowly[number] = twin
    assert progress._twins(made) == slowly
    assert slowly or words < progress.WORDY


def test_a_thousand_reviews_are_not_compared_each_with_each(monkeypatch: pytest.MonkeyPatch):
    draw, known = random.Random(7), [f"word{k}" for k in range(3000)]
    how_often = [1 / (k + 1) for k in range(3000)]  # as words come in a language
    made = [set(draw.choices(known, how_often, k=220)) for _ in range(1000)]
    compared, alike = [], progress._are_alike
    monkeypatch.setattr(progress, "_are_alike", lambda words, other: compared.append(1) or alike(words, other))
    assert progress._twins([*made, made[500]]) == {1000: 500}
    assert len(compared) < 150_000, "each with each is half a million"


@pytest.mark.django_db
def test_the_table_to_take_along_looks_for_no_copies(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    factories.released(cast)

    def refused(*_: object) -> None:
        raise AssertionError("the table shows no hints")

    monkeypatch.setattr(progress, "hints", refused)
    assert progress.as_csv(cast.course, cast.course.sections.first()).startswith("\ufeffStudent,")
    with pytest.raises(AssertionError):
        progress.review_progress(cast.course)
