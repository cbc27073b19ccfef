from datetime import timedelta

import pytest

from accounts.errors import DomainError
from accounts.models import User
from courses.domain import gradebook, roster
from courses.models import Enrollment, RosterImport
from courses.tests.rosters import DEMO, file_of, line_of
from portal.testing import NOON, enroll, make_course

LATER = NOON + timedelta(hours=1)
ADA = line_of("Fictive, Ada", number="77")
BRAM = line_of("Sample, Bram")


def people(course):
    return dict(course.enrollments.students().values_list("login", "section__code"))


def known(content: bytes) -> list[tuple[str, ...]]:
    rows = gradebook.read(content)
    return [(row.sort_name, row.canvas_id, row.sis_user_id, row.login, row.section) for row in rows]


@pytest.mark.parametrize("name", ["462", "562"])
def test_a_section_written_out_reads_as_the_file_it_came_in(db, name):
    course = make_course("tcss562-f23", sections=("TCSS 462", "TCSS 562"))
    for each in ("462", "562"):
        roster.load(course, (DEMO / f"roster-{each}.csv").read_bytes(), file_name=each, now=NOON)
    written = gradebook.write_csv(course, course.sections.filter(code=f"TCSS {name}"))
    assert known(written.encode()) == known((DEMO / f"roster-{name}.csv").read_bytes())


def test_a_cell_that_a_spreadsheet_would_run_is_neutralised_and_comes_back_unharmed(cast):
    content = file_of(line_of("=cmd(), Eve", login="eve", number="-7"))
    roster.load(cast.course, content, file_name="r", now=NOON)
    written = gradebook.write_csv(cast.course, cast.course.sections.filter(code="CS 101"))
    assert "\"'=cmd(), Eve\",'-7," in written
    assert ("=cmd(), Eve", "-7", "", "eve", "CS 101 A: Invented Computing") in known(written.encode())


def test_staff_dropped_students_and_other_sections_are_not_written(cast):
    enroll(cast.course, "Gone Madeup")
    cast.course.enrollments.filter(login="gone.madeup").update(dropped_at=NOON)
    written = gradebook.write_csv(cast.course, cast.course.sections.filter(code="CS 101"))
    assert [row[3:] for row in known(written.encode())] == [("ada.fictive", "CS 101")]


def test_loading_adds_and_neither_drops_nor_changes(cast):
    roster.load(cast.course, file_of(ADA, BRAM), file_name="r.csv", now=NOON, enrolled_at=LATER)
    assert people(cast.course) == {"ada.fictive": "CS 101", "bram.sample": "CS 101", "timo.placeholder": "CS 501"}
    cast.student.refresh_from_db()
    assert cast.student.canvas_id == ""
    assert cast.course.enrollments.get(login="bram.sample").created_at == LATER
    assert not RosterImport.objects.exists()


def test_loading_adds_only_those_who_are_new_in_the_file(cast):
    content = file_of(ADA, BRAM, line_of("Late, Lia"))
    roster.load(cast.course, content, file_name="r.csv", now=NOON, only_new={"lia.late"})
    assert set(people(cast.course)) == {"ada.fictive", "timo.placeholder", "lia.late"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"Name\nAda\n", "r.csv: Line 1: the header lacks"),
        (file_of(BRAM, line_of("Odd, Row", "MATH 1")), "r.csv, line 4:"),
    ],
)
def test_loading_a_bad_file_names_it_and_adds_nobody(cast, content, message):
    before = (User.objects.count(), Enrollment.objects.count())
    with pytest.raises(DomainError) as caught:
        roster.load(cast.course, content, file_name="r.csv", now=NOON)
    assert caught.value.message.startswith(message)
    assert (User.objects.count(), Enrollment.objects.count()) == before
