"""What runs in a linked account and what it costs: the one reckoning behind the page and the letter."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from cloudguard.domain import costs
from cloudguard.domain.prices import Price, PriceList
from cloudguard.models import AccountLink, Finding, ResourceKind

ORDER = {kind: place for place, kind in enumerate(ResourceKind)}


@dataclass(frozen=True)
class BillLine:
    finding: Finding
    price: Price | None
    zone: ZoneInfo
    is_old: bool  # the newest sweep could not look there

    @property
    def usd_per_hour(self) -> Fraction | None:
        if self.price is None:
            return None
        return costs.an_hour(self.price.usd, self.finding.amount, is_by_month=self.price.is_by_month)

    @property
    def amounts(self) -> dict[str, Decimal]:
        return {} if self.usd_per_hour is None else costs.amounts_of(self.usd_per_hour)

    @property
    def since(self) -> str:
        """Since when, with its year: what is forgotten can be old."""
        finding = self.finding
        local = (finding.since or finding.first_seen_at).astimezone(self.zone)
        words = f"{local:%b} {local.day}, {local:%Y}, {local.hour % 12 or 12}:{local:%M} {local:%p}"
        return (
            f"{'since' if finding.since else 'first seen'} {words.replace('AM', 'am').replace('PM', 'pm')} {local:%Z}"
        )

    @property
    def label(self) -> str:
        """What it is: "EC2 instance, c5d.large spot"; never which."""
        finding = self.finding
        gigabytes = f"{finding.amount.normalize():f} GB" if finding.kind == ResourceKind.VOLUME else ""
        many = f"{finding.amount.normalize():f} machines" if not gigabytes and finding.amount != 1 else ""
        idle = {ResourceKind.VOLUME: "attached to nothing", ResourceKind.ADDRESS: "not in use"}.get(
            ResourceKind(finding.kind), ""
        )
        parts = [finding.get_kind_display(), finding.size, gigabytes, many, idle if finding.is_idle else ""]
        return ", ".join(filter(None, parts))


@dataclass(frozen=True)
class Bill:
    """Several things together. What has no price is left out of the sum, and counted."""

    lines: list[BillLine]

    @property
    def unpriced(self) -> int:
        return sum(line.price is None for line in self.lines)

    @property
    def amounts(self) -> dict[str, Decimal]:
        known = [line.usd_per_hour for line in self.lines if line.usd_per_hour is not None]
        return costs.amounts_of(sum(known, Fraction(0))) if known else {}

    @property
    def lead(self) -> str:
        return "at least " if self.unpriced else ""


def bill_of(findings: Iterable[Finding], link: AccountLink) -> Bill:
    course = link.enrollment.course
    prices = PriceList(course)
    lines = [
        BillLine(finding, prices.price_of(finding), course.zone, is_old=_is_old(finding, link)) for finding in findings
    ]
    return Bill(sorted(lines, key=_place))


def _is_old(finding: Finding, link: AccountLink) -> bool:
    return link.swept_on is not None and finding.seen_on < link.swept_on


def _place(line: BillLine) -> tuple[int, str, int]:
    return ORDER[ResourceKind(line.finding.kind)], line.finding.region, line.finding.pk


def awake(link: AccountLink, day: date) -> Bill:
    """What a letter of that day tells of: all that is not snoozed."""
    rows = link.findings.all()
    return bill_of([row for row in rows if row.snoozed_until is None or row.snoozed_until < day], link)


def asleep(link: AccountLink, day: date) -> Bill:
    rows = link.findings.all()
    return bill_of([row for row in rows if row.snoozed_until is not None and row.snoozed_until >= day], link)


def blind_words(link: AccountLink) -> list[str]:
    by_place: dict[tuple[str, str], list[str]] = {}
    for spot in link.blind_spots:
        by_place.setdefault((spot["region"], spot["why"]), []).append(ResourceKind(spot["what"]).label)
    return [f"{region}: {', '.join(kinds)} ({why})" for (region, why), kinds in sorted(by_place.items())]
