"""What a course file would change, found by comparing two trees of blocks; every app's `course_file.py` speaks in it.

A tree holds the blocks of a course file as plain values in canonical spelling (`course_schema.canonical`).
`x-key` in a schema names what tells the entries of a list apart; an `x-whole` list is one value, so that the entries
that a file leaves out are removed; every other list keeps them.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, cast

from accounts.errors import DomainError
from courses.domain.course_schema import Path, Schema, canonical, child_of, entry_of, in_order, key_of, with_defaults
from courses.models import Course

Tree = dict[str, Any]
ABSENT: Any = object()


class CourseTree(dict[str, Any]):
    """The blocks of a course file by name, the files beside it that it names, and which blocks break the schema.

    What breaks the schema is not in the tree.
    """

    def __init__(
        self,
        blocks: Mapping[str, Any],
        files: Mapping[str, bytes] | None = None,
        broken: Collection[str] = (),
    ) -> None:
        super().__init__(blocks)
        self.files = dict(files or {})
        self.broken = frozenset(broken)


class PlaceRefusedError(DomainError):
    """A verb's refusal while the plan for this place of the file was carried out."""

    def __init__(self, path: Path, message: str) -> None:
        super().__init__(message)
        self.path = path


@contextmanager
def applying(*path: str | int) -> Iterator[None]:
    """Name the place of the file that a verb refuses while it is written."""
    try:
        yield
    except PlaceRefusedError:
        raise
    except DomainError as refusal:
        raise PlaceRefusedError(path, refusal.message) from refusal


@dataclass(frozen=True)
class Problem:
    path: Path
    message: str


class ChangeKind(StrEnum):
    CREATED = "created"
    CHANGED = "changed"
    REMOVED = "removed"
    LEFT_ALONE = "left alone"


@dataclass(frozen=True)
class Change:
    """One line of a plan; the path names list entries by their key."""

    kind: ChangeKind
    path: Path
    before: Any = None
    after: Any = None
    reason: str = ""

    @property
    def place(self) -> str:
        """The path as people write it: `assignments[Tutorial 6].due_at`."""
        return written(self.path)

    def __str__(self) -> str:
        if self.kind == ChangeKind.CHANGED:
            return f"{self.kind} {self.place}: {in_words(self.before)} → {in_words(self.after)}"
        count = f"{len(self.after)}" if isinstance(self.after, list) and not self.reason else ""
        note = self.reason or count
        return f"{self.kind} {self.place}" + (f" ({note})" if note else "")


def left_alone(path: Path, reason: str) -> Change:
    """What the file names, or could, and the course keeps as it is."""
    return Change(ChangeKind.LEFT_ALONE, path, reason=reason)


@dataclass(frozen=True)
class Mailing:
    """A letter that applying a plan writes to these users (ids), and what it is about."""

    about: str
    users: frozenset[int]


@dataclass
class Plan:
    """What one app would do to a course: its blocks as they are (`before`) and are to be (`after`), and what differs.

    `course` is not saved yet if the file makes it; whoever applies first saves it.
    """

    course: Course
    now: datetime
    schema: Mapping[str, Schema]
    before: Tree
    after: Tree
    files: Mapping[str, bytes] = field(default_factory=dict)
    also_agreed: bool = False
    changes: list[Change] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    mailings: list[Mailing] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def is_unchanged(self) -> bool:
        return not self.touches()

    def touches(self, *path: str | int) -> bool:
        """Whether anything is to be written at or under a path."""
        return any(change.path[: len(path)] == path for change in self.changes if change.kind != ChangeKind.LEFT_ALONE)

    def entries(self, name: str) -> Iterator[tuple[Tree | None, Tree]]:
        """The entries of a keyed list that differ: before (None if new) and after."""
        had = {key_of(entry, self.schema[name]): entry for entry in self.before.get(name, [])}
        for entry in self.after.get(name, []):
            before = had.get(key_of(entry, self.schema[name]))
            if before != entry:
                yield before, entry


class CourseBlocks(Protocol):
    """An app's `course_file` module: its blocks of the course file."""

    SCHEMA: dict[str, Schema]

    def check(self, tree: CourseTree) -> Iterator[Problem]:
        """What does not fit together in blocks that keep to the schema; the tree is canonical, with defaults."""

    def plan(self, course: Course, tree: CourseTree, now: datetime, *, also_agreed: bool = False) -> Plan:
        """What the file changes; writes nothing. The tree is canonical, without defaults."""

    def apply(self, plan: Plan) -> None:
        """Carry the plan out by the app's verbs. Raises DomainError where they refuse."""

    def export(self, course: Course) -> Tree:
        """The app's blocks as they stand, canonical and with defaults; blocks that say nothing are left out."""


def compare(
    course: Course,
    tree: CourseTree,
    now: datetime,
    *,
    schema: Mapping[str, Schema],
    before: Tree,
    also_agreed: bool = False,
) -> Plan:
    """The plan that brings the blocks of `schema` from `before` to what the tree names."""
    blocks: Schema = {"properties": schema}
    named = in_order({name: tree[name] for name in schema if name in tree}, blocks)
    before = in_order(with_defaults(canonical(before, blocks), blocks), blocks)
    after = overlay(before, named, blocks)
    made = Plan(course, now, schema, before, after, files=tree.files, also_agreed=also_agreed)
    made.changes += differences(before, after, blocks)
    made.changes += unnamed(before, named, blocks)
    return made


def overlay(before: Any, named: Any, schema: Schema) -> Any:
    """What is, with what a file names laid over it: keys and keyed entries that it does not name stay."""
    if before is ABSENT or before is None:
        return with_defaults(named, schema)
    if isinstance(named, dict) and schema.get("properties"):
        laid = {key: overlay(before.get(key, ABSENT), value, child_of(schema, key)) for key, value in named.items()}
        return {**before, **laid}
    if isinstance(named, list) and "x-key" in schema and not schema.get("x-whole"):
        return _laid_over(before, named, schema)
    return with_defaults(named, schema)


def _laid_over(before: list[Tree], named: list[Tree], schema: Schema) -> list[Tree]:
    """The file's entries over those that are; new ones come after their neighbour in the file."""
    found = {key_of(entry, schema): entry for entry in before}
    known = [key_of(entry, schema) for entry in named if key_of(entry, schema) in found]
    order = list(found)
    if known != [key for key in order if key in known]:
        order = [*known, *(key for key in order if key not in known)]
    place = 0
    for entry in named:
        key = key_of(entry, schema)
        if key not in found:
            order.insert(place, key)
        found[key] = overlay(found.get(key, ABSENT), entry, entry_of(schema))
        place = order.index(key) + 1
    return cast(list[Tree], in_order([found[key] for key in order], schema))


def differences(before: Any, after: Any, schema: Schema, path: Path = ()) -> Iterator[Change]:
    if before == after:
        return
    if before is ABSENT:
        yield Change(ChangeKind.CREATED, path, after=after)
    elif isinstance(before, dict) and isinstance(after, dict) and schema.get("properties"):
        for key, child in after.items():
            missing: Any = [] if isinstance(child, list) else None
            had = before.get(key, missing if path else ABSENT)
            yield from differences(had, child, child_of(schema, key), (*path, key))
        for key in [key for key in before if key not in after]:
            yield Change(ChangeKind.CHANGED, (*path, key), before=before[key], after=None)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _list_differences(before, after, schema, path)
    else:
        yield Change(ChangeKind.CHANGED, path, before=before, after=after)


def _list_differences(before: list[Any], after: list[Any], schema: Schema, path: Path) -> Iterator[Change]:
    had, has = _by_key(before, schema), _by_key(after, schema)
    for key, entry in has.items():
        yield from differences(had.get(key, ABSENT), entry, entry_of(schema), (*path, key))
    for key in [key for key in had if key not in has]:
        yield Change(ChangeKind.REMOVED, (*path, key), before=had[key])
    common = [key for key in has if key in had]
    if "x-unordered" not in schema and common != [key for key in had if key in has]:
        yield Change(ChangeKind.CHANGED, (*path, "order"), before=list(had), after=list(has))


def _by_key(entries: list[Any], schema: Schema) -> dict[str, Any]:
    """Entries by what a path calls them: their key, or the line itself; the same line again gets a number."""
    found: dict[str, Any] = {}
    for entry in entries:
        name, number = _name_of(entry, schema), 2
        while name in found:
            name, number = f"{name.removesuffix(f' #{number - 1}')} #{number}", number + 1
        found[name] = entry
    return found


def _name_of(entry: Any, schema: Schema) -> str:
    if "x-key" in schema:
        return ", ".join(str(part) for part in key_of(entry, schema))
    required = entry_of(schema).get("required")
    return in_words(entry[required[0]] if required else entry)


def unnamed(before: Any, named: Any, schema: Schema, path: Path = ()) -> Iterator[Change]:
    """The keyed entries that the course has and a file that gives their list does not name: they are left alone."""
    if isinstance(named, dict) and isinstance(before, dict):
        for key in named:
            yield from unnamed(before.get(key), named[key], child_of(schema, key), (*path, key))
    elif isinstance(named, list) and isinstance(before, list) and "x-key" in schema and not schema.get("x-whole"):
        had, has = _by_key(before, schema), _by_key(named, schema)
        for key in [] if schema.get("x-implicit") else [key for key in had if key not in has]:
            yield left_alone((*path, key), "not in the file")
        for key in [key for key in has if key in had]:
            yield from unnamed(had[key], has[key], entry_of(schema), (*path, key))


def written(path: Path) -> str:
    """A path as people write it: `meetings.details[2023-11-28].title`; a step that is no plain word is in brackets."""
    text = ""
    for step in path:
        is_word = isinstance(step, str) and step.isidentifier()
        text += f".{step}" if is_word else f"[{step}]"
    return text.removeprefix(".")


def in_words(value: Any) -> str:
    """A value in one line of a plan."""
    if value is None or value == "":
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{key} {in_words(child)}" for key, child in value.items() if child not in (None, "", [], {}))
    if isinstance(value, list):
        return "; ".join(in_words(entry) for entry in value) or "nothing"
    line = " ".join(str(value).split())
    return line if len(line) <= 80 else f"{line[:77]}..."
