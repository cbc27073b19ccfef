"""A choice: one of a few answers in words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django import forms

from questionnaires.distribution import percent
from questionnaires.fields import TextLinesField
from questionnaires.kind import CountedKind, Figure, Option

MOST = 8  # answers to choose from
LONGEST = 80  # characters of an answer


@dataclass(frozen=True)
class ChoiceFigure(Figure):
    """A bar with its words for each answer; the headline is the share of the most frequent one."""

    kind: "Choice"

    @property
    def bars(self) -> list[dict[str, Any]]:
        """A bar for each answer, with its share in the class before."""
        assert self.now is not None
        bars = self.kind.bars(self.now.counts)
        if self.before:
            for bar, share in zip(bars, self.before.shares, strict=True):
                bar["previous"] = int(percent(share))
        return bars

    @property
    def n(self) -> int:
        """How many answered."""
        return self.now.n if self.now else 0

    @property
    def leading(self) -> int:
        """The place of the most frequent answer; of several the first."""
        assert self.now is not None
        return self.now.counts.index(max(self.now.counts))

    @property
    def headline(self) -> str:
        """The share of the most frequent answer."""
        return f"{percent(self.now.shares[self.leading])}%" if self.now else ""

    @property
    def caption(self) -> str:
        """Which answer that is."""
        return f"{self.key}: {self.kind.labels[self.leading]}" if self.now else self.key

    @property
    def previous(self) -> str:
        """The share of the same answer in the class before."""
        return f"{percent(self.before.shares[self.leading])}%" if self.now and self.before else ""

    @property
    def remarks(self) -> list[str]:
        """Which answer the headline counts, and its share in the class before."""
        if self.now is None:
            return []
        return [self.kind.labels[self.leading], f"previous {self.previous}" if self.before else f"n {self.n}"]

    @property
    def summary(self) -> str:
        """The most frequent answer with its share."""
        return f"{self.caption} {self.headline}" if self.now else f"{self.key} not shown"

    @property
    def detail(self) -> str:
        """Every answer with its count."""
        return ", ".join(f"{bar['label']} {bar['count']}" for bar in self.bars) if self.now else ""

    @property
    def markdown(self) -> str:
        """Every answer with its count and share."""
        if self.now is None:
            return f"**{self.key}**: fewer than 5 answers, not shown"
        return f"**{self.key}**: " + ", ".join(
            f"{bar['label']} {bar['count']} ({bar['percent']}%)" for bar in self.bars
        )

    def as_json(self) -> dict[str, Any]:
        """The answers, and how often each was given now and in the class before."""
        return {
            "choices": self.kind.labels,
            "counts": list(self.now.counts) if self.now else None,
            "previous": list(self.before.counts) if self.before else None,
        }


class Choice(CountedKind):
    """One of a few answers, stored as its place from 1 and counted like a value of a scale."""

    name = "choice"
    label = "A choice"
    figure_class = ChoiceFigure
    options = {
        "choices": Option(
            {
                "type": "array",
                "minItems": 2,
                "maxItems": MOST,
                "items": {"type": "string", "minLength": 1, "maxLength": LONGEST},
            },
            lambda: TextLinesField(label="Answers to choose from", required=False, example="Too hot\nFine\nToo cold"),
        )
    }

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.labels = [str(label) for label in options["choices"]]
        self.values = range(1, len(self.labels) + 1)

    @classmethod
    def problems(cls, options: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], str]]:
        """A choice is between 2 to 8 different answers of a sensible length."""
        labels = options.get("choices", [])
        if not 2 <= len(labels) <= MOST:
            yield (("choices",) if labels else ()), f"A choice needs 2 to {MOST} answers, not {len(labels)}."
        if len({label.casefold() for label in labels}) < len(labels):
            yield ("choices",), "Two answers of a choice are the same."
        for place, label in enumerate(labels, start=1):
            if label in map(str, range(1, len(labels) + 1)) and label != str(place):  # files have places or words
                yield ("choices",), f'The answer "{label}" would be taken for answer {label} of the list; use words.'
        if any(len(label) > LONGEST for label in labels):
            yield ("choices",), f"An answer of a choice has at most {LONGEST} characters."

    @property
    def comparable(self) -> object:
        """Its answers."""
        return (self.name, *self.labels)

    @property
    def hint(self) -> str:
        """Its answers in a row."""
        return ", ".join(self.labels)

    def words_of(self, value: int) -> str:
        """The answer in its words."""
        return self.labels[value - 1] if value in self.values else str(value)

    def widget(self) -> forms.Widget:
        """A line for each answer."""
        return forms.RadioSelect(choices=list(enumerate(self.labels, start=1)))

    def problem(self, typed: str) -> str:
        """One of its answers."""
        return "" if self.read(typed) else "Choose one of the answers."

    def read(self, typed: str) -> int | None:
        """The place of the answer; a file may also have its words."""
        place = {str(value): value for value in self.values}
        words = {label.casefold(): value for value, label in enumerate(self.labels, start=1)}
        return place.get(typed) or words.get(typed.casefold())

    def bars(self, counts: Sequence[int]) -> list[dict[str, Any]]:
        """A bar for each answer: its words, count and percent."""
        n = sum(counts)
        return [
            {"label": label, "count": count, "percent": int(percent(Fraction(count, n)))}
            for label, count in zip(self.labels, counts, strict=True)
        ]

    def team_figure(self, answers: Sequence[int]) -> dict[str, Any]:
        """A bar for each answer."""
        return {"n": len(answers), "bars": self.bars([list(answers).count(value) for value in self.values])}
