from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from courses.models import RosterImport
from courses.tests.rosters import DEMO, file_of, line_of
from portal.testing import make_course


def run(*args: object, slug: str = "cs101-s24") -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("import_roster", slug, *map(str, args), stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "roster.csv"
    path.write_bytes(file_of(line_of("Sample, Bram"), line_of("Odd, Row", "MATH 101")))
    return path


def test_without_apply_it_shows_counts_and_rows_and_writes_nothing(cast, file):
    out, err = run(file)
    assert out.splitlines() == [
        "1 added, 0 changed, 0 dropped, 1 not understood, 1 unchanged",
        "not understood  line 4  row.odd  Odd, Row  The section “MATH 101” is none of this course (CS 101, CS 501).",
        "added  line 3  bram.sample  Sample, Bram",
        "unchanged  ada.fictive  Fictive, Ada  Not in the file, and kept: it lists 0 of 1 in CS 101.",
    ]
    assert "add --apply" in err
    assert 'CS 101: the file lists 0 of 1 students. The others stay, unless you add --drop-from "CS 101".' in err
    assert not RosterImport.objects.exists()
    assert not cast.course.enrollments.filter(login="bram.sample").exists()


def test_with_apply_it_writes_and_the_second_time_it_says_that_nothing_changes(cast, file):
    run(file, "--apply", "--drop-from", "CS 101")
    assert cast.course.enrollments.students().filter(login="bram.sample").exists()
    assert not cast.course.enrollments.students().filter(login="ada.fictive").exists()
    out, err = run(file, "--apply")
    assert out.endswith("Nothing changes: the roster is as the file says.\n")
    assert err == ""
    assert RosterImport.objects.count() == 1


def test_a_section_of_which_the_file_holds_less_than_half_must_be_named(cast, file):
    run(file, "--apply")
    assert cast.student in cast.course.enrollments.students()
    with pytest.raises(CommandError, match="drops nobody from CS 501"):
        run(file, "--apply", "--drop-from", "CS 501")
    out, _ = run(file, "--apply")
    assert "dropped  ada.fictive" in out and cast.student not in cast.course.enrollments.students()


def test_the_demo_rosters_come_in_by_command(db):
    course = make_course("tcss562-f23", sections=("TCSS 462", "TCSS 562"))
    for name, size in (("roster-462.csv", 44), ("roster-562.csv", 25)):
        out, _ = run(DEMO / name, "--apply", slug="tcss562-f23")
        assert out.startswith(f"{size} added, 0 changed, 0 dropped")
    assert course.enrollments.students().count() == 69


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"Student,Grade\nAda,1\n", "the header lacks “ID”"),
        (b"\0\1\2", "not a text file"),
        (file_of(line_of("Sample, Bram")).replace(b"Bram", b"Br\xe4m"), "not in UTF-8, see line 3"),
    ],
)
def test_a_bad_file_is_an_error_that_names_the_file(cast, tmp_path, content, message):
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    with pytest.raises(CommandError, match=message) as caught:
        run(path, "--apply")
    assert str(caught.value).startswith(f"{path}: ")


def test_a_file_of_20_mb_is_refused_before_it_is_read(cast, tmp_path, monkeypatch):
    path = tmp_path / "big.csv"
    path.touch()
    with path.open("r+b") as file:
        file.truncate(20 * 2**20)
    monkeypatch.setattr(Path, "read_bytes", lambda self: pytest.fail("it was read"))
    with pytest.raises(CommandError, match=r"The file has 20\.0 MB"):
        run(path)


def test_an_unknown_course_and_a_missing_file_are_said(cast, tmp_path):
    with pytest.raises(CommandError, match="There is no course nowhere"):
        run(tmp_path, slug="nowhere")
    with pytest.raises(CommandError, match="No such file"):
        run(tmp_path / "none.csv")
