"""The blocks `running_cost_reminders` and `running_prices`: what running things cost, each price with its date."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from cloudguard.domain import prices
from cloudguard.models import CostReminder, ResourceKind, RunningPrice
from courses.domain.course_plan import CourseTree, Path, Plan, Problem, applying, compare
from courses.domain.course_schema import AMOUNT, DATE, Schema, block, enum, listing, text
from courses.models import Course

Tree = dict[str, Any]
BY_HOUR, BY_MONTH = "usd_per_hour", "usd_per_gb_month"
PRICED_ON: Schema = {**DATE, "x-fixed": True}
SCHEMA: dict[str, Schema] = {
    "running_cost_reminders": listing(
        block(
            "text",
            text=text(500, shortest=1),
            instance=text(120, default=""),
            usd_per_hour=AMOUNT,
            priced_on=PRICED_ON,
            assignments=listing(text(120, shortest=1), default=[]),
        ),
        key="text",
        longest=100,
    ),
    "running_prices": listing(
        block(
            "kind priced_on",
            kind=enum(*ResourceKind.values),
            size=text(120, shortest=1),
            region=text(40, shortest=1),
            usd_per_hour=AMOUNT,
            usd_per_gb_month=AMOUNT,
            priced_on=PRICED_ON,
        ),
        key="kind size region",
        longest=500,
        unordered=True,
        key_checked_by_rule=True,
    ),
}


def _unit(kind: str) -> str:
    return BY_MONTH if kind == ResourceKind.VOLUME else BY_HOUR


def _thing(entry: Tree) -> tuple[str, ...]:
    """What a price is of; a size is the same in small and large letters."""
    return entry["kind"], entry.get("size", "").casefold(), entry.get("region", "")


def check(tree: CourseTree) -> Iterator[Problem]:
    """A price is of something that can be found, in the unit of its kind, and given once."""
    seen: set[tuple[str, ...]] = set()
    for n, entry in enumerate(tree.get("running_prices", [])):
        path: Path = ("running_prices", n)
        size, unit = entry.get("size", ""), _unit(entry["kind"])
        if message := prices.problem_of(entry["kind"], size):
            yield Problem((*path, "size" if size else "kind"), message)
        if unit not in entry:
            yield Problem((*path, "kind"), f'A price of this kind needs "{unit}".')
        if other := ({BY_HOUR, BY_MONTH} - {unit}) & set(entry):
            yield Problem((*path, other.pop()), f'This kind is priced by "{unit}".')
        if _thing(entry) in seen:
            yield Problem(path, "This has a price already, further up.")
        seen.add(_thing(entry))


def named_as_known(tree: CourseTree, before: Tree) -> CourseTree:
    """The tree with sizes written as the course has them."""
    if "running_prices" not in tree:
        return tree
    sizes = {_thing(entry): entry["size"] for entry in before.get("running_prices", []) if "size" in entry}
    entries = [
        {**entry, "size": sizes.get(_thing(entry), entry["size"])} if "size" in entry else entry
        for entry in tree["running_prices"]
    ]
    return CourseTree({**tree, "running_prices": entries}, tree.files)


def plan(course: Course, tree: CourseTree, now: datetime, *, also_agreed: bool = False) -> Plan:
    """The plan for reminders and prices."""
    before = export(course) if course.pk else {}
    wanted = named_as_known(tree, before)
    return compare(course, wanted, now, schema=SCHEMA, before=before, also_agreed=also_agreed)


def apply(plan: Plan) -> None:
    """Write reminders and prices; one that the file does not name stays."""
    if plan.touches("running_cost_reminders"):
        for position, entry in enumerate(plan.after["running_cost_reminders"], start=1):
            fields = {
                "position": position,
                "instance": entry["instance"],
                "usd_per_hour": Decimal(entry["usd_per_hour"]) if "usd_per_hour" in entry else None,
                "priced_on": date.fromisoformat(entry["priced_on"]) if "priced_on" in entry else None,
                "assignments": entry["assignments"],
            }
            CostReminder.objects.update_or_create(course=plan.course, text=entry["text"], defaults=fields)
    with applying("running_prices"):
        have: dict[tuple[str, ...], RunningPrice] = {
            (price.kind, price.size.casefold(), price.region): price for price in plan.course.running_prices.all()
        }
        for _, entry in plan.entries("running_prices"):
            new = RunningPrice(
                course=plan.course, kind=entry["kind"], size=entry.get("size", ""), region=entry.get("region", "")
            )
            price = have.get(_thing(entry), new)
            price.usd, price.priced_on = Decimal(entry[_unit(entry["kind"])]), date.fromisoformat(entry["priced_on"])
            prices.save(price)


def export(course: Course) -> Tree:
    """The blocks as they stand; none for a course without reminders or prices."""
    blocks = {
        "running_cost_reminders": [_reminder(reminder) for reminder in course.cost_reminders.all()],
        "running_prices": [_price(price) for price in course.running_prices.all()],
    }
    return {name: entries for name, entries in blocks.items() if entries}


def _reminder(reminder: CostReminder) -> Tree:
    amount = None if reminder.usd_per_hour is None else format(reminder.usd_per_hour.normalize(), "f")
    return {
        "text": reminder.text,
        "instance": reminder.instance,
        **({"usd_per_hour": amount} if amount else {}),
        **({"priced_on": reminder.priced_on.isoformat()} if reminder.priced_on else {}),
        "assignments": reminder.assignments,
    }


def _price(price: RunningPrice) -> Tree:
    named = {"kind": price.kind, "size": price.size, "region": price.region}
    return {
        **{key: words for key, words in named.items() if words},
        _unit(price.kind): format(price.usd.normalize(), "f"),
        "priced_on": price.priced_on.isoformat(),
    }
