"""Questions of any kind, as a survey or a review asks them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import questionnaires.kinds  # noqa: F401 - fills the registry
from questionnaires.kind import EMPTY, REGISTRY, CountedKind, Kind

Answers = dict[str, int | str]
Entry = Mapping[str, Any]  # one question, in the course file's shape


class Asked:
    """A question that can be answered: a row of a model, or an entry of a plan."""

    key: Any
    prompt: Any
    is_required: Any
    kind: Any  # its name
    options: Any

    @cached_property
    def answer_kind(self) -> Kind:
        """Its kind, bound to its options."""
        return REGISTRY[self.kind](self.options)


@dataclass
class PlannedQuestion(Asked):
    """A question as a plan holds it."""

    key: str
    prompt: str
    is_required: bool
    kind: str
    options: dict[str, Any]


def all_kinds() -> list[type[Kind]]:
    """Every kind, by name."""
    return [REGISTRY[name] for name in sorted(REGISTRY)]


def counted_kinds() -> list[type[Kind]]:
    """The kinds whose answers are counted."""
    return [kind for kind in all_kinds() if kind.is_counted]


def counted(kind: Kind) -> CountedKind:
    """A kind whose answers are counted."""
    assert isinstance(kind, CountedKind)
    return kind


def options_of(entry: Entry) -> dict[str, Any]:
    """The options of a question's kind that the entry names."""
    return {name: entry[name] for name in REGISTRY[entry["kind"]].options if entry.get(name) not in EMPTY}


def problems(entry: Entry) -> Iterator[tuple[tuple[str, ...], str]]:
    """What is wrong with the kind and the options of an entry: the path below it, and a sentence."""
    kind = REGISTRY.get(entry.get("kind", ""))
    if kind is None:
        yield ("kind",), f"its kind is none of {', '.join(sorted(REGISTRY))}."
        return
    others = {name for other in REGISTRY.values() for name in other.options} - set(kind.options)
    for name in sorted(others):
        if entry.get(name) not in EMPTY:
            yield (name,), f'A {kind.name} has no "{name}".'
    yield from kind.problems(options_of(entry))


def with_kinds(schema: dict[str, Any], kinds: Iterable[type[Kind]]) -> None:
    """Complete the JSON Schema of an entry of the course file: its kinds, and the options of each."""
    properties, kinds = schema["properties"], list(kinds)
    properties["kind"] = {**properties["kind"], "enum": [kind.name for kind in kinds]}
    for kind in kinds:
        properties.update({name: dict(option.schema) for name, option in kind.options.items()})


def check_answers(questions: Iterable[Asked], typed: Mapping[str, object]) -> tuple[Answers, dict[str, str]]:
    """The answers given, by question key, and a sentence for each question whose answer cannot be taken.

    Of an answer that cannot be taken the first holds what a draft may keep.
    """
    answers: Answers = {}
    refused: dict[str, str] = {}
    for question in questions:
        text = str(typed.get(question.key) or "").strip()
        if not text and question.is_required:
            refused[question.key] = "This question needs an answer."
        elif text:
            if problem := question.answer_kind.problem(text):
                refused[question.key] = problem
            answer = question.answer_kind.read(text)
            if answer is not None:
                answers[question.key] = answer
    return answers, refused
