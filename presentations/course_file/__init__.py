"""The blocks `presentations` and `peer_reviews` of a course file."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from courses.domain.course_plan import CourseTree, Plan, Problem, compare
from courses.domain.course_schema import Schema
from courses.models import Course
from presentations.course_file import reviews, talks

Tree = dict[str, Any]
SCHEMA: dict[str, Schema] = {"presentations": talks.SCHEMA, "peer_reviews": reviews.SCHEMA}


def check(tree: CourseTree) -> Iterator[Problem]:
    """What does not fit together in talks, teams and reviews."""
    yield from talks.check(tree)
    yield from reviews.check(tree)


def plan(course: Course, tree: CourseTree, now: datetime, *, also_agreed: bool = False) -> Plan:
    """The plan for talks and reviews; teams and swaps that people agreed on stay unless `also_agreed`."""
    before = standing(course) if course.pk else {}
    wanted, left_alone = talks.without_agreed(course, tree) if course.pk and not also_agreed else (tree, [])
    made = compare(course, wanted, now, schema=SCHEMA, before=before, also_agreed=also_agreed)
    made.changes += left_alone
    made.problems += talks.strangers(course, tree)
    if course.pk:
        made.mailings += talks.moved_talks(made)
    return made


def apply(plan: Plan) -> None:
    """Present and review so."""
    if plan.touches("presentations"):
        talks.apply(plan)
    if plan.touches("peer_reviews"):
        reviews.apply(plan)


def standing(course: Course) -> Tree:
    """The blocks as plans compare them; a course without presentations has none."""
    blocks = {"presentations": talks.standing(course), "peer_reviews": reviews.standing(course)}
    return {name: block for name, block in blocks.items() if block is not None}


def export(course: Course) -> Tree:
    """The blocks for a file; lists that hold nothing are left out."""
    return {
        name: {key: value for key, value in block.items() if value != []} for name, block in standing(course).items()
    }
