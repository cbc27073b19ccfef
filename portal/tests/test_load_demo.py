"""The demo: alive on the day it is loaded, and the same when it is loaded again."""

from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from courses.models import Announcement, Course
from feedback.models import StudentQuestion, Survey
from mail.models import Message
from portal import demo
from portal.management.commands import load_demo
from portal.tests.course_files import DEMO

# Freezing compacts the tables outside of any transaction.
pytestmark = pytest.mark.django_db(transaction=True)


def test_the_demo_is_whole_and_loading_it_again_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_demo", around="2026-11-23")
    course = Course.objects.get()
    assert course.enrollments.students().count() == 69
    frozen = Survey.objects.frozen().order_by("meeting__date").values_list("meeting__date", "meeting__number")
    assert list(frozen) == [(date(2026, 11, 12), 15), (date(2026, 11, 17), 16)]
    published = StudentQuestion.objects.published()
    assert [(f"{q.published_in.date}", bool(q.reply), bool(q.follow_up_reply)) for q in published] == [
        ("2026-11-24", True, False),
        ("2026-11-24", True, True),
    ]
    assert Announcement.objects.posted().count() == 2
    assert not Message.objects.exists()
    capsys.readouterr()
    call_command("load_demo", around="2026-12-23")  # a month later: it keeps its weeks
    assert capsys.readouterr().out.splitlines() == [
        "course.yaml: nothing changed",
        "surveys: 2026-11-12 its figures are fixed; nothing was changed; "
        "2026-11-17 its figures are fixed; nothing was changed",
        "answers: 0 published",
        "announcements: nothing changed",
        "credits: 0 codes and 0 hand-outs imported",
    ]


def test_a_demo_that_breaks_midway_says_where_and_is_completed_by_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for file in DEMO.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "survey-2023-11-21-responses.csv").write_text("section,material\nTCSS 462,11\n")
    monkeypatch.setattr(load_demo, "DEMO_DIR", tmp_path)
    with pytest.raises(CommandError, match="stopped at “import_surveys”"):
        call_command("load_demo", around="2026-11-23")
    assert Course.objects.count() == 1
    assert not StudentQuestion.objects.published().exists()
    monkeypatch.setattr(load_demo, "DEMO_DIR", DEMO)
    call_command("load_demo", around="2026-11-23")
    assert StudentQuestion.objects.published().count() == 2


def test_questions_with_their_answers_and_follow_ups_are_read_from_markdown() -> None:
    text = "# Title\n\n## One?\n\n- a\n    - b\n\n### Two?\n\nYes.\n\n## Three?\n\nNo.\n"
    assert demo.answers_in(text) == [("One?", "- a\n    - b", "Two?", "Yes."), ("Three?", "No.", "", "")]
