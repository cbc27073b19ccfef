"""The block `running_prices`, in and out: what running things cost, each price with its date."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from cloudguard.domain.prices import problem_of
from cloudguard.models import ResourceKind, RunningPrice
from courses.models import Course
from portal.course_file.problems import Path
from portal.course_file.tally import Tally

Tree = dict[str, Any]
BY_HOUR, BY_MONTH = "usd_per_hour", "usd_per_gb_month"


def _unit(kind: str) -> str:
    return BY_MONTH if kind == ResourceKind.VOLUME else BY_HOUR


def block_of(course: Course) -> Tree:
    """The block as it stands; none for a course without prices."""
    prices = [_entry(price) for price in course.running_prices.all()]
    return {"running_prices": prices} if prices else {}


def _entry(price: RunningPrice) -> Tree:
    named = {"kind": price.kind, "size": price.size, "region": price.region}
    return {
        **{key: words for key, words in named.items() if words},
        _unit(price.kind): format(price.usd.normalize(), "f"),
        "priced_on": price.priced_on.isoformat(),
    }


def problems(blocks: Tree) -> Iterator[tuple[Path, str]]:
    """A price is of something that can be found, in the unit of its kind, and given once."""
    seen: set[tuple[str, ...]] = set()
    for n, entry in enumerate(blocks["running_prices"]):
        path: Path = ("running_prices", n)
        kind, size, unit = entry["kind"], entry.get("size", ""), _unit(entry["kind"])
        if sentence := problem_of(kind, size):
            yield (*path, "size" if size else "kind"), sentence
        if unit not in entry:
            yield (*path, "kind"), f'A price of this kind needs "{unit}".'
        if other := ({BY_HOUR, BY_MONTH} - {unit}) & set(entry):
            yield (*path, other.pop()), f'This kind is priced by "{unit}".'
        thing = (kind, size.casefold(), entry.get("region", ""))
        if thing in seen:
            yield path, "This has a price already, further up."
        seen.add(thing)


def write(course: Course, tree: Tree, tally: Tally) -> None:
    """The prices of the file; one that it does not name stays."""
    have = {(row.kind, row.size.casefold(), row.region): row for row in course.running_prices.all()}
    for entry in tree.get("running_prices", []):
        kind, size, region = entry["kind"], entry.get("size", ""), entry.get("region", "")
        price = have.get((kind, size.casefold(), region)) or RunningPrice(
            course=course, kind=kind, size=size, region=region
        )
        fields = {"usd": Decimal(entry[_unit(kind)]), "priced_on": date.fromisoformat(entry["priced_on"])}
        tally.put("running prices", price, fields)
