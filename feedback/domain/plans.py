"""What a course asks after every class, and when: its plan, and how an open survey follows it."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction

from accounts.errors import DomainError
from courses.domain import publishing
from courses.models import Course
from feedback.domain import windows
from feedback.models import Question, ScaleCount, Survey, SurveyPlan
from feedback.models.answers import Batch
from questionnaires.questions import options_of, problems

KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}")  # as a course file spells it
Wanted = Mapping[str, Any]  # one question, in the course file's shape


def plan_of(course: Course) -> SurveyPlan:
    """The course's plan, or one not yet saved that asks as most courses do: due 20:59 the day before the next class."""
    return SurveyPlan.objects.filter(course=course).first() or SurveyPlan(
        course=course, title="Daily feedback", due_time=time(20, 59), reminder_time=time(9)
    )


@transaction.atomic
def change(
    plan: SurveyPlan, *, now: datetime, questions: Sequence[Wanted] | None = None, **fields: Any
) -> list[Survey]:
    """Change what is asked, and when; the open surveys that keep their questions, since someone has answered them.

    `fields` are the plan's own (title, due_days, due_time, closes, reminder_time, …). Raises DomainError for
    questions that cannot be asked; then nothing is changed.
    """
    publishing.check(*publishing.texts_in(fields))
    for name, value in fields.items():
        setattr(plan, name, value)
    if questions is not None:
        plan.questions = [dict(question) for question in checked(questions)]
    plan.save()
    windows.after_calendar_change(plan.course, now)
    return [] if questions is None else [survey for survey in _open(plan) if not _follow(survey, plan)]


def change_questions(survey: Survey, questions: Sequence[Wanted]) -> None:
    """Ask other questions in a survey that nobody has answered. Raises DomainError after the first answer."""
    wanted = checked(questions)
    with transaction.atomic():
        survey = Survey.objects.select_for_update().get(pk=survey.pk)
        if is_locked(survey):
            raise DomainError(
                "Someone has answered this survey, so its questions stay as they are; the next one can ask others."
            )
        survey.questions.all().delete()
        ask(survey, wanted)


def is_locked(survey: Survey) -> bool:
    answered = survey.counts.filter(count__gt=0).exists() or survey.texts.exists() or survey.completions.exists()
    return survey.frozen_at is not None or answered


def ask(survey: Survey, questions: Sequence[Wanted]) -> None:
    """Write a survey's questions, and its counters at 0."""
    rows = [_row(survey, position, question) for position, question in enumerate(questions)]
    Question.objects.bulk_create(rows)
    make_counters(survey, Batch.ON_TIME)
    make_counters(survey, Batch.WAITING)


def make_counters(survey: Survey, batch: Batch) -> None:
    """A counter at 0 for each question, section and value that has none yet."""
    ScaleCount.objects.bulk_create(
        (
            ScaleCount(survey=survey, question=question, section=section, batch=batch, value=value)
            for question in survey.questions.counted()
            for section in survey.course.sections.all()
            for value in question.answer_kind.values
        ),
        ignore_conflicts=True,
    )


def checked(questions: Sequence[Wanted]) -> list[Wanted]:
    """The questions, if they can be asked. Raises DomainError with the first reason why not."""
    if not questions:
        raise DomainError("A survey needs at least one question.")
    twice = [key for key, times in Counter(question.get("key") for question in questions).items() if times > 1]
    if twice:
        raise DomainError(f'Two questions have the key "{twice[0]}"; each needs its own.')
    for question in questions:
        problem = _problem(question)
        if problem:
            raise DomainError(f'Question "{question.get("key", "")}": {problem}')
    publishing.check(*publishing.texts_in(questions))
    return list(questions)


def _problem(question: Wanted) -> str:
    if not KEY.fullmatch(str(question.get("key", ""))):
        return "its key may hold letters, digits and _, a letter first, and 40 of them at most."
    if not question.get("prompt") or len(question["prompt"]) > 300:
        return "its wording is missing, or longer than 300 characters."
    if not _is_points(question.get("points")):
        return "its points are not a number."
    return next((sentence for _, sentence in problems(question)), "")


def _is_points(points: object) -> bool:
    try:
        return points is None or 0 <= Decimal(str(points)) < 10_000
    except InvalidOperation:
        return False


def _row(survey: Survey, position: int, question: Wanted) -> Question:
    points = question.get("points")
    return Question(
        survey=survey,
        position=position,
        key=question["key"],
        kind=question["kind"],
        prompt=question["prompt"],
        is_required=question.get("required", True),
        points=None if points is None else Decimal(str(points)),
        options=options_of(question),
    )


def _open(plan: SurveyPlan) -> list[Survey]:
    return list(Survey.objects.unfrozen().filter(course=plan.course))


def _follow(survey: Survey, plan: SurveyPlan) -> bool:
    """Ask the plan's questions in an open survey; False if it is locked."""
    try:
        change_questions(survey, plan.questions)
    except DomainError:
        return False
    return True
