"""What something that runs costs, reckoned exactly and rounded half up at the end; a month is a twelfth of a year."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor

HOURS = {"a day": 24, "a week": 168, "a month": 8760 // 12, "a year": 8760}
RULE = "24 hours a day, 168 a week, 8,760 a year; a month is a twelfth of a year"


@dataclass(frozen=True)
class Cost:
    per_hour: Decimal
    amounts: dict[str, Decimal]

    @property
    def hour(self) -> str:
        return format(self.per_hour.normalize(), "f")

    @property
    def rule(self) -> str:
        return RULE


def cost_of(usd_per_hour: Decimal) -> Cost:
    return Cost(usd_per_hour, amounts_of(Fraction(usd_per_hour)))


def an_hour(usd: Decimal, amount: Decimal = Decimal(1), *, is_by_month: bool = False) -> Fraction:
    """What so many of something cost an hour, from the price of one an hour, or a month."""
    return Fraction(usd) * Fraction(amount) / (HOURS["a month"] if is_by_month else 1)


def amounts_of(usd_per_hour: Fraction) -> dict[str, Decimal]:
    """What an hour's cost comes to a day, a week, a month and a year, in cents rounded half up."""
    return {span: _in_cents(usd_per_hour * hours) for span, hours in HOURS.items()}


def _in_cents(usd: Fraction) -> Decimal:
    return Decimal(floor(usd * 100 + Fraction(1, 2))).scaleb(-2)
