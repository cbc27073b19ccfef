"""Who may swap with whom, whether staff have the last word, and until when: the instructor's policy."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from accounts.errors import DomainError
from courses.models import Course
from presentations.models import PresentationPlan, SwapPair, Team


def named(course: Course) -> list[tuple[Team, list[int]]]:
    """Every team with the numbers of those that it was given to swap with, in a fixed number of queries."""
    found: dict[int, list[int]] = {}
    for pair in SwapPair.objects.filter(course=course).select_related("other"):
        found.setdefault(pair.team_id, []).append(pair.other.number)
    return [(team, found.get(team.pk, [])) for team in course.teams.all()]


@transaction.atomic
def change(plan: PresentationPlan, wanted: Mapping[int, list[int]], **fields: Any) -> None:
    """Change the whole policy: who may swap with whom, and the plan's own fields (approval, hours)."""
    for name, value in fields.items():
        setattr(plan, name, value)
    plan.save()
    allow(plan.course, wanted)


def allow(course: Course, wanted: Mapping[int, list[int]]) -> None:
    """Say who may swap with whom, by team numbers; either of the two may ask. What was said before no longer holds.

    Raises DomainError for a number that is no team, and for a team with itself; then nothing is changed.
    """
    teams = {team.number: team for team in course.teams.all()}
    for number, others in wanted.items():
        unknown = [other for other in (number, *others) if other not in teams]
        if unknown:
            raise DomainError(f"There is no team {unknown[0]}. Nothing was saved.")
        if number in others:
            raise DomainError(f"Team {number} cannot swap with itself. Nothing was saved.")
    pairs = list(dict.fromkeys((number, other) for number, others in _in_order(course, wanted) for other in others))
    have = SwapPair.objects.filter(course=course)
    if pairs == list(have.values_list("team__number", "other__number")):
        return
    have.delete()
    SwapPair.objects.bulk_create(
        SwapPair(course=course, team=teams[number], other=teams[other], position=position)
        for position, (number, other) in enumerate(pairs)
    )


def _in_order(course: Course, wanted: Mapping[int, list[int]]) -> list[tuple[int, list[int]]]:
    """As they stood before, so that a course file's own order comes out of it again; new ones after them."""
    before = list(dict.fromkeys(SwapPair.objects.filter(course=course).values_list("team__number", flat=True)))
    order = [*(number for number in before if number in wanted), *(n for n in wanted if n not in before)]
    return [(number, wanted[number]) for number in order]
