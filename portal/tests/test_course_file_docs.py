"""The page about the course file tells the truth."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from jsonschema import Draft202012Validator

from courses.models import Assignment, Course
from feedback.models import SurveyPlan
from portal.course_file.checking import file_schema
from portal.tests.course_files import load_tree

PAGE = (Path(settings.BASE_DIR) / "docs" / "course-file.md").read_text("utf-8")


def keys_of(schema: dict[str, Any]) -> set[str]:
    """Every key that may stand at or below a place."""
    below = [*schema.get("properties", {}).values(), schema.get("items") or {}]
    return set(schema.get("properties", {})) | {key for child in below if child for key in keys_of(child)}


def test_every_key_of_the_schema_stands_on_the_page() -> None:
    written = set(re.findall(r"[a-z_]+", " ".join(re.findall(r"`([^`\n]+)`", PAGE))))
    assert keys_of(file_schema()) - written == set()


def test_the_schema_is_a_json_schema_and_its_values_are_those_of_the_portal() -> None:
    schema = file_schema()
    Draft202012Validator.check_schema(schema)
    blocks: dict[str, Any] = schema["properties"]
    assert blocks["course"]["properties"]["accent"]["enum"] == list(Course.Accent.values)
    assert blocks["assignments"]["items"]["properties"]["state"]["enum"] == list(Assignment.State.values)
    assert blocks["daily_survey"]["properties"]["closes"]["enum"] == list(SurveyPlan.Closes.values)
    assert blocks["daily_survey"]["properties"]["opens"]["enum"] == list(SurveyPlan.Opens.values)


@pytest.mark.django_db
def test_the_minimal_file_of_the_page_loads(tmp_path: Path) -> None:
    found = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert found
    course = load_tree(tmp_path, found[1]).course
    assert course.meetings.count() == 14
