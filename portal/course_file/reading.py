"""A YAML text as plain values, with the line of each; read strictly, so that no value is a surprise.

YAML 1.1 turns 15:40 into 940 and 2023-11-28 into a date; here both stay the words that stand in the file.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from portal.course_file.problems import CourseFileRefused, Path, Problem, written

MAX_BYTES = 1_000_000
MAX_DEPTH = 20
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
RESOLVE = yaml.SafeLoader("").resolve
TAG = "tag:yaml.org,2002:"
WHOLE_NUMBER = re.compile(r"^[-+]?(0|[1-9][0-9]{0,9})$")
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # no database holds these


class Plain(str):
    """Words that stand unquoted in the file though YAML would read them as something else; kept so for export."""

    tag: str

    def __new__(cls, text: str, tag: str) -> "Plain":
        """The words, and what YAML would take them for."""
        self = super().__new__(cls, text)
        self.tag = tag
        return self


@dataclass
class Marked:
    """A course file's values, the line of each place, and the unquoted words behind numbers and booleans."""

    tree: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    words: dict[Path, Plain] = field(default_factory=dict)

    def line_of(self, path: Path) -> int:
        """The line of a place, or of the nearest place around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def problem(self, path: Path, sentence: str) -> Problem:
        """What is wrong at a place."""
        return Problem(written(path), self.line_of(path), sentence)


def read(content: bytes | str) -> Marked:
    """The values of a YAML text.

    Raises CourseFileRefused if it is too big, no text, no YAML, or uses what is not read here
    (aliases, tags, several documents, a key twice).
    """
    text = _decoded(content)
    marked = Marked()
    try:
        events = iter(yaml.parse(text, Loader=LOADER))
        _Reader(events, marked).document()
    except yaml.YAMLError as error:
        raise CourseFileRefused([_malformed(error, text)]) from None
    return marked


def _decoded(content: bytes | str) -> str:
    if len(content) > MAX_BYTES:
        raise CourseFileRefused(
            [Problem("", 1, f"The file is too big; a course file has at most {MAX_BYTES:,} bytes.")]
        )
    if isinstance(content, str):
        return content
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise CourseFileRefused([Problem("", line, "This is no text in UTF-8; save the file as UTF-8.")]) from None


def _malformed(error: yaml.YAMLError, text: str) -> Problem:
    what = str(getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read")
    rows = text.rstrip().split("\n")
    line = min(_line_of(error, what), len(rows))
    if re.match(r"^ *\t", rows[line - 1]):
        return Problem("", line, "This line is indented with a tab; YAML wants spaces.")
    if "mapping values are not allowed" in what:
        return Problem("", line, "A colon stands where none may; put a text that holds a colon in quotes.")
    return Problem("", line, f"This is not YAML: {what}.")


def _line_of(error: yaml.YAMLError, what: str) -> int:
    """Where the mistake is; of something that never ends, where it begins."""
    names = ("context_mark", "problem_mark") if "end of stream" in what else ("problem_mark", "context_mark")
    mark = next((found for name in names if (found := getattr(error, name, None))), None)
    return mark.line + 1 if mark else 1


class _Reader:
    """Turns YAML's events into values, counting depth as it goes."""

    def __init__(self, events: Iterator[Any], marked: Marked) -> None:
        self.events, self.marked = events, marked

    def document(self) -> None:
        """Read the one document of the file."""
        next(self.events)
        event = next(self.events)
        if isinstance(event, yaml.StreamEndEvent):
            raise CourseFileRefused([Problem("", 1, "The file is empty.")])
        self.marked.lines[()] = 1
        self.marked.tree = self.value(next(self.events), ())
        next(self.events)
        if not isinstance(event := next(self.events), yaml.StreamEndEvent):
            self.refuse(event, (), "A second document begins here; a course file holds one.")

    def refuse(self, event: Any, path: Path, sentence: str) -> None:
        """Say what is wrong at an event."""
        raise CourseFileRefused([Problem(written(path), event.start_mark.line + 1, sentence)])

    def value(self, event: Any, path: Path) -> Any:
        """What stands at a place."""
        self.check(event, path)
        if isinstance(event, yaml.MappingStartEvent):
            return self.mapping(path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(path)
        word = self.word(event, path)
        if isinstance(word, Plain):
            self.marked.words[path] = word
            return _meant(word)
        return word

    def check(self, event: Any, path: Path) -> None:
        """Refuse what is not read here."""
        if isinstance(event, yaml.AliasEvent) or event.anchor:
            self.refuse(event, path, "Anchors and aliases (& and *) are not read here; write the text out.")
        if event.tag not in (None, "!", f"{TAG}str", f"{TAG}map", f"{TAG}seq"):
            self.refuse(event, path, f"Tags like {event.tag} are not read here.")
        if len(path) > MAX_DEPTH:
            self.refuse(event, path, f"This is nested more than {MAX_DEPTH} deep.")

    def word(self, event: Any, path: Path) -> str:
        """The words of a scalar; Plain if YAML takes them for something else."""
        if UNSTORABLE.search(event.value):
            self.refuse(event, path, "This text holds a character that cannot be stored; take it out.")
        tag = str(RESOLVE(yaml.ScalarNode, event.value, event.implicit)) if not event.tag else f"{TAG}str"
        return str(event.value) if tag == f"{TAG}str" else Plain(event.value, tag)

    def mapping(self, path: Path) -> dict[str, Any]:
        """Keys with their values; a key stands once."""
        found: dict[str, Any] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                self.refuse(event, path, "A key must be a word.")
            place = (*path, str(event.value))
            self.check(event, place)
            key = self.word(event, place)
            if key in found:
                self.refuse(event, place, f'"{key}" stands here twice (first on line {self.marked.lines[place]}).')
            self.marked.lines[place] = event.start_mark.line + 1
            found[key] = self.value(next(self.events), place)
        return found

    def sequence(self, path: Path) -> list[Any]:
        """Entries of a list."""
        found: list[Any] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            place = (*path, len(found))
            self.marked.lines[place] = event.start_mark.line + 1
            found.append(self.value(event, place))
        return found


def _meant(word: Plain) -> Any:
    """A whole number, true or false, or nothing; anything else stays the word it is."""
    if word.tag == f"{TAG}null":
        return None
    if word.tag == f"{TAG}bool":
        return word.lower() in ("true", "yes", "on")
    return int(word) if word.tag == f"{TAG}int" and WHOLE_NUMBER.match(word) else word


class _Dumper(yaml.SafeDumper):
    """Writes words as the file had them, without anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


_Dumper.add_representer(Plain, lambda dumper, word: dumper.represent_scalar(word.tag, str(word)))


def dump(tree: Any) -> str:
    """Values as a YAML text."""
    return yaml.dump(tree, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
