from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from cloudguard.domain import prices
from cloudguard.models import CostReminder, ResourceKind, RunningPrice
from courses.domain.course_plan import CourseTree, Path, Plan, Problem, Tree, applying, compare
from courses.domain.course_schema import AMOUNT, DATE, RowFields, Schema, block, enum, listing, text
from courses.models import Course

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

REMINDER = RowFields(SCHEMA["running_cost_reminders"]["items"], "text instance usd_per_hour priced_on assignments")
PRICE = RowFields(SCHEMA["running_prices"]["items"], "kind size region priced_on")


def _unit(kind: str) -> str:
    return BY_MONTH if kind == ResourceKind.VOLUME else BY_HOUR


def _thing(entry: Tree) -> tuple[str, ...]:
    """What a price is of; a size is the same in small and large letters."""
    return entry["kind"], entry.get("size", "").casefold(), entry.get("region", "")


def check(tree: CourseTree) -> Iterator[Problem]:
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
    if "running_prices" not in tree:
        return tree
    sizes = {_thing(entry): entry["size"] for entry in before.get("running_prices", []) if "size" in entry}
    entries = [
        {**entry, "size": sizes.get(_thing(entry), entry["size"])} if "size" in entry else entry
        for entry in tree["running_prices"]
    ]
    return CourseTree({**tree, "running_prices": entries}, tree.files)


def plan(course: Course, tree: CourseTree, now: datetime, *, also_agreed: bool = False) -> Plan:
    before = export(course) if course.pk else {}
    wanted = named_as_known(tree, before)
    return compare(course, wanted, now, schema=SCHEMA, before=before, also_agreed=also_agreed)


def apply(plan: Plan) -> None:
    """Write reminders and prices; one that the file does not name stays."""
    if plan.touches("running_cost_reminders"):
        for position, entry in enumerate(plan.after["running_cost_reminders"], start=1):
            fields = {"position": position, **REMINDER.values(entry)}
            CostReminder.objects.update_or_create(course=plan.course, text=entry["text"], defaults=fields)
    with applying("running_prices"):
        have = {_thing(_price(plan.course, price)): price for price in plan.course.running_prices.all()}
        for _, entry in plan.entries("running_prices"):
            price = have.get(_thing(entry)) or RunningPrice(course=plan.course)
            named = PRICE.values(entry)
            fields = {"priced_on": named["priced_on"]} if price.pk else named
            for name, value in {**fields, "usd": Decimal(entry[_unit(entry["kind"])])}.items():
                setattr(price, name, value)
            prices.save(price)


def export(course: Course) -> Tree:
    blocks = {
        "running_cost_reminders": [REMINDER.entry(reminder) for reminder in course.cost_reminders.all()],
        "running_prices": [_price(course, price) for price in course.running_prices.all()],
    }
    return {name: entries for name, entries in blocks.items() if entries}


def _price(course: Course, price: RunningPrice) -> Tree:
    return PRICE.entry(price) | {_unit(price.kind): format(price.usd.normalize(), "f")}
