"""A bad course file is refused with the place, the line and a sentence; nothing of it is written."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from courses.models import Course
from portal.course_file.exporting import dump
from portal.course_file.reading import CourseFileRefusedError
from portal.tests.course_files import DEMO, load_tree, small, write

pytestmark = pytest.mark.django_db
DEMO_TEXT = (DEMO / "course.yaml").read_text("utf-8")
Change = Callable[[dict[str, Any]], Any]


def refusal(folder: Path, tree: Any, **files: str) -> list[tuple[str, int, str]]:
    """The problems of a file, which left no row behind."""
    with pytest.raises(CourseFileRefusedError) as refused:
        load_tree(folder, tree, **files)
    assert not Course.objects.exists()
    assert not User.objects.exists()
    return [(problem.path, problem.line, problem.message) for problem in refused.value.problems]


def line_of(text: str, words: str) -> int:
    return text[: text.index(words)].count("\n") + 1


TEXTS = [
    ("a: [1, 2", "", 1, "This is not YAML: "),
    ("", "", 1, "The file is empty."),
    ("just words", "", 1, '"just words" stands here where a block of keys and values belongs.'),
    ("- 1\n- 2\n", "", 1, "A list stands here where a block of keys and values belongs."),
    ("format: course-file/1\ncourse:\n\tslug: a\n", "", 3, "This line is indented with a tab; YAML wants spaces."),
    ("a: 1\nb: 2\na: 3\n", "a", 3, '"a" stands here twice (first on line 1).'),
    ("a: Cloud: Computing\n", "", 1, "A colon stands where none may; put a text that holds a colon in quotes."),
    ("a: &x [1]\nb: *x\n", "a", 1, "Anchors and aliases (& and *) are not read here; write the text out."),
    ("a: !!python/name:os.system x\n", "a", 1, "Tags like tag:yaml.org,2002:python/name:os.system are not read here."),
    ("a: 1\n---\nb: 2\n", "", 2, "A second document begins here; a course file holds one."),
    ('a: "\\0"\n', "a", 1, "This text holds a character that cannot be stored; take it out."),
    ("? [1, 2]\n: 3\n", "", 1, "A key must be a word."),
]


@pytest.mark.parametrize(("text", "path", "line", "sentence"), TEXTS)
def test_a_text_that_is_no_course_file(tmp_path: Path, text: str, path: str, line: int, sentence: str) -> None:
    found = refusal(tmp_path, text)
    assert found[0][:2] == (path, line)
    assert found[0][2].startswith(sentence)


def test_an_alias_bomb_and_deep_nesting_are_refused_at_once(tmp_path: Path) -> None:
    deep = "a: " + "[" * 5_000
    assert "nested more than 20 deep" in refusal(tmp_path, deep)[0][2]
    bomb = "a: &a [x, x]\n" + "\n".join(f"{k}: &{k} [*{j}, *{j}]" for j, k in zip("abcdefgh", "bcdefghi", strict=True))
    assert "Anchors and aliases" in refusal(tmp_path, bomb)[0][2]


def test_a_file_that_is_too_big_or_binary(tmp_path: Path) -> None:
    assert refusal(tmp_path, "a: 1\n" * 300_000) == [
        ("", 1, "The file is too big; a course file has at most 1,000,000 bytes.")
    ]
    (tmp_path / "course.yaml").write_bytes(b"format: course-file/1\n\xff\xfe\x00\x01")
    with pytest.raises(CommandError, match="line 2: This is no text in UTF-8"):
        call_command("load_course", tmp_path)
    (tmp_path / "course.yaml").unlink()
    with pytest.raises(CommandError, match=r"course\.yaml cannot be read: No such file or directory"):
        call_command("load_course", tmp_path)


DEMO_CHANGES = [
    ("  term: Fall 2023", "  trem: Fall 2023", "course.trem", 'is not a key that is known here. Did you mean "term"?'),
    ('  - date: "2023-11-28"\n    title', "  - date: Thursday 2023-11-28\n    title", "meetings.details[2].date",
     "November 28 2023 is a Tuesday."),
    ('  - "2023-11-30"', '  - "Tuesday 2023-11-30"', "presentations.days[1]", "November 30 2023 is a Thursday."),
    ('  - date: "2023-11-21"\n    title', '  - date: "2023-11-22"\n    title', "meetings.details[1].date",
     "November 22 2023 is a Wednesday; this course meets on Tuesday and Thursday."),
    ('  - date: "2023-11-21"\n    title', '  - date: "2023-11-23"\n    title', "meetings.details[1].date",
     "There is no class on November 23 2023 (Thanksgiving)."),
    ('  - date: "2023-11-24"', '  - date: "2023-11-23"', "office_hours[1].changes[0].date",
     "November 23 2023 is a Thursday; these office hours are on Friday."),
    ('  - "2023-11-30"', '  - "2023-12-01"', "presentations.days[1]",
     "December 1 2023 is a Friday; this course meets on Tuesday and Thursday."),
    ('first_on: "2023-09-28"', 'first_on: "2023-02-30"', "meetings.first_on",
     '"2023-02-30" is not a date that a course can have; write it like 2023-11-30.'),
    ("- weekday: thursday", "- weekday: tuesday", "meetings.weekly[1]", "Two classes on Tuesday overlap: "
     "15:40–17:40 and 15:40–17:40."),
    ('- weekday: thursday\n    start: "15:40"\n    end: "17:40"',
     '- weekday: tuesday\n    start: "17:40"\n    end: "18:00"',
     "meetings.weekly[1]", "Two classes on Tuesday, 15:40–17:40 and 17:40–18:00: a course meets once a day here. "
     "Give one of them a course of its own."),
    ('    end: "17:40"', '    end: "15:30"', "meetings.weekly[0].end", "It ends at 15:30, but starts at 15:40."),
    ("timezone: America/Los_Angeles", "timezone: America/Tacoma", "course.timezone",
     '"America/Tacoma" is not a time zone that is known here; write it like America/Los_Angeles.'),
    ("    max: 10\n", "    max: 12\n", "daily_survey.questions[0].max",
     "A scale from 1 to 12 has 12 steps; at most 11 fit."),
    ("      5: Equal", "      50: Equal", "daily_survey.questions[0].anchors.50",
     "50 is not on the scale from 1 to 10."),
    ("- key: pace", "- key: material", "daily_survey.questions[1]", '"material" stands twice in '
     "daily_survey.questions (first on line 104)."),
    ("- code: TCSS 562", "- code: TCSS 462", "sections[1]", '"TCSS 462" stands twice in sections (first on line 17).'),
    ("- name: Tutorial 7", "- name: Tutorial 6", "assignments[2]", '"Tutorial 6" stands twice in assignments '
     "(first on line 135)."),
    ('ends_on: "2023-12-18"', 'ends_on: "2023-09-01"', "course.ends_on",
     "The course ends on 2023-09-01, before it starts on 2023-09-28."),
    ("      assignment: Tutorial 8", "      assignment: Tutorial 9", "meetings.details[2].agenda[3].assignment",
     '"Tutorial 9" is none of the assignments of this file.'),
    ("- roster-562.csv", "- roster-563.csv", "rosters[1]", "roster-563.csv is not in the folder."),
    ("- roster-562.csv", "- ../roster-562.csv", "rosters[1]", '"../roster-562.csv" is not the name of a file beside '
     "this one; no folders, no dot in front."),
    ("    days: 1\n", "    days: 99\n", "daily_survey.due.days", "99 is out of range; it must be from 0 to 30."),
    ("  points: \"1.0\"\n", "  points: many\n", "daily_survey.points",
     '"many" is not a number of points; write it like 1 or 0.5.'),
    ("  state: announced", "  state: hidden", "assignments[3].state",
     '"hidden" is not known here; write draft, announced or posted.'),
    ("    - timo.placeholder", "    - yoko.testcase", "presentations.teams[2].members[0]",
     "yoko.testcase is in team 1 already."),
    ("due_at: \"2023-10-26 23:59\"", "due_at: 2023-10-26", "assignments[0].due_at",
     '"2023-10-26" is not a date and time; write it like 2023-11-28 23:59.'),
    ("format: course-file/1", "format: course-file/2", "format",
     '"course-file/2" is not a format that is read here; write course-file/1.'),
    ("  email: instructor@example.edu", "  email: nobody", "staff[0].email", '"nobody" is not an e-mail address.'),
]  # fmt: skip


@pytest.mark.parametrize(("was", "becomes", "path", "sentence"), DEMO_CHANGES)
def test_one_mistake_in_the_demo_file(tmp_path: Path, was: str, becomes: str, path: str, sentence: str) -> None:
    assert was in DEMO_TEXT
    text = DEMO_TEXT.replace(was, becomes, 1)
    rosters = {f"roster-{n}_csv": (DEMO / f"roster-{n}.csv").read_text("utf-8") for n in (462, 562)}
    found = refusal(tmp_path, text, **rosters)
    assert path in [place for place, _, _ in found]
    line, words = next((line, words) for place, line, words in found if place == path)
    assert words.endswith(sentence)
    assert abs(line - line_of(DEMO_TEXT, was)) <= 2
    assert (text.splitlines()[line - 1]).strip()


SMALL_CHANGES: list[tuple[Change, str, str]] = [
    (lambda t: t.update(sections={"code": "CS 9"}), "sections", "A block of keys stands here where a list"),
    (lambda t: t.update(course=["CS 9"]), "course", "A list stands here where a block of keys and values belongs."),
    (lambda t: t.pop("meetings"), "", '"meetings" is missing here.'),
    (lambda t: t.update(sections=[]), "sections", "This is empty."),
    (lambda t: t["course"].update(code=None), "course.code", "Nothing stands here where a text belongs."),
    (lambda t: t["meetings"].update(first_number=-1), "meetings.first_number", "-1 is out of range"),
    (lambda t: t["meetings"].update(first_number="one"), "meetings.first_number", '"one" stands here where a whole'),
    (lambda t: t["course"].update(title="x" * 201), "course.title", "This text has 201 characters; at most 200 fit."),
    (lambda t: t["assignments"][0].update(due_at="2024-03-31 02:30"), "assignments[0].due_at",
     "2024-03-31 02:30 does not exist in Europe/Berlin: its clocks skip that hour."),
    (lambda t: t["meetings"].update(last_on="2024-06-01"), "meetings.last_on",
     "The last class is on 2024-06-01, after the course ends on 2024-05-01."),
    (lambda t: t["meetings"].update(extra=[{"date": "2024-04-16", "start": "8:00", "end": "9:00"}]),
     "meetings.extra[0].date", "The weekly times have a class on 2024-04-16; use details."),
]  # fmt: skip


@pytest.mark.parametrize(("change", "path", "sentence"), SMALL_CHANGES)
def test_one_mistake_in_a_small_file(tmp_path: Path, change: Change, path: str, sentence: str) -> None:
    tree = small()
    change(tree)
    found = refusal(tmp_path, tree)
    assert [place for place, _, _ in found] == [path]
    assert found[0][2].startswith(sentence)


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    tree = small()
    tree["course"]["colour"] = "red"
    tree["meetings"]["details"][0]["date"] = "Monday 2024-04-09"
    tree["daily_survey"]["questions"][0]["max"] = 0
    assert [place for place, _, _ in refusal(tmp_path, tree)] == [
        "course.colour",
        "meetings.details[0].date",
        "daily_survey.questions[0].max",
    ]


def test_a_roster_that_cannot_be_read_names_its_line_in_the_course_file(tmp_path: Path) -> None:
    tree = {**small(), "rosters": ["people.csv"]}
    [(path, line, sentence)] = refusal(tmp_path, tree, people_csv="Name,Nothing\nAda,1\n")
    assert (path, line) == ("rosters[0]", line_of(dump(tree), "- people.csv"))
    assert sentence.startswith("people.csv: Line 1: the header lacks")


def test_a_roster_row_of_no_section_leaves_nothing_behind(tmp_path: Path) -> None:
    roster = 'Student,ID,SIS User ID,SIS Login ID,Section\n"Fictive, Ada",1,1,ada.fictive,CS 8 A\n'
    found = refusal(tmp_path, {**small(), "rosters": ["people.csv"]}, people_csv=roster)
    assert found[0][0] == "rosters[0]"
    assert "people.csv, line 2" in found[0][2]


def test_the_command_says_that_nothing_was_written(tmp_path: Path) -> None:
    tree = small()
    tree["course"]["trem"] = "Fall"
    write(tmp_path, tree)
    with pytest.raises(CommandError) as refused:
        call_command("load_course", tmp_path)
    assert str(refused.value) == (
        "Nothing was written.\n"
        'course.yaml, line 10, course.trem: "trem" is not a key that is known here. Did you mean "term"?'
    )
    with pytest.raises(CommandError, match=r"--around: .*is not a date"):
        call_command("load_course", tmp_path, around="soon")
