"""What something that runs costs, reckoned in Decimal and rounded half up; a month is a twelfth of a year."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from courses.models import Course
from credits.models import CostReminder

CENT = Decimal("0.01")
HOURS = {"a day": Decimal(24), "a week": Decimal(168), "a month": Decimal(8760) / 12, "a year": Decimal(8760)}


@dataclass(frozen=True)
class Cost:
    """An hour's price and what it comes to."""

    per_hour: Decimal
    amounts: dict[str, Decimal]

    @property
    def hour(self) -> str:
        """An hour's price without needless zeros."""
        return format(self.per_hour.normalize(), "f")

    @property
    def rule(self) -> str:
        """How it was reckoned."""
        return "24 hours a day, 168 a week, 8,760 a year; a month is a twelfth of a year"


def cost_of(usd_per_hour: Decimal) -> Cost:
    """What running without a pause costs."""
    amounts = {span: (usd_per_hour * hours).quantize(CENT, ROUND_HALF_UP) for span, hours in HOURS.items()}
    return Cost(usd_per_hour, amounts)


@dataclass(frozen=True)
class Running:
    """A reminder with its reckoning; without a price nothing is reckoned."""

    reminder: CostReminder
    cost: Cost | None


def of_course(course: Course) -> list[Running]:
    """What a course reminds of."""
    reminders = course.cost_reminders.all()
    return [Running(one, cost_of(one.usd_per_hour) if one.usd_per_hour is not None else None) for one in reminders]
