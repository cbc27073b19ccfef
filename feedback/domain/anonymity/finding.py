"""What an attack found, and by what chance it would have been found with nothing there."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

CHANCE = 1e-6  # a find that chance makes rarer than this is one


@dataclass(frozen=True)
class Finding:
    """One trace that leads from who to what. `told` never quotes a text or a name."""

    told: str
    p: float = 0.0  # 0: no chance makes it

    @property
    def counts(self) -> bool:
        """Whether chance does not explain it."""
        return self.p < CHANCE


def order_chance(one: Sequence[float], other: Sequence[float]) -> float:
    """The chance that two orders of the same rows agree, or disagree, this much (Spearman, two-sided)."""
    n = len(one)
    if n < 3 or len(set(one)) < 2 or len(set(other)) < 2:
        return 1.0
    rho = _correlation(_ranks(one), _ranks(other))
    if abs(rho) > 1 - 1e-12:
        return min(1.0, 2 / math.factorial(min(n, 100)))
    return math.erfc(abs(rho) * math.sqrt((n - 1) / 2))


def _ranks(values: Sequence[float]) -> list[float]:
    """The place of each value; equal ones share the middle of theirs."""
    places = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0.0] * len(values)
    start = 0
    while start < len(places):
        end = start
        while end + 1 < len(places) and values[places[end + 1]] == values[places[start]]:
            end += 1
        for place in places[start : end + 1]:
            ranks[place] = (start + end) / 2
        start = end + 1
    return ranks


def _correlation(one: Sequence[float], other: Sequence[float]) -> float:
    mean = (len(one) - 1) / 2  # of ranks
    covered = sum((a - mean) * (b - mean) for a, b in zip(one, other, strict=True))
    spread = sum((a - mean) ** 2 for a in one) * sum((b - mean) ** 2 for b in other)
    return covered / math.sqrt(spread)
