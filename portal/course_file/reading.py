"""A YAML text as plain values, with the line of each; read strictly, so that no value is a surprise.

YAML 1.1 turns 15:40 into 940 and 2023-11-28 into a date; here every scalar stays the text that stands in the file,
save whole numbers, booleans and nothing where the schema wants no text.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import yaml
from yaml.composer import Composer

from accounts.errors import DomainError
from courses.domain.course_plan import Path
from courses.domain.course_schema import Schema, child_of, entry_of, wants_text

FILE_NAME = "course.yaml"
MAX_BYTES = 1_000_000
MAX_DEPTH = 20
TAG = "tag:yaml.org,2002:"
READ_TAGS = (None, "!", f"{TAG}str", f"{TAG}map", f"{TAG}seq")
WHOLE_NUMBER = re.compile(r"^[-+]?(0|[1-9][0-9]{0,9})$")
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # no database holds these


@dataclass(frozen=True, order=True)
class FileProblem:
    line: int
    path: str
    message: str

    def __str__(self) -> str:
        return f"line {self.line}{f', {self.path}' if self.path else ''}: {self.message}"


class CourseFileRefusedError(DomainError):
    def __init__(self, problems: Iterable[FileProblem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass
class Reading:
    tree: Any
    lines: dict[Path, int]

    def problem(self, path: Path, message: str) -> FileProblem:
        """What is wrong at a place, with its line, or that of the nearest place around it."""
        known = next(path[:length] for length in range(len(path), -1, -1) if path[:length] in self.lines)
        return FileProblem(self.lines[known], in_file(path), message)


def in_file(path: Path) -> str:
    """A place in the file as people write it: `meetings.details[2].date`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def read(content: bytes | str, schema: Schema) -> Reading:
    """The values of a YAML text.

    Raises CourseFileRefusedError if it is too big, no text, no YAML, or uses what is not read here
    (aliases, tags, several documents, a key twice).
    """
    text = _decoded(content)
    try:
        node = _Loader(text).get_single_node()
    except yaml.YAMLError as error:
        raise CourseFileRefusedError([_malformed(error, text)]) from None
    if node is None:
        raise _refused(1, "The file is empty.")
    reading = Reading(None, {(): 1})
    reading.tree = _value(node, schema, (), reading)
    return reading


def _refused(line: int, message: str, path: Path = ()) -> CourseFileRefusedError:
    return CourseFileRefusedError([FileProblem(line, in_file(path), message)])


def _decoded(content: bytes | str) -> str:
    if len(content) > MAX_BYTES:
        raise _refused(1, f"The file is too big; a course file has at most {MAX_BYTES:,} bytes.")
    if isinstance(content, str):
        return content
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise _refused(line, "This is no text in UTF-8; save the file as UTF-8.") from None


class _Loader(Composer, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Composes nodes, refusing what is not read here before a line of it costs memory."""

    def __init__(self, text: str) -> None:
        super(Composer, self).__init__(text)
        self.anchors: dict[str, Any] = {}
        self.path: list[str | int] = []

    def get_single_node(self) -> Any:
        """The node of the only document; None for an empty file."""
        self.get_event()
        node = None if self.check_event(yaml.StreamEndEvent) else self.compose_document()
        if not self.check_event(yaml.StreamEndEvent):
            line = self.peek_event().start_mark.line + 1
            raise _refused(line, "A second document begins here; a course file holds one.")
        return node

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()
        step = index.value if isinstance(index, yaml.ScalarNode) else index
        self.path += [] if step is None else [step]
        if problem := _not_read_here(event, len(self.path)):
            raise _refused(event.start_mark.line + 1, problem, tuple(self.path))
        node = super().compose_node(parent, index)
        if step is not None:
            self.path.pop()
        return node


def _not_read_here(event: Any, depth: int) -> str:
    if isinstance(event, yaml.AliasEvent) or event.anchor:
        return "Anchors and aliases (& and *) are not read here; write the text out."
    if event.tag not in READ_TAGS:
        return f"Tags like {event.tag} are not read here."
    return f"This is nested more than {MAX_DEPTH} deep." if depth > MAX_DEPTH else ""


def _value(node: Any, schema: Schema, path: Path, reading: Reading) -> Any:
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, schema, path, reading)
    if isinstance(node, yaml.SequenceNode):
        found = []
        for n, entry in enumerate(node.value):
            reading.lines[(*path, n)] = entry.start_mark.line + 1
            found.append(_value(entry, entry_of(schema), (*path, n), reading))
        return found
    return _scalar(node, schema, path)


def _mapping(node: Any, schema: Schema, path: Path, reading: Reading) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, child in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise _refused(line, "A key must be a word.", path)
        name = _text(key, (*path, str(key.value)))
        place = (*path, name)
        if name in found:
            raise _refused(line, f'"{name}" stands here twice (first on line {reading.lines[place]}).', place)
        reading.lines[place] = line
        found[name] = _value(child, child_of(schema, name), place, reading)
    return found


def _text(node: Any, path: Path) -> str:
    if UNSTORABLE.search(node.value):
        raise _refused(
            node.start_mark.line + 1, "This text holds a character that cannot be stored; take it out.", path
        )
    return str(node.value)


def _scalar(node: Any, schema: Schema, path: Path) -> Any:
    """A text; where none is wanted, a whole number, true or false. Nothing is nothing everywhere."""
    word = _text(node, path)
    kind = node.tag.removeprefix(TAG) if not node.style and node.tag.startswith(TAG) else "str"
    if kind == "null":
        return None
    if wants_text(schema):
        return word
    if kind == "bool":
        return word.lower() in ("true", "yes", "on")
    return int(word) if kind == "int" and WHOLE_NUMBER.match(word) else word


def _malformed(error: yaml.YAMLError, text: str) -> FileProblem:
    what = str(getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read")
    rows = text.rstrip().split("\n")
    line = min(_line_of(error, what), len(rows))
    if re.match(r"^ *\t", rows[line - 1]):
        return FileProblem(line, "", "This line is indented with a tab; YAML wants spaces.")
    if "mapping values are not allowed" in what:
        return FileProblem(line, "", "A colon stands where none may; put a text that holds a colon in quotes.")
    return FileProblem(line, "", f"This is not YAML: {what}.")


def _line_of(error: yaml.YAMLError, what: str) -> int:
    """Where the mistake is; of something that never ends, where it begins."""
    names = ("context_mark", "problem_mark") if "end of stream" in what else ("problem_mark", "context_mark")
    mark = next((found for name in names if (found := getattr(error, name, None))), None)
    return mark.line + 1 if mark else 1
