import pytest

from courses.domain import gradebook
from courses.domain.roster_plan import plan
from courses.models import Enrollment
from courses.queries import roster
from courses.queries.roster import Summary
from courses.tests.rosters import file_of, line_of
from portal.testing import NOON, Cast, enroll

BRAM = line_of("Sample, Bram")


def summary_of(cast: Cast, *lines: str) -> Summary:
    return roster.summary(plan(cast.course, gradebook.read(file_of(*lines))))


def test_what_it_does_did_and_undoes_is_said_with_its_numbers(cast):
    summary = summary_of(cast, BRAM, line_of("Placeholder, Timo", "CS 101"))
    assert summary.consequence == "adds 1, changes 1, drops 1"
    assert summary.done == "1 added, 1 changed, 1 dropped"
    assert summary.undoing == "drops the 1 added, changes 1 back, brings 1 back"
    assert (summary.writes, summary.drops) == (3, 1)


def test_groups_begin_with_what_needs_a_look_and_quiet_rows_are_only_counted(cast):
    Enrollment.objects.filter(pk=cast.student.pk).update(canvas_section="CS 101")
    summary = summary_of(
        cast, line_of("Fictive, Ada", "CS 101"), BRAM, line_of("Odd, Row", "M 1"), line_of("Assistant, Tay")
    )
    assert [title for title, _ in summary.groups] == ["Not understood, left out", "Added", "Left alone"]
    assert summary.as_before == 1


def test_before_it_is_applied_the_titles_say_what_would_be(cast):
    enroll(cast.course, "Gone Madeup")
    lines = [BRAM, line_of("Placeholder, Timo", "CS 101"), line_of("Fictive, Ada", "CS 101 B")]
    changes = plan(cast.course, gradebook.read(file_of(*lines)))
    planned = [title for title, _ in roster.summary(changes, is_planned=True).groups]
    assert planned == ["Would be dropped", "Would be changed", "Would be added"]
    assert [title for title, _ in roster.summary(changes).groups] == ["Dropped", "Changed", "Added"]


def test_a_new_section_is_told_once_and_not_again_as_canvas_writes_it(cast):
    _, (change,) = summary_of(cast, line_of("Fictive, Ada Maria", "CS 501 A", login="ada.fictive")).groups[-1]
    assert change.differences == [("section", "CS 101", "CS 501"), ("name", "Fictive, Ada", "Fictive, Ada Maria")]


def test_a_section_of_which_the_file_holds_less_than_half_is_named_and_loses_nobody(cast):
    gone = [enroll(cast.course, f"Number{n} Gone").login for n in range(2)]
    changes = plan(cast.course, gradebook.read(file_of(line_of("Fictive, Ada"), BRAM)))
    summary = roster.summary(changes, is_planned=True)
    assert [(section.code, section.listed, section.students) for section in summary.thin] == [("CS 101", 1, 3)]
    assert (summary.drops, summary.consequence) == (0, "adds 1, changes 1")
    assert [change.login for change in dict(summary.groups)["Left alone"]] == gone
    cast.course.enrollments.filter(login=gone[0]).update(dropped_at=NOON)
    half = roster.summary(plan(cast.course, gradebook.read(file_of(line_of("Fictive, Ada")))), is_planned=True)
    assert (half.thin, half.drops) == ([], 1)


def found(cast: Cast, wanted: str) -> list[str]:
    listed = roster.people(cast.course, wanted)
    parts = [*(students for _, students in listed.sections), listed.staff, listed.dropped]
    return [person.user.name for part in parts for person in part]


def test_people_stand_by_section_then_staff_then_dropped(cast):
    gone = enroll(cast.course, "Gone Madeup")
    cast.course.enrollments.filter(pk=gone.pk).update(dropped_at=NOON)
    listed = roster.people(cast.course)
    assert [(section.code, students) for section, students in listed.sections] == [
        ("CS 101", [cast.student]),
        ("CS 501", [cast.other_student]),
    ]
    assert listed.staff == [cast.assistant, cast.instructor]
    assert (listed.dropped, listed.total) == ([gone], 5)


@pytest.mark.parametrize("wanted", ["ada", "FICTIVE ada", "ada.fictive@", "43000", "ada\0"])
def test_someone_is_found_by_parts_of_name_address_login_or_the_start_of_the_canvas_id(cast, wanted):
    cast.course.enrollments.filter(pk=cast.student.pk).update(canvas_id="4300001")
    assert found(cast, wanted) == ["Ada Fictive"]


def test_someone_of_another_course_is_not_found(cast):
    assert found(cast, "stranger") == []


@pytest.mark.parametrize("more", [0, 5])
def test_the_list_takes_two_queries_however_many_there_are(cast, more, django_assert_num_queries):
    for number in range(more):
        enroll(cast.course, f"Ann Number{number}")
    with django_assert_num_queries(2):
        roster.people(cast.course)


@pytest.mark.parametrize("wanted", ["Núñez, José", "nunez jose", "JOSE\u0301", "jos nún"])
def test_someone_is_found_with_and_without_accents_and_in_either_order(cast, wanted):
    enroll(cast.course, "José Núñez")
    assert found(cast, wanted) == ["José Núñez"]


def test_people_of_a_section_stand_as_people_sort(cast):
    for name in ("Zoë Äpfel", "Al Łuk", "Bo Azure", "Cy Mill"):
        enroll(cast.course, name)
    (_, students), *_ = roster.people(cast.course).sections
    assert [student.user.name for student in students] == ["Zoë Äpfel", "Bo Azure", "Ada Fictive", "Al Łuk", "Cy Mill"]
