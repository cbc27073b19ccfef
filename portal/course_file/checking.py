"""Whether a course file keeps to its schema; every problem with its place and a sentence."""

from collections.abc import Callable, Iterator
from difflib import get_close_matches
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from accounts.errors import DomainError
from portal.course_file import rules
from portal.course_file.problems import CourseFileRefused, Problem
from portal.course_file.reading import Marked
from portal.course_file.shape import FILE, SCHEMA, put_words_back
from portal.course_file.spelling import SPELL

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
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=FORMATS)


def check(marked: Marked) -> dict[str, Any]:
    """The file's values, if everything in it can be understood. Raises CourseFileRefused with all problems."""
    tree = marked.tree = put_words_back(marked, marked.tree, FILE)
    problems = list(schema_problems(marked, tree))
    if isinstance(tree, dict):
        broken = {problem.path.split(".")[0].split("[")[0] for problem in problems}
        problems += rules.problems(marked, tree, broken)
    if problems:
        raise CourseFileRefused(problems)
    return dict(tree)


def schema_problems(marked: Marked, tree: Any) -> Iterator[Problem]:
    """What the schema finds wrong."""
    for error in VALIDATOR.iter_errors(tree):
        yield from _explained(marked, error)


def _explained(marked: Marked, error: ValidationError) -> Iterator[Problem]:
    path, schema = tuple(error.absolute_path), error.schema
    if error.validator != "additionalProperties":
        yield marked.problem(path, _sentence(error))
        return
    assert isinstance(schema, dict)
    known = list(schema["properties"])
    found: Any = error.instance
    for key in [key for key in found if key not in known]:
        yield marked.problem((*path, key), _unknown(key, known))


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
