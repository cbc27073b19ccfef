"""The apps' blocks of the course file, and whether a file keeps to their schema and fits together."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any
from zoneinfo import ZoneInfo

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from accounts.domain.registry import Registry
from accounts.errors import DomainError
from courses.domain.course_plan import CourseBlocks, CourseTree, Path, Problem
from courses.domain.course_schema import SPELL, Schema, canonical, key_of, parts, with_defaults
from portal.course_file.reading import FileProblem, Reading, in_file

FORMAT = "course-file/1"
OF_APPS_LEFT_OUT = {  # blocks whose app INSTALLED_APPS may leave out
    "running_cost_reminders": "cloudguard",
    "running_prices": "cloudguard",
}
blocks: Registry[CourseBlocks] = Registry("blocks of a course file")  # in the order in which they are applied
KINDS = {
    "string": "a text",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list (lines that begin with a dash)",
    "object": "a block of keys and values",
    "null": "nothing",
}
FORMATS = FormatChecker(formats=())
for _name, _spell in SPELL.items():
    FORMATS.checks(_name, raises=DomainError)(
        lambda text, spell=_spell: not isinstance(text, str) or spell(text) is not None
    )


def file_schema() -> Schema:
    schemas = {name: schema for app in blocks for name, schema in app.SCHEMA.items()}
    required = [name for name, schema in schemas.items() if schema.get("x-required")]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": FORMAT,
        "type": "object",
        "required": ["format", *required],
        "additionalProperties": False,
        "properties": {"format": {"const": FORMAT}, **{name: {} for name in OF_APPS_LEFT_OUT}, **schemas},
    }


def left_out(tree: CourseTree) -> list[str]:
    """The tree's blocks whose app is not installed."""
    known = {name for app in blocks for name in app.SCHEMA}
    return [name for name in tree if name in OF_APPS_LEFT_OUT and name not in known]


def schema_problems(reading: Reading) -> tuple[list[FileProblem], CourseTree]:
    """What the schema finds wrong, and the blocks that keep to it, in canonical spelling."""
    schema = file_schema()
    errors = list(Draft202012Validator(schema, format_checker=FORMATS).iter_errors(reading.tree))
    problems = [problem for error in errors for problem in _explained(reading, error)]
    if not isinstance(reading.tree, dict):
        return problems, CourseTree({})
    broken = {str(error.absolute_path[0]) for error in errors if error.absolute_path}
    sound = {key: value for key, value in reading.tree.items() if key in schema["properties"] and key not in broken}
    tree = CourseTree(canonical(sound, schema), broken=broken)
    twice = list(_twice(reading, tree))
    doubled = {problem.path.split(".")[0].split("[")[0] for problem in twice}
    kept = {key: value for key, value in tree.items() if key not in doubled}
    return problems + twice, CourseTree(kept, broken=broken | doubled)


def rule_problems(reading: Reading, tree: CourseTree) -> list[FileProblem]:
    """What does not fit together in blocks that keep to the schema."""
    whole = CourseTree(with_defaults(dict(tree), file_schema()), tree.files, tree.broken)
    found = [*_unknown_names(whole), *_skipped_minutes(whole), *(found for app in blocks for found in app.check(whole))]
    return [reading.problem(problem.path, problem.message) for problem in found]


def _unknown_names(tree: CourseTree) -> Iterator[Problem]:
    """What is to name an entry of another list of the file names one."""
    schemas = file_schema()["properties"]
    for path, value, schema in parts(dict(tree), file_schema()):
        name = schema.get("x-one-of")
        if not name or not value or (name not in tree and (name in tree.broken or schemas[name].get("x-required"))):
            continue
        (key,) = schemas[name]["x-key"]
        if value not in {entry[key] for entry in tree.get(name, [])}:
            yield Problem(path, f'"{value}" is none of the {name} of this file.')


def _skipped_minutes(tree: CourseTree) -> Iterator[Problem]:
    """A wall-clock time is one that the clocks of the course show: they skip an hour when summer time begins."""
    zone = ZoneInfo(tree["course"]["timezone"]) if "course" in tree else UTC
    for path, value, schema in parts(dict(tree), file_schema()):
        if value and schema.get("format") == "course-datetime":
            wall = datetime.fromisoformat(value)
            if wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) != wall:
                yield Problem(path, f"{value} does not exist in {zone}: its clocks skip that hour.")


def _twice(reading: Reading, tree: CourseTree) -> Iterator[FileProblem]:
    """Entries of a list that cannot be told apart."""
    for path, value, schema in parts(dict(tree), file_schema()):
        is_told_apart = "x-key" in schema or "x-unordered" in schema
        if is_told_apart and not schema.get("x-key-checked-by-rule"):
            yield from _same_key(reading, value, schema, path)


def _same_key(reading: Reading, entries: list[Any], schema: Schema, path: Path) -> Iterator[FileProblem]:
    first: dict[Any, int] = {}
    for n, entry in enumerate(entries):
        key = key_of(entry, schema) if "x-key" in schema else (entry,)
        if key in first:
            words, line = ", ".join(str(part) for part in key), reading.problem((*path, first[key]), "").line
            yield reading.problem((*path, n), f'"{words}" stands twice in {in_file(path)} (first on line {line}).')
        first.setdefault(key, n)


def _explained(reading: Reading, error: ValidationError) -> Iterator[FileProblem]:
    path, schema = tuple(error.absolute_path), error.schema
    if error.validator != "additionalProperties":
        yield reading.problem(path, _sentence(error))
        return
    assert isinstance(schema, dict)
    known = list(schema["properties"])
    found: Any = error.instance
    for key in [key for key in found if key not in known]:
        yield reading.problem((*path, key), _unknown(key, known))


def _unknown(key: str, known: list[str]) -> str:
    near = get_close_matches(key, known, n=1)
    hint = f'Did you mean "{near[0]}"?' if near else f"Known here: {', '.join(known)}."
    return f'"{key}" is not a key that is known here. {hint}'


def _sentence(error: ValidationError) -> str:
    if error.cause is not None:
        return str(error.cause)
    say = SENTENCES.get(str(error.validator))
    return say(error, error.instance, error.validator_value) if say else f"{error.message}."


def _missing(error: ValidationError) -> str:
    return error.message.split("'")[1]


def _wrong_kind(error: ValidationError) -> str:
    value: Any = error.validator_value
    kinds = [value] if isinstance(value, str) else [kind for kind in value if kind != "null"]
    wanted = " or ".join(KINDS[kind] for kind in kinds)
    return f"{_found(error.instance)} stands here where {wanted} belongs."


def _found(value: Any) -> str:
    if value is None:
        return "Nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "A block of keys"
    return "A list" if isinstance(value, list) else f'"{value}"'


def _either(values: list[Any]) -> str:
    words = [str(value) for value in values]
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _range(schema: Any) -> str:
    return f"it must be from {schema['minimum']} to {schema['maximum']}"


SENTENCES: dict[str, Callable[[ValidationError, Any, Any], str]] = {
    "type": lambda error, found, wanted: _wrong_kind(error),
    "required": lambda error, found, wanted: f'"{_missing(error)}" is missing here.',
    "enum": lambda error, found, wanted: f"{_found(found)} is not known here; write {_either(wanted)}.",
    "const": lambda error, found, wanted: f"{_found(found)} is not a format that is read here; write {wanted}.",
    "minimum": lambda error, found, wanted: f"{found} is out of range; {_range(error.schema)}.",
    "maximum": lambda error, found, wanted: f"{found} is out of range; {_range(error.schema)}.",
    "minLength": lambda error, found, wanted: "This is empty.",
    "minItems": lambda error, found, wanted: "This is empty.",
    "maxLength": lambda error, found, wanted: f"This text has {len(found)} characters; at most {wanted} fit.",
    "maxItems": lambda error, found, wanted: f"This list has {len(found)} entries; at most {wanted} fit.",
}
