"""A scale: whole numbers from a least to a greatest, some of them with words."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import median
from typing import Any, Literal

from django import forms

from questionnaires.distribution import HUNDREDTH, is_clear, percent, rounded
from questionnaires.fields import LabelsField
from questionnaires.kind import STEPS_MAX, CountedKind, Figure, Option

FARTHEST = 1_000  # from 0
LONGEST_ANCHOR = 200  # characters
WHOLE_NUMBER = re.compile(r"-?[0-9]{1,5}")
Direction = Literal["up", "down", "same", "none"]
ARROWS: dict[Direction, str] = {"up": "↑", "down": "↓", "same": "→", "none": ""}

WIDTH, PLOT, BASE = 400, 150, 180  # of the histogram: whole width, height of the tallest bar, where bars stand
COUNT = 16  # room that a count takes above its bar


class ScaleTiles(forms.RadioSelect):
    """A scale as big targets, each number with its anchor."""

    template_name = "forms/scale.html"


@dataclass(frozen=True)
class Bar:
    """One value of a scale: its bar, and the dashed mark of the class before."""

    value: int
    count: int
    x: float
    width: float
    y: float
    height: float
    previous_y: float | None
    anchor: str

    @property
    def middle(self) -> float:
        """Where its number stands."""
        return round(self.x + self.width / 2, 1)

    @property
    def label_y(self) -> float:
        """Where its count stands: on the bar, or over the mark of the class before where both would meet."""
        meets = self.previous_y is not None and self.y - COUNT <= self.previous_y <= self.y
        return round((self.previous_y if meets and self.previous_y else self.y) - 6, 1)


@dataclass(frozen=True)
class ScaleFigure(Figure):
    """Average, median, and a bar for each value, beside the class before."""

    kind: "Scale"

    width, base = WIDTH, BASE

    @property
    def exact_mean(self) -> Fraction | None:
        """The average, not rounded."""
        return self.now.exact_mean if self.now else None

    @property
    def exact_change(self) -> Fraction | None:
        """The difference of the two averages, not rounded."""
        return self.now.exact_mean - self.before.exact_mean if self.now and self.before else None

    @property
    def change(self) -> str | None:
        """The difference with 2 decimals, half up."""
        return None if self.exact_change is None else str(rounded(self.exact_change, HUNDREDTH))

    @property
    def direction(self) -> Direction:
        """Where the average went, by the sign of the unrounded change."""
        if self.exact_change is None:
            return "none"
        return "up" if self.exact_change > 0 else "down" if self.exact_change < 0 else "same"

    @property
    def arrow(self) -> str:
        """The direction as it is drawn."""
        return ARROWS[self.direction]

    @property
    def is_clear(self) -> bool:
        """Whether the change is more than chance."""
        return bool(self.now and self.before and is_clear(self.now, self.before))

    @property
    def anchor(self) -> int | None:
        """The one named value of the scale that is neither its least nor its greatest."""
        inner = [value for value in self.kind.anchors if value not in (self.kind.values[0], self.kind.values[-1])]
        return inner[0] if len(inner) == 1 else None

    @property
    def shares(self) -> list[tuple[str, int]]:
        """Percent below, at and above the anchor, each with its words."""
        if self.anchor is None or self.now is None:
            return []
        anchors, values = self.kind.anchors, self.kind.values
        words = (
            f"towards “{anchors.get(values[0], f'under {self.anchor}')}”",
            f"“{anchors[self.anchor]}”",
            f"towards “{anchors.get(values[-1], f'over {self.anchor}')}”",
        )
        return [(word, int(percent(share))) for word, share in zip(words, self.now.around(self.anchor), strict=True)]

    @property
    def headline(self) -> str:
        """The average."""
        return str(self.now.mean) if self.now else ""

    @property
    def previous(self) -> str:
        """The average of the class before."""
        return str(self.before.mean) if self.before else ""

    @property
    def remarks(self) -> list[str]:
        """The class before, and whether the change is clear."""
        if not self.previous:
            return super().remarks
        return [f"previous {self.previous}", "a clear change" if self.is_clear else "no clear change"]

    @property
    def words(self) -> str:
        """The median, and how many lean to which side of the anchor."""
        if self.now is None:
            return ""
        parts = [f"median {self.now.median}", *(f"{words} {share}%" for words, share in self.shares)]
        return f"{self.key[:1].upper()}{self.key[1:]}: {', '.join(parts)}."

    @property
    def detail(self) -> str:
        """Average and median."""
        return f"{self.now.mean}, median {self.now.median}" if self.now else ""

    @property
    def markdown(self) -> str:
        """Average, arrow, the class before, median."""
        if self.now is None:
            return f"**{self.key}**: fewer than 5 answers, not shown"
        words = f"**{self.key}**: {self.now.mean} {self.arrow}".strip()
        if self.before:
            words += f" (previous {self.before.mean}, {'a clear change' if self.is_clear else 'no clear change'})"
        return f"{words}, median {self.now.median}"

    def as_json(self) -> dict[str, Any]:
        """Averages as words with 2 decimals, counts from the least value to the greatest."""
        return {
            "mean": self.headline or None,
            "previous": self.previous or None,
            "direction": self.direction,
            "change": self.change,
            "clear": self.is_clear,
            "median": self.now.median if self.now else None,
            "counts": list(self.now.counts) if self.now else None,
        }

    @property
    def bars(self) -> list[Bar]:
        """Bars for this class and dashed marks for the one before, in shares of those who answered."""
        assert self.now is not None
        shares = self.now.shares
        before = self.before.shares if self.before else None
        top = max([*shares, *(before or [])]) or 1
        step = WIDTH / len(shares)
        return [
            Bar(
                value=value,
                count=self.now.counts[index],
                x=round(index * step + step * 0.1, 1),
                width=round(step * 0.8, 1),
                y=round(float(BASE - PLOT * shares[index] / top), 1),
                height=round(float(PLOT * shares[index] / top), 1),
                previous_y=round(float(BASE - PLOT * before[index] / top), 1) if before else None,
                anchor=self.kind.anchors.get(value, ""),
            )
            for index, value in enumerate(self.kind.values)
        ]


class Scale(CountedKind):
    """Whole numbers, counted by value; some have words."""

    name = "scale"
    label = "A scale"
    figure_class = ScaleFigure
    options = {
        "min": Option(
            {"type": "integer", "minimum": -FARTHEST, "maximum": FARTHEST},
            lambda: forms.IntegerField(
                label="Scale from", required=False, initial=1, min_value=-FARTHEST, max_value=FARTHEST
            ),
        ),
        "max": Option(
            {"type": "integer", "minimum": -FARTHEST, "maximum": FARTHEST},
            lambda: forms.IntegerField(label="to", required=False, initial=10, min_value=-FARTHEST, max_value=FARTHEST),
        ),
        "anchors": Option(
            {
                "type": "object",
                "propertyNames": {"format": "whole-number"},
                "additionalProperties": {"type": "string", "minLength": 1, "maxLength": LONGEST_ANCHOR},
            },
            lambda: LabelsField(label="Named values", required=False, example="1: Slow\n5: Just right\n10: Fast"),
        ),
    }

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.values = range(options.get("min", 1), options["max"] + 1)
        self.anchors = {int(value): str(words) for value, words in (options.get("anchors") or {}).items()}

    @classmethod
    def problems(cls, options: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], str]]:
        """A scale has 2 to 11 steps near 0, and anchors on it."""
        low, high = options.get("min", 1), options.get("max")
        if not isinstance(low, int) or not isinstance(high, int):
            yield (), f'A scale needs a "{"max" if isinstance(low, int) else "min"}", a whole number.'
            return
        if low >= high:
            yield ("max",), f"A scale runs from a smaller to a larger number, not from {low} to {high}."
        elif high - low + 1 > STEPS_MAX:
            steps = high - low + 1
            yield ("max",), f"A scale from {low} to {high} has {steps} steps; at most {STEPS_MAX} fit."
        elif low < -FARTHEST or high > FARTHEST:
            yield ("max",), f"A scale lies between -{FARTHEST:,} and {FARTHEST:,}."
        for value, words in (options.get("anchors") or {}).items():
            if not WHOLE_NUMBER.fullmatch(str(value)) or not low <= int(value) <= high:
                yield ("anchors", str(value)), f"{value} is not on the scale from {low} to {high}."
            elif len(words) > LONGEST_ANCHOR:
                yield ("anchors", str(value)), f"The name of a value has at most {LONGEST_ANCHOR} characters."

    @property
    def comparable(self) -> object:
        """Its ends."""
        return (self.name, self.values)

    @property
    def hint(self) -> str:
        """Its ends, in words."""
        return f"{self.values[0]} to {self.values[-1]}"

    def widget(self) -> forms.Widget:
        """A tile for each value."""
        return ScaleTiles(choices=[(value, self.anchors.get(value, "")) for value in self.values])

    def problem(self, typed: str) -> str:
        """One of its whole numbers."""
        return "" if self.read(typed) is not None else f"Choose a whole number from {self.hint}."

    def read(self, typed: str) -> int | None:
        """The number, if it is on the scale."""
        value = int(typed) if WHOLE_NUMBER.fullmatch(typed) else None
        return value if value in self.values else None

    def team_figure(self, answers: Sequence[int]) -> dict[str, Any]:
        """Median and spread."""
        return {
            "max": self.values[-1],
            "n": len(answers),
            "median": f"{median(answers):g}",
            "low": min(answers),
            "high": max(answers),
        }
