"""A kind of question: what staff say of it, how it is answered, what is counted, which figures are shown."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

from django import forms

from questionnaires.distribution import Distribution

STEPS_MAX = 11  # values of a counted question
EMPTY: tuple[object, ...] = (None, "", [], {})
REGISTRY: dict[str, type["Kind"]] = {}


@dataclass(frozen=True)
class Option:
    """What staff say of a question of one kind: its JSON Schema in the course file, and its field on their pages."""

    schema: Mapping[str, Any]
    field: Callable[[], forms.Field]


class Kind:
    """One kind, bound to the options of one question. A subclass with a `name` is registered under it."""

    name: ClassVar[str]  # in the course file and in the database
    label: ClassVar[str]  # where staff choose it
    options: ClassVar[Mapping[str, Option]] = {}
    is_counted: ClassVar[bool] = False  # else its answers are texts
    values: Sequence[int] = ()  # every answer that can be counted

    def __init__(self, options: Mapping[str, Any]) -> None:
        raise NotImplementedError

    def __init_subclass__(cls) -> None:
        if "name" in vars(cls):
            REGISTRY[cls.name] = cls

    @classmethod
    def problems(cls, options: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], str]]:
        """What is wrong with the options: the path below the question, and a sentence. Bound only without any."""
        yield from ()

    def widget(self) -> forms.Widget:
        """How it is answered on a page."""
        raise NotImplementedError

    def problem(self, typed: str) -> str:
        """Why an answer cannot be taken, quoting nothing of it; empty if it can."""
        raise NotImplementedError

    def read(self, typed: str) -> int | str | None:
        """The answer as it is stored; of one that cannot be taken, what a draft can keep."""
        raise NotImplementedError


@dataclass(frozen=True)
class Figure:
    """What is shown of one counted question; `now` is None while its group is too small to be shown."""

    key: str
    kind: Any
    now: Distribution | None
    before: Distribution | None = None

    @property
    def template(self) -> str:
        """The piece that draws the chart."""
        return f"questionnaires/{self.kind.name}.html"

    @property
    def headline(self) -> str:
        """The one number that stands for all."""
        raise NotImplementedError

    @property
    def previous(self) -> str:
        """What the headline was in the class before."""
        return ""

    @property
    def arrow(self) -> str:
        """Where the headline went, as it is drawn."""
        return ""

    @property
    def direction(self) -> str:
        """Where the headline went, in a word."""
        return "none"

    @property
    def caption(self) -> str:
        """What the headline is."""
        return self.key

    @property
    def remarks(self) -> list[str]:
        """What stands beside the headline, a line each."""
        return [f"n {self.now.n}"] if self.now else []

    @property
    def words(self) -> str:
        """A sentence under the charts, if the chart needs one."""
        return ""

    @property
    def summary(self) -> str:
        """Headline and caption in a list of classes."""
        return f"{self.key} {self.headline if self.now else 'not shown'}"

    @property
    def detail(self) -> str:
        """The figures in a line."""
        raise NotImplementedError

    @property
    def markdown(self) -> str:
        """The figures as they stand on a slide."""
        raise NotImplementedError

    @property
    def exact_mean(self) -> Fraction | None:
        """The average not rounded, of a kind that has one: it is drawn over the quarter."""
        return None

    def as_json(self) -> dict[str, Any]:
        """The figures as `survey_recap --format json` prints them."""
        raise NotImplementedError


class CountedKind(Kind):
    """A kind whose answers are whole numbers that are counted, each value by itself."""

    is_counted = True
    figure_class: ClassVar[type[Figure]]

    @property
    def comparable(self) -> object:
        """What two questions share whose figures can stand beside each other."""
        raise NotImplementedError

    @property
    def hint(self) -> str:
        """The answers to choose from, on paper."""
        raise NotImplementedError

    def words_of(self, value: int) -> str:
        """An answer as people read it."""
        return str(value)

    def distribution(self, counts: Sequence[int] | None) -> Distribution | None:
        """Counts of `values`, one each; None for those that are not shown."""
        return Distribution(self.values[0], tuple(counts)) if counts else None

    def figure(self, key: str, now: Sequence[int] | None, before: Sequence[int] | None = None) -> Figure:
        """The figures of these counts, beside those of the class before."""
        return self.figure_class(key, self, self.distribution(now), self.distribution(before))

    def team_figure(self, answers: Sequence[int]) -> dict[str, Any]:
        """What a team reads of the answers in the reviews of its talk, fixed as JSON: a row of its table if it holds a
        median, else what the kind's template draws.
        """
        raise NotImplementedError
