"""Many at once: nobody's answer is lost or counted twice, and freezing in between takes each on one side."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from time import sleep
from typing import Any

import pytest
from django.db import connections
from django.db.models import Sum

from courses.models import ClassMeeting, Enrollment
from feedback.domain import reminders, separation, surveys
from feedback.models import Survey
from feedback.tests import world
from mail.models import Message
from portal.testing import Cast, make_cast

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 24
rounds = pytest.mark.parametrize("round_", range(25 if os.environ.get("LONG") else 2))


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    cast = make_cast()
    world.make_plan(cast.course)
    return cast


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Call all of these in threads that start together, each with a connection of its own."""
    together = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        together.wait()
        try:
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


def submit(survey: Survey, person: Enrollment) -> surveys.Receipt:
    value = 1 + person.pk % 10
    answers = {"material": value, "pace": 11 - value, "question": f"What about number {person.pk}?"}
    return surveys.submit_response(survey, by=person, answers=answers, now=survey.opened_at)


def totals(survey: Survey, batch: str) -> set[int]:
    """The sum of each question's counters."""
    sums = survey.counts.filter(batch=batch).values("question").annotate(n=Sum("count")).values_list("n", flat=True)
    return set(sums)


@rounds
def test_double_click_24_times_is_one_answer(cast: Cast, round_):
    survey = world.opened(cast.course)

    receipts = at_once(*[lambda: submit(survey, cast.student)] * AT_ONCE)

    assert sorted(receipt.already for receipt in receipts) == [False] + [True] * (AT_ONCE - 1)
    assert totals(survey, "on_time") == {1} and survey.completions.count() == survey.texts.count() == 1


@rounds
def test_nothing_is_lost_or_doubled_when_24_answer_at_once_while_the_survey_is_frozen(cast: Cast, round_):
    survey = world.opened(cast.course)
    people = world.fill(cast.course, 3 * AT_ONCE)

    def answer(start: int) -> None:
        for person in people[start::AT_ONCE]:
            submit(survey, person)

    at_once(
        *[lambda start=start: answer(start) for start in range(AT_ONCE)],
        lambda: separation.freeze(Survey.objects.get(pk=survey.pk), now=survey.opened_at),
    )

    survey.refresh_from_db()
    on_time = survey.completions.filter(batch="on_time").count()
    waiting = survey.completions.filter(batch="waiting").count()
    assert on_time + waiting == len(people)
    assert totals(survey, "on_time") == {on_time} and totals(survey, "waiting") == {waiting}
    assert survey.figures["n"] == on_time == survey.student_questions.count()
    assert survey.texts.filter(batch="waiting").count() == waiting


@rounds
def test_freezing_waits_for_an_answer_that_is_being_written(cast: Cast, round_, monkeypatch):
    survey = world.opened(cast.course)
    written = Barrier(2)
    record = surveys._record

    def slowly(*args):
        written.wait()
        sleep(0.5)  # seconds in which freezing would pass by
        record(*args)

    monkeypatch.setattr(surveys, "_record", slowly)

    def freeze() -> bool:
        written.wait()
        return separation.freeze(Survey.objects.get(pk=survey.pk), now=survey.opened_at)

    receipt, frozen = at_once(lambda: submit(survey, cast.student), freeze)

    survey.refresh_from_db()
    assert frozen and not receipt.is_late
    assert survey.figures["n"] == 1 == survey.student_questions.count() and totals(survey, "on_time") == {1}


@rounds
def test_24_sweeps_open_one_survey_and_freeze_and_remind_once(cast: Cast, round_):
    ends = ClassMeeting.objects.get(course=cast.course, date="2024-04-08").ends_at

    assert sum(at_once(*[lambda: surveys.open_due(ends)] * AT_ONCE)) == 1
    survey = Survey.objects.get()
    assert survey.questions.count() == 3

    assert sum(at_once(*[lambda: reminders.remind_due(survey.due_at)] * AT_ONCE)) == 2
    assert Message.objects.count() == 2

    due = survey.due_at + timedelta(minutes=1)
    assert sum(at_once(*[lambda: separation.freeze_due(due)] * AT_ONCE)) == 1
    assert sum(at_once(*[lambda: separation.close_due(survey.closes_at)] * AT_ONCE)) == 1
