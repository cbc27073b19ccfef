"""How often each value was given, and every number that is made of it. No number is computed elsewhere."""

import math
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

SMALL = 5  # answers that a group needs before its figures are shown
TENTH, HUNDREDTH = Decimal("0.1"), Decimal("0.01")


@dataclass(frozen=True)
class Distribution:
    """How often each value was given, from `lowest` up."""

    lowest: int
    counts: tuple[int, ...]

    @property
    def n(self) -> int:
        """How many answered."""
        return sum(self.counts)

    @property
    def exact_mean(self) -> Fraction:
        """The average, not rounded."""
        return Fraction(sum(value * count for value, count in self._pairs), self.n)

    @property
    def mean(self) -> Decimal:
        """The average with 2 decimals, half up."""
        return rounded(self.exact_mean, HUNDREDTH)

    @property
    def variance(self) -> Fraction:
        """The sample variance (n - 1)."""
        squares = sum(value * value * count for value, count in self._pairs)
        return (squares - self.n * self.exact_mean**2) / (self.n - 1)

    @property
    def median(self) -> int | float:
        """The middle answer, or halfway between the two in the middle."""
        low, high = self._ranked((self.n - 1) // 2), self._ranked(self.n // 2)
        return low if low == high else (low + high) / 2

    def around(self, anchor: int) -> tuple[Fraction, Fraction, Fraction]:
        """The shares below, at and above a named value."""
        sides = Counter({-1: 0, 0: 0, 1: 0})
        for value, count in self._pairs:
            sides[(value > anchor) - (value < anchor)] += count
        return Fraction(sides[-1], self.n), Fraction(sides[0], self.n), Fraction(sides[1], self.n)

    @property
    def shares(self) -> list[Fraction]:
        """The share of those who answered, by value."""
        return [Fraction(count, self.n) for count in self.counts]

    @property
    def _pairs(self) -> list[tuple[int, int]]:
        return list(enumerate(self.counts, start=self.lowest))

    def _ranked(self, rank: int) -> int:
        """The answer at a rank, from 0, when all answers stand in order."""
        for value, count in self._pairs:
            if rank < count:
                return value
            rank -= count
        raise IndexError(rank)


def is_clear(now: Distribution, before: Distribution) -> bool:
    """Whether the averages differ clearly: the 95 % Welch interval of the difference excludes 0, n ≥ 5 in both."""
    if min(now.n, before.n) < SMALL:
        return False
    difference = float(abs(now.exact_mean - before.exact_mean))
    a, b = float(now.variance) / now.n, float(before.variance) / before.n
    if a + b == 0:
        return difference > 0
    freedom = (a + b) ** 2 / (a**2 / (now.n - 1) + b**2 / (before.n - 1))
    return student_t_tail(difference / math.sqrt(a + b), freedom) < 0.05


def student_t_tail(t: float, freedom: float, steps: int = 2_000) -> float:
    """The chance that |T| exceeds `t` ≥ 0 in Student's distribution; Simpson's rule over its density."""
    t = min(t, 100.0)
    scale = math.exp(math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2)) / math.sqrt(freedom * math.pi)
    width = t / steps
    heights = [(1 + (n * width) ** 2 / freedom) ** (-(freedom + 1) / 2) for n in range(steps + 1)]
    area = width / 3 * (heights[0] + heights[-1] + 4 * sum(heights[1:-1:2]) + 2 * sum(heights[2:-1:2]))
    return max(0.0, 1 - 2 * scale * area)


def rounded(value: Fraction, step: Decimal) -> Decimal:
    """A number rounded half up (away from zero) to a decimal step."""
    sign = -1 if value < 0 else 1
    places = -int(step.as_tuple().exponent)
    shifted = abs(value) * 10**places
    return sign * Decimal(math.floor(shifted + Fraction(1, 2))).scaleb(-places)


def percent(share: Fraction, step: Decimal = Decimal(1)) -> Decimal:
    """A share in percent, rounded half up."""
    return rounded(share * 100, step)
