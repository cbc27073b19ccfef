"""The apps' blocks of the course file, in the order in which they are applied; registered in portal/apps.py."""

from accounts.domain.registry import Registry
from courses.domain.course_plan import CourseBlocks
from courses.domain.course_schema import Schema

FORMAT = "course-file/1"
blocks: Registry[CourseBlocks] = Registry("blocks of a course file")


def file_schema() -> Schema:
    """The JSON Schema of a whole course file."""
    schemas = {name: schema for app in blocks for name, schema in app.SCHEMA.items()}
    required = [name for name, schema in schemas.items() if schema.get("x-required")]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": FORMAT,
        "type": "object",
        "required": ["format", *required],
        "additionalProperties": False,
        "properties": {"format": {"const": FORMAT}, **schemas},
    }
