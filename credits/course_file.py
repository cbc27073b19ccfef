"""The blocks `credits` and `further_credits`: pools, never a code.

`credits` is a course's first pool, whatever its name; the others are known by theirs.
"""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from courses.course_file.rules import unknown_sections
from courses.domain.course_plan import CourseTree, Path, Plan, Problem, applying, compare
from courses.domain.course_schema import AMOUNT, DATE, LONG, NAME60, NAME200, Schema, block, flag, listing, whole
from courses.models import Course
from credits.domain import pools
from credits.models import CreditPool

Tree = dict[str, Any]
KEYS: dict[str, Schema] = {
    "program": NAME200,
    "sections": listing(NAME60, longest=100, unordered=True),
    "value_usd": AMOUNT,
    "expires_on": DATE,
    "redeem_by": DATE,
    "per_student": whole(1, 100, default=1),
    "approves_by_rule": flag(False),
    "low_stock": whole(0, 10000, default=5),
    "note": LONG,
}
SCHEMA: dict[str, Schema] = {
    "credits": block(**KEYS),
    "further_credits": listing(block("program", **KEYS), key="program", longest=50),
}


def check(tree: CourseTree) -> Iterator[Problem]:
    """Pools are told apart by their programme, the first one stands in `credits`."""
    first = tree.get("credits")
    further = tree.get("further_credits", [])
    if further and first is None and "credits" not in tree.broken:
        message = 'The first pool stands under "credits"; this block is for others beside it.'
        yield Problem(("further_credits", 0), message)
    for n, pool in enumerate(further):
        if first is not None and pool["program"] == first.get("program", ""):
            message = f'"{pool["program"]}" is the pool under "credits" already.'
            yield Problem(("further_credits", n, "program"), message)
    yield from unknown_sections(tree, _sections_named(tree))


def _sections_named(tree: CourseTree) -> Iterator[tuple[Path, str]]:
    for n, code in enumerate(tree.get("credits", {}).get("sections", [])):
        yield ("credits", "sections", n), code
    for n, pool in enumerate(tree.get("further_credits", [])):
        for m, code in enumerate(pool.get("sections", [])):
            yield ("further_credits", n, "sections", m), code


def plan(course: Course, tree: CourseTree, now: datetime, *, also_agreed: bool = False) -> Plan:
    """The plan for pools; never for a code."""
    before = export(course) if course.pk else {}
    return compare(course, tree, now, schema=SCHEMA, before=before, also_agreed=also_agreed)


def apply(plan: Plan) -> None:
    """Store the pools; what changed stands in the log. A pool that the file does not name stays."""
    if plan.touches("credits"):
        with applying("credits"):
            _store(plan, plan.course.credit_pools.first(), plan.after["credits"])
    with applying("further_credits"):
        for _, entry in plan.entries("further_credits"):
            _store(plan, plan.course.credit_pools.filter(program=entry["program"]).first(), entry)


def _store(plan: Plan, pool: CreditPool | None, entry: Tree) -> None:
    pool = pool or CreditPool(course=plan.course)
    pool.program, pool.note = entry.get("program", ""), entry.get("note", "")
    pool.value_usd = Decimal(entry["value_usd"]) if "value_usd" in entry else None
    pool.expires_on, pool.redeem_by = (_day(entry.get(key)) for key in ("expires_on", "redeem_by"))
    pool.per_student, pool.low_stock = entry["per_student"], entry["low_stock"]
    pool.approves_by_rule = entry["approves_by_rule"]
    sections = list(plan.course.sections.filter(code__in=entry.get("sections", [])))
    pools.keep(pool, sections=sections, version=pools.version_of(pool), by=None, now=plan.now)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def export(course: Course) -> Tree:
    """The blocks as they stand."""
    entries = [_pool(pool) for pool in course.credit_pools.prefetch_related("sections")]
    return {
        **({"credits": entries[0]} if entries else {}),
        **({"further_credits": entries[1:]} if entries[1:] else {}),
    }


def _pool(pool: CreditPool) -> Tree:
    own = {
        "program": pool.program,
        "sections": [section.code for section in pool.sections.all()],
        "value_usd": None if pool.value_usd is None else format(pool.value_usd.normalize(), "f"),
        "expires_on": pool.expires_on and pool.expires_on.isoformat(),
        "redeem_by": pool.redeem_by and pool.redeem_by.isoformat(),
        "note": pool.note,
    }
    always = {key: getattr(pool, key) for key in ("per_student", "approves_by_rule", "low_stock")}
    return {key: value for key, value in own.items() if value} | always
