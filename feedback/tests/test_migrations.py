"""Questions and criteria that were stored before kinds had options of their own."""

from datetime import time

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from feedback.models import Question
from feedback.tests import world
from portal.testing import Cast, make_cast

BEFORE = [("feedback", "0002_survey_sealed_at"), ("presentations", "0003_topics_folded_anew")]


def migrate(*targets: tuple[str, str]):
    """The models as they were or are after these migrations."""
    executor = MigrationExecutor(connection)
    executor.migrate(list(targets))
    return MigrationExecutor(connection).loader.project_state(list(targets)).apps


@pytest.mark.django_db(transaction=True)
def test_scales_stored_as_columns_keep_their_steps_and_words():
    course = make_cast().course
    world.make_plan(course)
    survey = world.opened(course)
    newest = MigrationExecutor(connection).loader.graph.leaf_nodes()
    try:
        apps = migrate(*BEFORE)
        scale = apps.get_model("feedback", "Question").objects.get(key="material")
        assert (scale.min, scale.max, scale.anchors) == (1, 10, {"5": "Equal"})
        plans = apps.get_model("presentations", "ReviewPlan").objects
        plans.create(course_id=course.pk, due_time=time(20), criteria=[{"key": "depth", "label": "Depth", "max": 5}])
        apps = migrate(*newest)
        plan = apps.get_model("presentations", "ReviewPlan").objects.get()
        assert plan.criteria == [{"kind": "scale", "key": "depth", "label": "Depth", "max": 5}]
    finally:
        migrate(*newest)
    options = dict(survey.questions.values_list("key", "options"))
    assert options["material"] == {"min": 1, "max": 10, "anchors": {"5": "Equal"}}
    assert options["question"] == {}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "options"),
    [("", {}), ("scale", {}), ("scale", {"min": 1}), ("scale", {"min": 5, "max": 5}), ("scale", {"min": 0, "max": 11})],
)
def test_the_database_refuses_a_question_without_kind_and_a_scale_without_steps(cast: Cast, kind: str, options: dict):
    world.make_plan(cast.course)
    survey = world.opened(cast.course)
    with pytest.raises(IntegrityError), transaction.atomic():
        Question.objects.create(survey=survey, position=9, key="odd", kind=kind, options=options)
