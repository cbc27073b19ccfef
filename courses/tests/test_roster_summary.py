from courses.domain import canvas, roster_summary
from courses.domain.roster_plan import plan
from courses.domain.roster_summary import Summary
from courses.models import Enrollment
from courses.tests.rosters import file_of, line_of
from portal.testing import Cast

BRAM = line_of("Sample, Bram")


def told(cast: Cast, *lines: str) -> Summary:
    return roster_summary.summary(plan(cast.course, canvas.read(file_of(*lines))))


def test_what_it_does_did_and_undoes_is_said_with_its_numbers(cast):
    summary = told(cast, BRAM, line_of("Placeholder, Timo", "CS 101"))
    assert summary.consequence == "adds 1, changes 1, drops 1"
    assert summary.done == "1 added, 1 changed, 1 dropped"
    assert summary.undoing == "drops the 1 added, changes 1 back, brings 1 back"
    assert (summary.writes, summary.drops) == (3, 1)


def test_groups_begin_with_what_needs_a_look_and_quiet_rows_are_only_counted(cast):
    Enrollment.objects.filter(pk=cast.student.pk).update(canvas_section="CS 101")
    summary = told(cast, line_of("Fictive, Ada", "CS 101"), BRAM, line_of("Odd, Row", "M 1"), line_of("Assistant, Tay"))
    assert [group.title for group in summary.groups] == ["Not understood, left out", "Added", "Left alone"]
    assert summary.as_before == 1


def test_before_it_is_applied_the_titles_say_what_would_be(cast):
    changes = plan(cast.course, canvas.read(file_of(BRAM, line_of("Placeholder, Timo", "CS 101"))))
    planned = [group.title for group in roster_summary.summary(changes, is_planned=True).groups]
    assert planned == ["Would be dropped", "Would be changed", "Would be added"]
    assert [group.title for group in roster_summary.summary(changes).groups] == ["Dropped", "Changed", "Added"]


def test_a_new_section_is_told_once_and_not_again_as_canvas_writes_it(cast):
    row = told(cast, line_of("Fictive, Ada Maria", "CS 501 A", login="ada.fictive")).groups[-1].rows[0]
    assert row.differences == [("section", "CS 101", "CS 501"), ("name", "Fictive, Ada", "Fictive, Ada Maria")]


def test_a_section_that_loses_more_than_the_file_lists_is_named(cast):
    assert told(cast, BRAM).emptied == []
    assert told(cast, line_of("Placeholder, Timo", "CS 101")).emptied == []
    stray = told(cast, line_of("Fictive, Ada", "CS 501"))
    assert stray.emptied == []
    Enrollment.objects.filter(pk=cast.other_student.pk).update(section=cast.student.section)
    assert told(cast, BRAM).emptied == [("CS 101", 2, 1)]
