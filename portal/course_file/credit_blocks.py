"""The blocks `credits` and `further_credits`, in and out: pools, never a code.

`credits` is a course's first pool, whatever its name; the others are known by theirs.
"""

from datetime import date
from decimal import Decimal
from typing import Any

from courses.models import Course
from credits.models import CreditPool
from portal.course_file.tally import Tally

Tree = dict[str, Any]


def blocks_of(course: Course, loaded: Tree) -> Tree:
    """The blocks as they stand; `loaded` is the last loaded file, for what may be left out or empty."""
    pools = list(course.credit_pools.all())
    had = {entry["program"]: entry for entry in loaded.get("further_credits", [])}
    further = [_pool(pool, had.get(pool.program, {})) for pool in pools[1:]]
    return {
        **({"credits": _pool(pools[0], loaded.get("credits", {}))} if pools else {}),
        **({"further_credits": further} if further else {}),
    }


def _pool(pool: CreditPool, loaded: Tree) -> Tree:
    said = {
        "program": pool.program,
        "sections": _sections(pool, loaded.get("sections", [])),
        "value_usd": _amount(pool.value_usd),
        "expires_on": pool.expires_on and pool.expires_on.isoformat(),
        "redeem_by": pool.redeem_by and pool.redeem_by.isoformat(),
        "note": pool.note,
    }
    written = {key: value for key, value in said.items() if value or (value is not None and key in loaded)}
    return written | {key: getattr(pool, key) for key in ("per_student", "approves_by_rule", "low_stock")}


def _sections(pool: CreditPool, loaded: list[str]) -> list[str]:
    codes = [section.code for section in pool.sections.order_by("position")]
    return loaded if set(loaded) == set(codes) else codes


def _amount(number: Decimal | None) -> str | None:
    return None if number is None else format(number.normalize(), "f")


def write_credits(course: Course, tree: Tree, tally: Tally) -> None:
    """The pools of the file; their codes are no part of it. A pool that the file does not name stays."""
    if (entry := tree.get("credits")) is not None:
        _write_pool(course.credit_pools.first() or CreditPool(course=course), entry, tally)
    for entry in tree.get("further_credits", []):
        have = course.credit_pools.filter(program=entry["program"]).first()
        _write_pool(have or CreditPool(course=course), entry, tally)


def _write_pool(pool: CreditPool, entry: Tree, tally: Tally) -> None:
    fields = {
        "program": entry.get("program", ""),
        "value_usd": Decimal(entry["value_usd"]) if "value_usd" in entry else None,
        "expires_on": _day(entry.get("expires_on")),
        "redeem_by": _day(entry.get("redeem_by")),
        "note": entry.get("note", ""),
        **{key: entry[key] for key in ("per_student", "approves_by_rule", "low_stock")},
    }
    written = tally.put("credits", pool, fields)
    sections = set(pool.course.sections.filter(code__in=entry.get("sections", [])))
    if set(pool.sections.all()) != sections:
        pool.sections.set(sections)
        if not written:
            tally.count("credits", "kept", -1)
            tally.count("credits", "changed")


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
