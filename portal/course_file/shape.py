"""What a course file looks like, as its JSON Schema says it: the one table that checking, merging and export read."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path as FilePath
from typing import Any

from portal.course_file.problems import Path
from portal.course_file.reading import Marked
from portal.course_file.spelling import SPELL
from questionnaires.questions import all_kinds, counted_kinds, with_kinds

SCHEMA: dict[str, Any] = json.loads((FilePath(__file__).parent / "course-file-1.schema.json").read_text("utf-8"))
with_kinds(SCHEMA["properties"]["daily_survey"]["properties"]["questions"]["items"], all_kinds())
with_kinds(SCHEMA["properties"]["peer_reviews"]["properties"]["criteria"]["items"], counted_kinds())


@dataclass(frozen=True)
class Shape:
    """One place of the schema."""

    schema: dict[str, Any]

    @cached_property
    def children(self) -> dict[str, "Shape"]:
        """The keys that may stand here."""
        return {key: Shape(_resolved(schema)) for key, schema in self.schema.get("properties", {}).items()}

    @cached_property
    def entry(self) -> "Shape":
        """What each entry of this list, or each value under a free key, looks like."""
        free = self.schema.get("items") or self.schema.get("additionalProperties") or {}
        return Shape(_resolved(free))

    def child(self, step: str | int) -> "Shape":
        """What stands under a key or an index."""
        return self.children.get(step, self.entry) if isinstance(step, str) else self.entry

    @property
    def wants_text(self) -> bool:
        """Whether words belong here, so that 1.0 or no are the words they are."""
        kind = self.schema.get("type")
        return kind == "string" or (isinstance(kind, list) and "string" in kind) or "enum" in self.schema

    @property
    def spell(self) -> Any:
        """How a text here is brought to one spelling."""
        return SPELL.get(self.schema.get("format", ""), str)

    @property
    def is_keyed(self) -> bool:
        """Whether this is a list whose entries are told apart by a key."""
        return "x-key" in self.schema

    @property
    def is_ordered(self) -> bool:
        """Whether the order of this list says something."""
        return not self.schema.get("x-unordered", False)

    def key_of(self, entry: dict[str, Any]) -> tuple[Any, ...]:
        """What tells an entry of this list from the others."""
        names = self.schema["x-key"]
        if "x-key-or" in self.schema and not all(name in entry for name in names):
            return self.key_without_name(entry)
        return self._values(entry, names)

    def key_without_name(self, entry: dict[str, Any]) -> tuple[Any, ...]:
        """What tells an entry from the others that has no key of its own (yet); empty if there is no such thing."""
        return self._values(entry, self.schema.get("x-key-or", []))

    def _values(self, entry: dict[str, Any], names: list[str]) -> tuple[Any, ...]:
        return tuple(canonical(entry[name], self.entry.child(name)) for name in names if name in entry)


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    reference = schema.get("$ref", "").removeprefix("#/$defs/")
    return {**SCHEMA["$defs"][reference], **schema} if reference else schema


FILE = Shape(SCHEMA)


def canonical(value: Any, shape: Shape, *, is_sorted: bool = False) -> Any:
    """A value in its one spelling, left-out keys at their defaults; the value must have passed the checks.

    `is_sorted`: lists whose order says nothing are sorted, for comparing.
    """
    if isinstance(value, dict):
        return _canonical_mapping(value, shape, is_sorted)
    if isinstance(value, list):
        entries = [canonical(entry, shape.entry, is_sorted=is_sorted) for entry in value]
        return sorted(entries, key=shape.key_of) if is_sorted and shape.is_keyed and not shape.is_ordered else entries
    return shape.spell(value) if isinstance(value, str) else value


def _canonical_mapping(value: dict[str, Any], shape: Shape, is_sorted: bool) -> dict[str, Any]:
    found = {key: child.schema["default"] for key, child in shape.children.items() if "default" in child.schema}
    free_keys = Shape(shape.schema.get("propertyNames", {}))
    for key, child in value.items():
        found[free_keys.spell(key)] = canonical(child, shape.child(key), is_sorted=is_sorted)
    return found


def same(one: Any, other: Any, shape: Shape) -> bool:
    """Whether two values say the same, however they are spelled."""
    return bool(canonical(one, shape, is_sorted=True) == canonical(other, shape, is_sorted=True))


def put_words_back(marked: Marked, value: Any, shape: Shape, path: Path = ()) -> Any:
    """Where words are wanted, the words that stood there: `title: 1984` is a title, `code: no` a code."""
    if isinstance(value, dict):
        return {key: put_words_back(marked, child, shape.child(key), (*path, key)) for key, child in value.items()}
    if isinstance(value, list):
        return [put_words_back(marked, entry, shape.entry, (*path, n)) for n, entry in enumerate(value)]
    is_word = value is not None and not isinstance(value, str) and shape.wants_text
    return marked.words[path] if is_word else value
