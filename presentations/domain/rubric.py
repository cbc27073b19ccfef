"""What a review asks: criteria, comments, the due time, and what each section owes; locked once a review is there."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import time
from typing import Any

from django.db import transaction
from django.db.models import Max

from accounts.errors import DomainError
from courses.domain import publishing
from courses.models import Course, Section
from presentations.models import PeerReview, ReviewPlan, ReviewRule
from questionnaires import questions

SCALE = {"kind": "scale", "min": 1}  # what a criterion is that says no more
KEY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,39}")  # as a course file spells it
TAKEN = {"csrfmiddlewaretoken", "send"}  # what the form itself sends
Asked = Mapping[str, Any]  # one criterion or comment, in the course file's shape
Found = Iterator[tuple[str, int, tuple[str, ...], str]]


def problems(criteria: Sequence[Asked], comments: Sequence[Asked]) -> Found:
    """What cannot be asked: which list, which entry of it, the path below it, and a sentence."""
    first: dict[str, str] = {}
    for name, asked in (("criteria", criteria), ("comments", comments)):
        for n, question in enumerate(asked):
            key = str(question["key"])
            if key in first or key in TAKEN or not KEY.fullmatch(key):
                yield name, n, ("key",), _why_not(key, first)
            first.setdefault(key, name)
    for n, criterion in enumerate(criteria):
        for below, sentence in questions.problems({"kind": "scale", **criterion}):
            yield "criteria", n, below, sentence


def _why_not(key: str, first: Mapping[str, str]) -> str:
    if key in first:
        return f'"{key}" is a key of {first[key]} already; each needs its own.'
    return f'"{key}" cannot be a key here; take another word of letters and digits.'


def locked_by(course: Course) -> int:
    """How many reviews were handed in; from the first one on, what they answer stays as it is."""
    return PeerReview.objects.submitted().filter(presentation__course=course).count()


def refuse_if_locked(plan: ReviewPlan, criteria: Sequence[Asked], comments: Sequence[Asked]) -> None:
    """Raises DomainError if reviews that were handed in would no longer answer what is asked."""
    if plan.pk is None or _same(plan, criteria, comments):
        return
    n = locked_by(plan.course)
    if n:
        reviews = "1 review was" if n == 1 else f"{n} reviews were"
        raise DomainError(
            f"{reviews} handed in already, so the criteria and comments stay as they are: a score must mean to the "
            "team what it meant to its writer. Nothing was changed."
        )


def _same(plan: ReviewPlan, criteria: Sequence[Asked], comments: Sequence[Asked]) -> bool:
    return _plain(plan.criteria, SCALE) == _plain(criteria, SCALE) and _plain(
        plan.comments, {"required": False}
    ) == _plain(comments, {"required": False})


def _plain(asked: Sequence[Asked] | None, defaults: Asked) -> list[dict[str, Any]]:
    return [{**defaults, **question} for question in asked or []]


@transaction.atomic
def change(
    plan: ReviewPlan,
    *,
    criteria: Sequence[Asked],
    comments: Sequence[Asked],
    due_days: int | None,
    due_time: time | None,
    owed: Mapping[Section, Mapping[str, Any]],
) -> None:
    """Change what a review asks, until when (without a time, until the course ends), and what each section owes.

    Raises DomainError, and changes nothing, for what cannot be asked, and for other criteria than the reviews
    that were handed in have answered.
    """
    found = next(problems(criteria, comments), None)
    if found:
        raise DomainError(found[3])
    publishing.check(*publishing.texts_in([criteria, comments, list(owed.values())]))
    lock(plan)
    refuse_if_locked(plan, criteria, comments)
    if not _same(plan, criteria, comments):
        plan.criteria = [{"kind": "scale", **criterion} for criterion in criteria]
        plan.comments = [dict(comment) for comment in comments]
    if (plan.due_days, plan.due_time) != (due_days, due_time):
        plan.has_due, plan.due_days, plan.due_time = due_time is not None, due_days, due_time
    plan.save()
    for section, rule in owed.items():
        _set_rule(section, **rule)


def lock(plan: ReviewPlan) -> None:
    """Let nobody hand in a review while what it asks changes, nor the other way round."""
    ReviewPlan.objects.select_for_update(no_key=True).filter(pk=plan.pk).first()


def _set_rule(section: Section, *, required_per_day: int, extra_reviews: str, is_exempt_on_own_day: bool) -> None:
    """What the students of a section owe each day; one without a rule that is to owe nothing gets none."""
    rule = ReviewRule.objects.filter(section=section).first()
    if rule is None:
        if not (required_per_day or extra_reviews or is_exempt_on_own_day):
            return
        last = ReviewRule.objects.filter(section__course=section.course_id).aggregate(last=Max("position"))["last"]
        rule = ReviewRule(section=section, position=(last or 0) + 1)
    rule.required_per_day, rule.is_exempt_on_own_day = required_per_day, is_exempt_on_own_day
    if extra_reviews != (rule.extra_reviews or ""):
        rule.extra_reviews = extra_reviews
    rule.save()
