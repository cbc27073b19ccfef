"""The blocks of a course file about credits, and about what running things cost."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from courses.domain.course_plan import CourseTree, Plan, Problem, compare
from courses.domain.course_schema import Schema
from courses.models import Course
from credits.course_file import pools, running_costs

Tree = dict[str, Any]
SCHEMA: dict[str, Schema] = {**pools.SCHEMA, **running_costs.SCHEMA}


def check(tree: CourseTree) -> Iterator[Problem]:
    """Pools and prices are told apart."""
    yield from pools.check(tree)
    yield from running_costs.check(tree)


def plan(course: Course, tree: CourseTree, now: datetime, *, also_agreed: bool = False) -> Plan:
    """The plan for pools, reminders and prices; never for a code."""
    before = export(course) if course.pk else {}
    wanted = running_costs.named_as_known(tree, before)
    return compare(course, wanted, now, schema=SCHEMA, before=before, also_agreed=also_agreed)


def apply(plan: Plan) -> None:
    """Carry the plan out."""
    pools.apply(plan)
    running_costs.apply(plan)


def export(course: Course) -> Tree:
    """The blocks as they stand."""
    return {**pools.export(course), **running_costs.export(course)}
