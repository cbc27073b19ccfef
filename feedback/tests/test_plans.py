"""What is asked can change until the first answer."""

from datetime import time

import pytest

from accounts.errors import DomainError
from feedback.domain import plans, surveys
from feedback.tests import world
from portal.testing import NOON, Cast

pytestmark = pytest.mark.django_db
ONE = [{"key": "mood", "kind": "scale", "min": 0, "max": 10, "prompt": "How was it?", "anchors": {0: "Bad"}}]


def test_open_survey_that_nobody_answered_asks_the_new_questions(cast: Cast):
    plan = world.make_plan(cast.course)
    survey = world.opened(cast.course)

    assert plans.change(plan, now=NOON, questions=ONE) == []

    question = survey.questions.get()
    assert (question.key, question.options) == ("mood", {"min": 0, "max": 10, "anchors": {"0": "Bad"}})
    assert survey.counts.filter(batch="on_time").count() == 11 * 2
    assert surveys.check_answers(survey, {"mood": "0"}) == {"mood": 0}


def test_answered_survey_keeps_its_questions_and_is_named(cast: Cast):
    plan = world.make_plan(cast.course)
    survey = world.opened(cast.course)
    surveys.submit_response(survey, by=cast.student, answers=world.FINE, now=survey.opened_at)

    assert plans.change(plan, now=NOON, questions=ONE) == [survey]
    assert survey.questions.count() == 3
    with pytest.raises(DomainError, match="its questions stay as they are"):
        plans.change_questions(survey, ONE)
    plan.refresh_from_db()
    assert [question["key"] for question in plan.questions] == ["mood"]


def test_open_survey_follows_a_new_due_time(cast: Cast):
    plan = world.make_plan(cast.course)
    survey = world.opened(cast.course)
    before = survey.due_at

    plans.change(plan, now=survey.opened_at, due_time=time(22, 59))

    survey.refresh_from_db()
    assert (survey.due_at - before).total_seconds() == 2 * 60 * 60


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"min": 5, "max": 5}, "runs from a smaller to a larger"),
        ({"min": 1, "max": 12}, "has 12 steps; at most 11"),
        ({"max": None}, 'A scale needs a "max"'),
        ({"anchors": {"11": "Too much"}}, "11 is not on the scale from 0 to 10"),
        ({"kind": "essay"}, "its kind is none of"),
        ({"prompt": ""}, "its wording is missing"),
        ({"points": "many"}, "its points are not a number"),
        ({"key": "how was it"}, "its key may hold"),
        ({"key": ""}, "its key may hold"),
        ({"key": "how-was-it"}, "its key may hold"),
        ({"key": "2nd"}, "its key may hold"),
        ({"min": 40_000, "max": 40_005, "anchors": {}}, "lies between -1,000 and 1,000"),
        ({"anchors": {"5": "very " * 50}}, "at most 200 characters"),
    ],
)
def test_question_that_cannot_be_asked_is_refused_and_nothing_changes(cast: Cast, changes, reason):
    plan = world.make_plan(cast.course)

    with pytest.raises(DomainError, match=reason):
        plans.change(plan, now=NOON, questions=[{**ONE[0], **changes}], title="Changed")

    plan.refresh_from_db()
    assert len(plan.questions) == 3 and plan.title == "Daily Survey"


def test_two_questions_of_one_key_and_no_question_are_refused(cast: Cast):
    plan = world.make_plan(cast.course)

    with pytest.raises(DomainError, match='Two questions have the key "mood"'):
        plans.change(plan, now=NOON, questions=ONE * 2)
    with pytest.raises(DomainError, match="at least one question"):
        plans.change(plan, now=NOON, questions=[])
