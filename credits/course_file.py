"""The blocks `credits` and `further_credits`: pools, never a code.

`credits` is a course's first pool, whatever its name; the others are known by theirs.
"""

from collections.abc import Iterator
from datetime import datetime

from courses.domain.course_plan import CourseTree, Plan, Problem, Tree, applying, compare
from courses.domain.course_schema import (
    AMOUNT,
    DATE,
    NAME200,
    SECTION,
    RowFields,
    Schema,
    block,
    flag,
    listing,
    text,
    whole,
)
from courses.models import Course
from credits.domain import pools
from credits.models import CreditPool

KEYS: dict[str, Schema] = {
    "program": NAME200,
    "sections": listing(SECTION, longest=100, unordered=True),
    "value_usd": AMOUNT,
    "expires_on": DATE,
    "redeem_by": DATE,
    "per_student": whole(1, 100, default=1),
    "approves_by_rule": flag(False),
    "low_stock": whole(0, 10000, default=5),
    "note": text(5000, default=""),
}
SCHEMA: dict[str, Schema] = {
    "credits": block(**KEYS),
    "further_credits": listing(block("program", **KEYS), key="program", longest=50),
}
POOL = RowFields(
    SCHEMA["credits"], "program value_usd expires_on redeem_by per_student approves_by_rule low_stock note"
)


def check(tree: CourseTree) -> Iterator[Problem]:
    first = tree.get("credits")
    further = tree.get("further_credits", [])
    if further and first is None and "credits" not in tree.broken:
        message = 'The first pool stands under "credits"; this block is for others beside it.'
        yield Problem(("further_credits", 0), message)
    for n, pool in enumerate(further):
        if first is not None and pool["program"] == first.get("program", ""):
            message = f'"{pool["program"]}" is the pool under "credits" already.'
            yield Problem(("further_credits", n, "program"), message)


def plan(course: Course, tree: CourseTree, now: datetime, *, also_agreed: bool = False) -> Plan:
    before = export(course) if course.pk else {}
    return compare(course, tree, now, schema=SCHEMA, before=before, also_agreed=also_agreed)


def apply(plan: Plan) -> None:
    """Store the pools by their verb, which logs what changes. A pool that the file does not name stays."""
    if plan.touches("credits"):
        with applying("credits"):
            _store(plan, plan.course.credit_pools.first(), plan.after["credits"])
    with applying("further_credits"):
        for _, entry in plan.entries("further_credits"):
            _store(plan, plan.course.credit_pools.filter(program=entry["program"]).first(), entry)


def _store(plan: Plan, pool: CreditPool | None, entry: Tree) -> None:
    pool = pool or CreditPool(course=plan.course)
    for name, value in POOL.values(entry).items():
        setattr(pool, name, value)
    sections = list(plan.course.sections.filter(code__in=entry.get("sections", [])))
    pools.keep(pool, sections=sections, version=pools.version_of(pool), by=None, now=plan.now)


def export(course: Course) -> Tree:
    entries = [_pool(course, pool) for pool in course.credit_pools.prefetch_related("sections")]
    first = {"credits": entries[0]} if entries else {}
    return first | ({"further_credits": entries[1:]} if entries[1:] else {})


def _pool(course: Course, pool: CreditPool) -> Tree:
    sections = [section.code for section in pool.sections.all()]
    return POOL.entry(pool) | ({"sections": sections} if sections else {})
