"""The building blocks of a course file's schema (JSON Schema, 2020-12), and the canonical spelling of its texts.

`format` names how a text is checked and spelled. Of our own are: `x-key`, what tells the entries of a list apart
(`x-key-or`: and those without it); `x-whole`, a list that is one value; `x-unordered`, a list whose order says nothing;
`x-implicit`, a list whose entries exist without being written; `x-fixed`, a date that `--around` does not move;
`x-one-of`, a text that names an entry of that list of the file.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from accounts.domain import addresses
from accounts.errors import DomainError
from courses.domain import calendar
from courses.models import Course

Schema = Mapping[str, Any]
Path = tuple[str | int, ...]
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])(:00)?")
ZONES = frozenset(available_timezones())


def time_of(text: str) -> time:
    """The wall-clock time written here. Raises DomainError with a sentence."""
    match = CLOCK.fullmatch(text.strip())
    if not match:
        raise DomainError(f'"{text}" is not a time of day; write it like 15:40.')
    return time(int(match[1]), int(match[2]))


def _minute(text: str) -> str:
    day, _, clock = text.strip().replace("T", " ").rpartition(" ") if "-" in text else ("", "", "")
    if not day:
        raise DomainError(f'"{text}" is not a date and time; write it like 2023-11-28 23:59.')
    return f"{calendar.parse_date(day)} {time_of(clock):%H:%M}"


def _number(text: str) -> str:
    number = format(Decimal(text), "f")
    return number.rstrip("0").rstrip(".") if "." in number else number


def _matching(pattern: str, words: str, spell: Callable[[str], str] = str) -> Callable[[str], str]:
    def spell_matching(text: str) -> str:
        if not re.match(pattern, text):
            raise DomainError(f'"{text}" is not {words}')
        return spell(text)

    return spell_matching


def _web_address(text: str) -> str:
    try:
        if text:
            URLValidator(["http", "https"])(text)
    except ValidationError:
        raise DomainError(f'"{text}" is not a web address; write it like https://example.edu/page.') from None
    return text


def _zone(text: str) -> str:
    if text not in ZONES:
        raise DomainError(f'"{text}" is not a time zone that is known here; write it like America/Los_Angeles.')
    return text


SPELL: dict[str, Callable[[str], str]] = {
    "course-date": lambda text: calendar.parse_date(text).isoformat(),
    "course-time": lambda text: f"{time_of(text):%H:%M}",
    "course-datetime": _minute,
    "weekday": _matching(
        rf"(?i)\s*({'|'.join(WEEKDAYS)})\s*\Z",
        "a day of the week; write it like tuesday.",
        lambda text: text.strip().lower(),
    ),
    "points": _matching(
        r"(0|[1-9][0-9]{0,3})(\.[0-9]{1,2})?\Z", "a number of points; write it like 1 or 0.5.", _number
    ),
    "amount": _matching(
        r"(0|[1-9][0-9]{0,6})(\.[0-9]{1,6})?\Z", "an amount; write it like 100.00, without a currency.", _number
    ),
    "email-address": addresses.normalize,
    "web-address": _web_address,
    "zone": _zone,
    "slug": _matching(r"[a-z0-9]+(-[a-z0-9]+)*\Z", "a slug; small letters, digits and single dashes, like cs101-s24."),
    "domain": _matching(r"(?i)([a-z0-9-]+(\.[a-z0-9-]+)+)?\Z", "an e-mail domain; write it like example.edu."),
    "file-name": _matching(r"[^/\\.\s][^/\\]*\Z", "the name of a file beside this one; no folders, no dot in front."),
    "key": _matching(r"[A-Za-z0-9_][A-Za-z0-9_-]*\Z", "a key; letters, digits, _ and - only."),
    "question-key": _matching(r"[A-Za-z_][A-Za-z0-9_]*\Z", "a key; letters, digits and _ only, a letter first."),
    "whole-number": _matching(r"-?[0-9]{1,5}\Z", "a whole number.", lambda text: str(int(text))),
}
PARSE: dict[str, Callable[[str], Any]] = {
    "course-date": date.fromisoformat,
    "course-time": time.fromisoformat,
    "weekday": WEEKDAYS.index,
    "points": Decimal,
    "amount": Decimal,
}


def text(longest: int, *, default: str | None = None, shortest: int = 0, spelled: str = "") -> Schema:
    return _typed("string", maxLength=longest, minLength=shortest or None, format=spelled or None, default=default)


def whole(low: int, high: int, *, default: int | None = None) -> Schema:
    return _typed("integer", minimum=low, maximum=high, default=default)


def flag(default: bool) -> Schema:
    return _typed("boolean", default=default)


def enum(*words: str, default: str | None = None) -> Schema:
    return {"enum": list(words), **({} if default is None else {"default": default})}


def block(required: str = "", /, default: Any = None, **keys: Schema) -> Schema:
    """Keys with their values; `required` are those that must stand there, parted by spaces."""
    return _typed("object", required=required.split(), additionalProperties=False, properties=keys, default=default)


def listing(
    entry: Schema, *, key: str = "", longest: int = 400, shortest: int = 0, default: Any = None, **own: Any
) -> Schema:
    """A list; `key` names, parted by spaces, what tells its entries apart. `own` are our keywords (`whole=True`)."""
    keywords = {f"x-{name.replace('_', '-')}": value for name, value in {"key": key.split() or None, **own}.items()}
    return _typed("array", items=entry, maxItems=longest, minItems=shortest or None, default=default, **keywords)


def _typed(kind: str, **keywords: Any) -> Schema:
    return {"type": kind, **{name: value for name, value in keywords.items() if value is not None}}


DATE: Schema = {"type": "string", "format": "course-date"}
TIME: Schema = {"type": "string", "format": "course-time"}
MINUTE: Schema = {"type": ["string", "null"], "format": "course-datetime", "default": None}
WEEKDAY: Schema = {"type": "string", "format": "weekday"}
POINTS: Schema = {"type": "string", "format": "points"}
AMOUNT: Schema = {"type": "string", "format": "amount"}
NUMBER = whole(0, 30000)
NAME60 = text(60, shortest=1)
NAME200 = text(200, shortest=1)
SECTION: Schema = {**NAME60, "x-one-of": "sections"}
PLACE = text(120, default="")
LONG = text(5000)
URL = text(500, default="", spelled="web-address")
EMAIL = text(254, spelled="email-address")
KEY = text(40, spelled="key")
MOST_LINES, LONGEST_LINE = 100, 500  # of a list of short texts, in a file and on a page
LINES = listing(text(LONGEST_LINE, shortest=1), longest=MOST_LINES, default=[])


def child_of(schema: Schema, key: str) -> Schema:
    found: Schema = schema.get("properties", {}).get(key) or schema.get("additionalProperties") or {}
    return found


def entry_of(schema: Schema) -> Schema:
    found: Schema = schema.get("items", {})
    return found


def key_of(entry: Mapping[str, Any], schema: Schema) -> tuple[Any, ...]:
    """What tells a canonical entry of this list from the others."""
    names = schema["x-key"]
    if "x-key-or" in schema and not all(name in entry for name in names):
        names = schema["x-key-or"]
    return tuple(entry[name] for name in names if name in entry)


def wants_text(schema: Schema) -> bool:
    """Whether words belong here, so that 1.0 or no are the words they are."""
    kind = schema.get("type")
    return kind == "string" or (isinstance(kind, list) and "string" in kind) or "enum" in schema


def parts(value: Any, schema: Schema, path: Path = ()) -> Iterator[tuple[Path, Any, Schema]]:
    """A value and everything in it, each with its place and its schema."""
    yield path, value, schema
    if isinstance(value, dict):
        for key, child in value.items():
            yield from parts(child, child_of(schema, key), (*path, key))
    elif isinstance(value, list):
        for n, entry in enumerate(value):
            yield from parts(entry, entry_of(schema), (*path, n))


def mapped(value: Any, schema: Schema, change: Callable[[Any, Schema], Any]) -> Any:
    """A value with a change made to everything in it, the innermost first."""
    if isinstance(value, dict):
        value = {key: mapped(child, child_of(schema, key), change) for key, child in value.items()}
    elif isinstance(value, list):
        value = [mapped(entry, entry_of(schema), change) for entry in value]
    return change(value, schema)


def canonical(value: Any, schema: Schema) -> Any:
    """A value that passed the checks, its texts in canonical spelling. Adds no default."""
    return mapped(value, schema, _canonical)


def _canonical(value: Any, schema: Schema) -> Any:
    if isinstance(value, dict) and "propertyNames" in schema:
        spell = SPELL[schema["propertyNames"]["format"]]
        return {spell(key): child for key, child in value.items()}
    return SPELL.get(schema.get("format", ""), str)(value) if isinstance(value, str) else value


def in_order(value: Any, schema: Schema) -> Any:
    """A canonical value with the lists sorted whose order says nothing."""
    return mapped(value, schema, _in_order)


def _in_order(value: Any, schema: Schema) -> Any:
    """Weekdays sort from Monday on, other keys and texts as they are written."""
    if not isinstance(value, list) or not schema.get("x-unordered"):
        return value
    if "x-key" not in schema:
        return sorted(value)
    if schema["x-key"] == ["weekday"]:
        return sorted(value, key=lambda entry: WEEKDAYS.index(entry["weekday"]))
    return sorted(value, key=lambda entry: key_of(entry, schema))


def with_defaults(value: Any, schema: Schema) -> Any:
    """A canonical value with its left-out keys at their defaults."""
    return mapped(value, schema, _with_defaults)


def _with_defaults(value: Any, schema: Schema) -> Any:
    if not isinstance(value, dict):
        return value
    properties = schema.get("properties", {})
    return {key: child["default"] for key, child in properties.items() if "default" in child} | value


def without_defaults(value: Any, schema: Schema) -> Any:
    """A canonical value as export writes it: in the schema's order, without what is at its default."""
    if isinstance(value, dict) and schema.get("properties"):
        known = {key: child for key, child in schema["properties"].items() if key in value}
        return {
            key: without_defaults(value[key], child)
            for key, child in known.items()
            if "default" not in child or value[key] != child["default"]
        }
    if isinstance(value, list):
        return [without_defaults(entry, entry_of(schema)) for entry in value]
    return value


class RowFields:
    """Which keys of a block are which fields of a row, both ways; `alike` are those of one name, parted by spaces.

    A key without default that a file leaves out is None; a text that cannot be empty there is empty in the row.
    """

    def __init__(self, schema: Schema, alike: str = "", **others: str) -> None:
        self.names = {**{name: name for name in alike.split()}, **others}
        self.schemas = {key: child_of(schema, key) for key in self.names}

    def values(self, entry: Mapping[str, Any], course: Course | None = None) -> dict[str, Any]:
        """The fields of a row as a canonical entry gives them; a date with its time needs the course."""
        return {
            field: _parsed(entry[key], self.schemas[key], course) if key in entry else _absent(self.schemas[key])
            for key, field in self.names.items()
        }

    def entry(self, row: Any, course: Course | None = None) -> dict[str, Any]:
        """The keys of a row in canonical spelling; an instant needs the course."""
        found = {key: getattr(row, field) for key, field in self.names.items()}
        return {
            key: _spelled(value, self.schemas[key], course)
            for key, value in found.items()
            if value is not None and value != _absent(self.schemas[key])
        }


def _absent(schema: Schema) -> str | None:
    is_never_empty = "minLength" in schema or schema.get("format") in ("key", "slug")
    return "" if is_never_empty and "default" not in schema else None


def _parsed(value: Any, schema: Schema, course: Course | None) -> Any:
    if isinstance(value, list):
        return [_parsed(entry, entry_of(schema), course) for entry in value]
    if course and value and schema.get("format") == "course-datetime":
        return calendar.instant_of(course, datetime.fromisoformat(value))
    parse = PARSE.get(schema.get("format", ""))
    return parse(value) if parse and value is not None else value


def _spelled(value: Any, schema: Schema, course: Course | None) -> Any:
    if isinstance(value, list):
        return [_spelled(entry, entry_of(schema), course) for entry in value]
    if course and isinstance(value, datetime):
        return f"{value.astimezone(course.zone):%Y-%m-%d %H:%M}"
    if isinstance(value, date | time):
        return value.isoformat() if isinstance(value, date) else f"{value:%H:%M}"
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return WEEKDAYS[value] if schema.get("format") == "weekday" else value
