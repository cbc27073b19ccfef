"""Prices that the course file or an instructor gave, each with its date; what has none stays without, never a guess."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import IntegrityError, transaction

from accounts.errors import DomainError
from cloudguard.models import Finding, ResourceKind, RunningPrice
from courses.domain import calendar, publishing
from courses.models import Course


@dataclass(frozen=True)
class Price:
    usd: Decimal
    on: date
    is_by_month: bool = False

    @property
    def words(self) -> str:
        return f"{self.usd.normalize():f} USD {'a GB and month' if self.is_by_month else 'an hour'}"


class PriceList:
    def __init__(self, course: Course) -> None:
        rows = course.running_prices.all()
        self._prices = {
            (row.kind, row.size.casefold(), row.region): Price(row.usd, row.priced_on, row.is_by_month) for row in rows
        }
        self._reminders = self._of_reminders(course)

    def price_of(self, finding: Finding) -> Price | None:
        """The region's own price, else the one for every region, else the course's reminder's; else none."""
        size = finding.size.casefold()
        own = self._prices.get((finding.kind, size, finding.region)) or self._prices.get((finding.kind, size, ""))
        if own is None and finding.kind == ResourceKind.INSTANCE:
            return self._reminders.get(size)
        return own

    def _of_reminders(self, course: Course) -> dict[str, Price]:
        """What the course reminds of; a price that came without a date has that of the day the course was made here."""
        given_on = calendar.local_date(course, course.created_at)
        reminders = course.cost_reminders.exclude(instance="").exclude(usd_per_hour=None)
        return {
            reminder.instance.casefold(): Price(reminder.usd_per_hour, reminder.priced_on or given_on)
            for reminder in reminders
            if reminder.usd_per_hour
        }


def problem_of(kind: str, size: str) -> str:
    """Why no price can be given for this, in a sentence; empty if one can."""
    if kind == ResourceKind.ADDRESS and size:
        return "An address has no size: leave it out."
    if kind != ResourceKind.ADDRESS and not size:
        return "Say which size, as AWS writes it: c5d.large, db.t3.micro postgres, gp3."
    return ""


def save(price: RunningPrice) -> None:
    """Write a price. Raises DomainError if the same thing has one already."""
    publishing.check(price.size, price.region)
    price.size, price.region = " ".join(price.size.split()), price.region.strip()
    try:
        with transaction.atomic():
            price.save()
    except IntegrityError:
        raise DomainError("This has a price already: change that one, so that it is clear which holds.") from None
