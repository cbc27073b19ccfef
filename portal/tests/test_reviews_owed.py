"""The demo's duties, as commands tell them: figures worked out by hand."""

import json
from datetime import datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from courses.models import Course
from portal.course_file.loading import load, read_folder
from portal.tests.course_files import DEMO
from presentations.domain import duties
from presentations.queries import team_pages

pytestmark = pytest.mark.django_db


def demo() -> Course:
    return load(read_folder(DEMO), now=datetime.fromisoformat("2023-11-20T20:00:00+00:00")).course


def owed(course):
    found = duties.course_duties(course)
    return found.total, found.by_section(), list(found.by_day().values())


def test_the_demo_owes_251_reviews_by_section_and_by_day():
    course = demo()
    assert owed(course) == (251, {"TCSS 462": 176, "TCSS 562": 75}, [63, 63, 64, 61])
    assert team_pages.team_summary(course).sentence == (
        "9 teams, 4 technology, 5 papers, 2 pairs, 7 trios, 25 of 25 students placed"
    )
    assert course.slots.live().exclude(talk__kind="break").count() == 10


def test_a_swap_moves_the_exempt_day_and_with_it_the_duties():
    course = demo()
    call_command("swap", course.slug, "9", "6", stdout=StringIO())
    assert owed(course) == (251, {"TCSS 462": 176, "TCSS 562": 75}, [63, 63, 65, 60])


def test_the_commands_say_it_in_json_and_refuse_in_words():
    course = demo()
    out = StringIO()
    call_command("reviews_owed", course.slug, format="json", stdout=out)
    owed = json.loads(out.getvalue())
    assert owed["total"] == 251 and owed["by_section"] == {"TCSS 462": 176, "TCSS 562": 75}
    assert owed["by_day"] == {"2023-11-28": 63, "2023-11-30": 63, "2023-12-05": 64, "2023-12-07": 61}
    with pytest.raises(CommandError, match="teams 6, 7 and 8 only, not with team 3"):
        call_command("swap", course.slug, "9", "3")
    with pytest.raises(CommandError, match="There is no team 4"):
        call_command("swap", course.slug, "9", "4")
    with pytest.raises(CommandError, match="no course"):
        call_command("reviews_owed", "nowhere")
