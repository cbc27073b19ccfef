"""A folder with a course file and the files that it names, read and checked."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path as FilePath
from typing import Any

from accounts.errors import DomainError
from courses.course_file.dates import newest_class, with_previous
from courses.domain.course_plan import CourseTree
from courses.domain.course_schema import YEARS, Schema, child_of, entry_of
from portal.course_file import checking
from portal.course_file.reading import FILE_NAME, MAX_BYTES, CourseFileRefusedError, FileProblem, Reading, read
from portal.course_file.registry import file_schema


@dataclass
class Folder:
    """A course file whose values are canonical, with the lines they stood on; `weeks` is how far its dates moved."""

    tree: CourseTree
    reading: Reading
    weeks: int = 0


def read_folder(path: FilePath, *, around: date | None = None, weeks: int = 0) -> Folder:
    """Read and check a folder, its dates moved by `weeks`, or so that its newest class is in the week of `around`.

    Raises CourseFileRefusedError with every problem.
    """
    schema = file_schema()
    reading = read(_bytes(path / FILE_NAME), schema)
    problems, tree = checking.schema_problems(reading)
    tree.files.update(_files(path, tree, schema))
    problems += checking.rule_problems(reading, tree)
    if problems:
        raise CourseFileRefusedError(problems)
    folder = Folder(_moveable(tree), reading)
    weeks = weeks_to(folder.tree, around) if around else weeks
    return _moved(folder, weeks, schema) if weeks else folder


def _moveable(tree: CourseTree) -> CourseTree:
    """The tree without dates in words: an agenda that means the class before says so."""
    return CourseTree({**tree, "meetings": with_previous(tree["meetings"])}, tree.files)


def _moved(folder: Folder, weeks: int, schema: Schema) -> Folder:
    try:
        tree = CourseTree(shifted(dict(folder.tree), schema, weeks), folder.tree.files)
    except DomainError as refusal:
        raise CourseFileRefusedError([FileProblem(1, "", refusal.message)]) from None
    if problems := checking.rule_problems(folder.reading, tree):
        raise CourseFileRefusedError(problems)
    return Folder(tree, folder.reading, weeks)


def _bytes(path: FilePath) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise CourseFileRefusedError([FileProblem(1, "", f"{path.name} cannot be read: {error.strerror}.")]) from None


def _files(folder: FilePath, tree: CourseTree, schema: Schema) -> dict[str, bytes]:
    """The files beside the course file that it names, as far as they are there."""
    found = {}
    for name in set(_file_names(dict(tree), schema)):
        try:
            found[name] = (folder / name).read_bytes()
        except OSError:
            continue
    return found


def _file_names(value: Any, schema: Schema) -> Iterator[str]:
    if isinstance(value, dict):
        for key, child in value.items():
            yield from _file_names(child, child_of(schema, key))
    elif isinstance(value, list):
        for entry in value:
            yield from _file_names(entry, entry_of(schema))
    elif schema.get("format") == "file-name":
        yield value


def weeks_to(tree: CourseTree, day: date) -> int:
    """How many weeks bring the week (from Monday) of the newest class of a canonical tree onto the week of a date."""
    return (_monday(day) - _monday(newest_class(tree))).days // 7


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def shifted(value: Any, schema: Schema, weeks: int) -> Any:
    """A canonical value so many weeks later: every date goes along, every wall-clock time stays.

    Raises DomainError if that leaves the years a course can lie in.
    """
    if isinstance(value, dict):
        return {key: shifted(child, child_of(schema, key), weeks) for key, child in value.items()}
    if isinstance(value, list):
        return [shifted(entry, entry_of(schema), weeks) for entry in value]
    if not isinstance(value, str) or schema.get("x-fixed"):
        return value  # on which day a price was so, no moved course changes
    if schema.get("format") == "course-date":
        return f"{_later(date.fromisoformat(value), weeks)}"
    if schema.get("format") == "course-datetime":
        minute = datetime.fromisoformat(value)
        return f"{datetime.combine(_later(minute.date(), weeks), minute.time()):%Y-%m-%d %H:%M}"
    return value


def _later(day: date, weeks: int) -> date:
    try:
        moved = day + timedelta(weeks=weeks)
    except OverflowError:
        moved = date.max
    if moved.year not in YEARS:
        raise DomainError(f"Moved by {weeks} weeks, {day} leaves the years {YEARS[0]} to {YEARS[-1]}.")
    return moved
