"""What freezing fixes: who is shown, how many took part, and how late answers join."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.domain import separation, surveys
from feedback.domain.figures import SMALL, Rate, rates_of, sections_shown
from feedback.tests import world
from portal.testing import Cast


@pytest.mark.parametrize(
    ("sizes", "shown"),
    [
        ({"A": 33, "B": 19}, {"A", "B"}),
        ({"A": 33, "B": 4}, set()),
        ({"A": 33, "B": 4, "C": 7}, {"A"}),
        ({"A": 33, "B": 4, "C": 7, "D": 3}, {"A", "C"}),
        ({"A": 2, "B": 2}, set()),
        ({"A": 5}, {"A"}),
        ({"A": 4}, set()),
        ({"A": 20, "B": 3, "C": 0}, set()),  # B would be all that pooled less A leaves
        ({"A": 20, "B": 9, "C": 3, "D": 0}, {"A"}),
    ],
)
def test_small_sections_are_hidden_and_never_alone(sizes: dict[str, int], shown: set[str]):
    assert sections_shown(sizes) == shown


@given(st.dictionaries(st.sampled_from("ABCDEF"), st.integers(0, 12), min_size=1))
def test_pooled_less_shown_never_leaves_one_section(sizes: dict[str, int]):
    shown = sections_shown(sizes)
    hidden = [size for code, size in sizes.items() if code not in shown]
    assert len(hidden) != 1 or len(sizes) == 1
    alone = [size for size in hidden if size]
    assert not shown or len(alone) != 1 or alone[0] >= SMALL


def test_a_rate_reads_as_on_the_slide_and_says_when_it_is_not_known():
    assert Rate("A", 33, 44).text == "33/44 - 75.0%"
    assert Rate("A", 1, 16).text == "1/16 - 6.3%"  # 6.25, half up
    assert Rate("A", None, 44).text == "not known"
    assert Rate("A", 0, 0).text == "0/0"


def test_one_unknown_rate_makes_the_whole_unknown():
    known = {"section": "A", "completed": 3, "enrolled": 4}
    assert rates_of({"rates": [known, known]})[1].completed == 6
    assert rates_of({"rates": [known, {**known, "completed": None}]})[1].text == "not known"


def test_late_answers_to_one_question_stay_out_until_five_are_together(cast: Cast):
    optional = [{**question, "required": question["key"] == "material"} for question in world.QUESTIONS]
    world.make_plan(cast.course, questions=optional)
    survey = world.opened(cast.course)
    world.answer_all(survey, world.fill(cast.course, 8), seed=3)
    separation.freeze(survey, now=survey.due_at)
    on_time, shown = survey.figures["pooled"]["pace"], []
    for batch, pace in enumerate([["10", "", "", "", ""], ["9", "9", "9", "9", ""]]):
        for n, answer in enumerate(pace):
            late = world.one_more(cast.course, f"Late {batch}{n}")
            surveys.submit_response(survey, by=late, answers={"material": "5", "pace": answer}, now=survey.due_at)
        assert separation.release(survey, now=survey.due_at)
        shown.append(survey.late_figures["pooled"])

    assert [sum(pooled["material"]) for pooled in shown] == [13, 18]
    assert shown[0]["pace"] == on_time
    assert shown[1]["pace"] == [*on_time[:8], on_time[8] + 4, on_time[9] + 1]
