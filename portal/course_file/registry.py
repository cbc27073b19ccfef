"""The apps' blocks of the course file, in the order in which they are applied; registered in portal/apps.py."""

from collections.abc import Iterable

from accounts.domain.registry import Registry
from courses.domain.course_plan import CourseBlocks
from courses.domain.course_schema import Schema

FORMAT = "course-file/1"
OF_APPS_LEFT_OUT = {
    "running_cost_reminders": "cloudguard",
    "running_prices": "cloudguard",
}  # where INSTALLED_APPS does so
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
        "properties": {"format": {"const": FORMAT}, **{name: {} for name in OF_APPS_LEFT_OUT}, **schemas},
    }


def left_out(names: Iterable[str]) -> list[str]:
    """Those of these blocks whose app is not installed."""
    known = {name for app in blocks for name in app.SCHEMA}
    return [name for name in names if name in OF_APPS_LEFT_OUT and name not in known]
