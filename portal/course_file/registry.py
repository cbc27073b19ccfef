"""The apps' blocks of the course file, in the order in which they are applied; registered in portal/apps.py."""

from courses.domain.course_plan import CourseBlocks
from courses.domain.course_schema import Schema

FORMAT = "course-file/1"
_registered: list[CourseBlocks] = []


def register(blocks: CourseBlocks) -> None:
    """Add an app's `course_file` module; a second time changes nothing."""
    if blocks not in _registered:
        _registered.append(blocks)


def registered() -> list[CourseBlocks]:
    """Every app's blocks, lower apps first."""
    return list(_registered)


def file_schema() -> Schema:
    """The JSON Schema of a whole course file."""
    blocks = {name: schema for app in _registered for name, schema in app.SCHEMA.items()}
    required = [name for name, schema in blocks.items() if schema.get("x-required")]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": FORMAT,
        "type": "object",
        "required": ["format", *required],
        "additionalProperties": False,
        "properties": {"format": {"const": FORMAT}, **blocks},
    }
