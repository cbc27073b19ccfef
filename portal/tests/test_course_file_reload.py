"""Loading over an existing course makes so what the file names, also over what staff changed; the rest stays."""

from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from courses.domain import calendar
from courses.models import Assignment, ClassMeeting, Course, Enrollment
from feedback.domain import separation, surveys
from feedback.models import SurveyPlan
from mail.models import Message
from portal.course_file.exporting import export, exported
from portal.course_file.loading import load, read_folder
from portal.course_file.reading import CourseFileRefusedError
from portal.testing import NOON, Cast, enroll
from portal.tests.course_files import load_tree, small, write

pytestmark = pytest.mark.django_db
HEADER = "Student,ID,SIS User ID,SIS Login ID,Section\n"
ADA, BO = (f'"Fictive, {n}",{i},{i},{n.lower()}.fictive,CS 9 A\n' for i, n in ((1, "Ada"), (2, "Bo")))


@pytest.fixture
def tree() -> dict[str, Any]:
    return small()


@pytest.fixture
def course(tree: dict[str, Any], tmp_path: Path) -> Course:
    return load_tree(tmp_path, tree).course


def sheet(name: str = "Sheet 1") -> Assignment:
    return Assignment.objects.get(name=name)


def local_times(course: Course, name: str = "Sheet 1") -> tuple[str, str]:
    both = (sheet(name).due_at, sheet(name).moved_from)
    due, moved_from = (f"{at.astimezone(course.zone):%m-%d %H:%M}" if at else "" for at in both)
    return due, moved_from


def test_the_same_file_again_writes_no_row(course: Course, tree: dict[str, Any], tmp_path: Path) -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        loaded = load_tree(tmp_path, tree)
    assert loaded.is_unchanged
    assert loaded.lines == []
    writes = [q["sql"] for q in queries if q["sql"].split()[0] in ("INSERT", "UPDATE", "DELETE")]
    assert writes == []


def test_what_the_file_changed_is_written_and_students_hear_of_a_due_date(
    course: Course, tree: dict[str, Any], tmp_path: Path
) -> None:
    ada = enroll(course, "Ada Fictive")
    tree["course"]["title"] = "Reinvented"
    tree["assignments"][0]["due_at"] = "2024-04-13 18:00"
    tree["assignments"].insert(1, {"name": "Sheet 1b"})
    tree["meetings"]["details"][0]["title"] = "Another"
    loaded = load_tree(tmp_path, tree)
    course.refresh_from_db()
    assert course.title == "Reinvented"
    assert local_times(course) == ("04-13 18:00", "04-12 18:00")
    assert list(course.assignments.values_list("name", flat=True)) == ["Sheet 1", "Sheet 1b", "Sheet 2"]
    assert course.meetings.get(date="2024-04-09").title == "Another"
    assert loaded.lines == [
        "created assignments[Sheet 1b]",
        "changed course.title: Invented → Reinvented",
        "changed meetings.details[2024-04-09].title: Second → Another",
        "changed assignments[Sheet 1].due_at: 2024-04-12 18:00 → 2024-04-13 18:00",
        "mail to Ada Fictive: Sheet 1 is due on 2024-04-13 18:00",
    ]
    assert list(Message.objects.values_list("recipient", "kind")) == [(ada.user_id, "due_date_moved")]
    assert load_tree(tmp_path, tree).is_unchanged


def test_the_file_wins_over_what_staff_changed_and_says_so(
    course: Course, tree: dict[str, Any], tmp_path: Path
) -> None:
    ClassMeeting.objects.filter(date="2024-04-09").update(title="By staff")
    SurveyPlan.objects.update(title="By staff")
    Course.objects.update(accent="teal")
    tree["daily_survey"]["title"] = "By file"
    loaded = load_tree(tmp_path, tree)
    assert loaded.lines == [
        "changed meetings.details[2024-04-09].title: By staff → Second",
        "changed daily_survey.title: By staff → By file",
        "nobody is mailed",
    ]
    assert ClassMeeting.objects.get(date="2024-04-09").title == "Second"
    assert SurveyPlan.objects.get().title == "By file"
    assert Course.objects.get().accent == "teal", "the file does not name it"


def test_a_list_under_a_named_thing_is_replaced_and_its_lost_lines_are_removed(
    course: Course, tree: dict[str, Any], tmp_path: Path
) -> None:
    tree["meetings"]["no_class"] = [{"date": "2024-04-16", "reason": "Holiday"}]
    tree["meetings"]["details"][0]["agenda"] = [{"text": "First"}, {"text": "Second"}]
    load_tree(tmp_path, tree)
    tree["meetings"]["no_class"] = []
    tree["meetings"]["details"][0]["agenda"] = [{"text": "Second"}, {"text": "Third"}]
    tree["daily_survey"]["questions"] = [{"key": "open", "kind": "text", "prompt": "What else?"}]
    lines = load_tree(tmp_path, tree).lines
    assert [line for line in lines if line.startswith("removed")] == [
        "removed meetings.no_class[2024-04-16]",
        "removed meetings.details[2024-04-09].agenda.First",
        "removed daily_survey.questions.pace",
    ]
    meeting = course.meetings.get(date="2024-04-09")
    assert list(meeting.agenda.values_list("text", flat=True)) == ["Second", "Third"]
    assert not course.no_class_days.exists() and course.meetings.held().count() == 4
    assert [question["key"] for question in SurveyPlan.objects.get().questions] == ["open"]
    assert load_tree(tmp_path, tree).is_unchanged


def test_staff_edits_are_in_the_export(course: Course, tree: dict[str, Any]) -> None:
    ClassMeeting.objects.filter(date="2024-04-16").update(title="By staff")
    calendar.retime_meeting(course.meetings.get(date="2024-04-23"), start=time(9), end=time(10), place="H 2", now=NOON)
    Course.objects.update(accent="teal")
    details = exported(Course.objects.get())["meetings"]["details"]
    assert details[1:] == [
        {"date": "2024-04-16", "title": "By staff"},
        {"date": "2024-04-23", "start": "09:00", "end": "10:00", "place": "H 2"},
    ]
    assert exported(Course.objects.get())["course"] == {**tree["course"], "accent": "teal"}


def test_what_the_file_does_not_name_stays_and_is_listed_where_its_list_is_given(
    course: Course, tree: dict[str, Any], tmp_path: Path
) -> None:
    del tree["assignments"][0]
    del tree["meetings"]["details"]
    del tree["credits"]
    loaded = load_tree(tmp_path, tree)
    assert loaded.is_unchanged and loaded.lines == ["left alone assignments[Sheet 1] (not in the file)"]
    assert list(course.assignments.order_by("name").values_list("name", flat=True)) == ["Sheet 1", "Sheet 2"]
    assert course.meetings.get(date="2024-04-09").agenda.get().text == "Questions from {previous}"
    assert course.credit_pools.get().program == "Invented credits"


def test_what_staff_removed_comes_back(course: Course, tree: dict[str, Any], tmp_path: Path) -> None:
    sheet("Sheet 2").delete()
    assert "created assignments[Sheet 2]" in load_tree(tmp_path, tree).lines
    assert sheet("Sheet 2").due_at


def test_a_class_called_off_by_staff_comes_out_and_its_export_can_be_loaded(
    course: Course, tree: dict[str, Any], tmp_path: Path
) -> None:
    calendar.cancel_meeting(course.meetings.get(date="2024-04-16"), reason="Ill", now=NOON)
    ClassMeeting.objects.filter(date="2024-04-16").update(title="Planned")
    assert load_tree(tmp_path, tree).is_unchanged
    out = exported(Course.objects.get())
    assert out["meetings"]["no_class"] == [{"date": "2024-04-16", "reason": "Ill", "cancelled": True}]
    assert load_tree(tmp_path, out).is_unchanged
    out["course"]["slug"] = "other"
    other = load_tree(tmp_path, out).course
    assert exported(other)["meetings"] == out["meetings"]
    assert list(other.meetings.values_list("number", flat=True)) == [1, 2, None, 3]


def test_a_new_holiday_in_the_file_cancels_and_renumbers(course: Course, tree: dict[str, Any], tmp_path: Path) -> None:
    tree["meetings"]["no_class"] = [{"date": "2024-04-16", "reason": "Easter"}]
    loaded = load_tree(tmp_path, tree)
    assert "note: The class on April 16 2024 is cancelled. The class after it is numbered anew" in loaded.lines[1]
    assert list(course.meetings.values_list("number", flat=True)) == [1, 2, None, 3]
    tree["meetings"]["weekly"][0]["start"] = "09:00"
    load_tree(tmp_path, tree)
    starts = [f"{m.starts_at.astimezone(course.zone):%H:%M}" for m in course.meetings.all()]
    assert starts == ["10:00", "10:00", "09:00", "09:00"], "past classes stay as they were"
    assert load_tree(tmp_path, tree).is_unchanged


def test_a_span_that_grows_shorter_takes_classes_to_come_away(
    course: Course, tree: dict[str, Any], tmp_path: Path
) -> None:
    tree["meetings"] |= {"last_on": "2024-04-16"}
    load_tree(tmp_path, tree)
    assert [f"{m.date}" for m in course.meetings.all()] == ["2024-04-02", "2024-04-09", "2024-04-16"]
    assert load_tree(tmp_path, tree).is_unchanged


def test_a_class_beside_the_weekly_times_is_numbered_in_and_comes_out(tree: dict[str, Any], tmp_path: Path) -> None:
    extra = {"date": "2024-04-05", "start": "08:00", "end": "09:00", "title": "Review"}
    tree["meetings"]["extra"] = [extra]
    course = load_tree(tmp_path, tree).course
    assert [(f"{m.date:%d}", m.number) for m in course.meetings.all()] == [
        ("02", 1), ("05", 2), ("09", 3), ("16", 4), ("23", 5)
    ]  # fmt: skip
    assert exported(course)["meetings"]["extra"] == [extra]
    assert load_tree(tmp_path, tree).is_unchanged


def test_rosters_add_who_is_new_drop_nobody_and_bring_nobody_back(tree: dict[str, Any], tmp_path: Path) -> None:
    tree["rosters"] = ["people.csv"]
    load_tree(tmp_path, tree, people_csv=HEADER + ADA)
    Enrollment.objects.filter(login="ada.fictive").update(dropped_at=NOON)
    again = load_tree(tmp_path, tree, people_csv=HEADER + ADA + BO)
    assert list(Enrollment.objects.students().values_list("login", flat=True)) == ["bo.fictive"]
    assert "created rosters[people.csv] (1 student)" in again.lines
    assert "left alone rosters[people.csv] (1 dropped here; importing a roster brings them back)" in again.lines
    for spelling in ("ada.fictive", "Ada.Fictive"):
        load_tree(tmp_path, tree, people_csv=HEADER + ADA.replace("ada.fictive", spelling))
        assert list(Enrollment.objects.students().values_list("login", flat=True)) == ["bo.fictive"]


def test_a_holiday_on_a_class_whose_survey_is_fixed_is_refused_with_its_place(
    course: Course, tree: dict[str, Any], tmp_path: Path
) -> None:
    meeting = course.meetings.get(date="2024-04-02")
    survey = surveys.open_survey(meeting, now=meeting.ends_at)
    separation.freeze(survey, now=NOON)
    ClassMeeting.objects.filter(pk=meeting.pk).update(ends_at=NOON + timedelta(days=1))
    tree["meetings"]["no_class"] = [{"date": "2024-04-02"}]
    with pytest.raises(
        CourseFileRefusedError, match=r"line \d+, meetings.no_class: The figures of this class's survey"
    ):
        load_tree(tmp_path, tree)
    assert not course.no_class_days.exists()


def test_a_course_made_in_the_portal_comes_out_and_loads(cast: Cast, tmp_path: Path) -> None:
    export(cast.course, tmp_path / "out")
    text = (tmp_path / "out" / "course.yaml").read_text().replace("slug: cs101-s24", "slug: other")
    (tmp_path / "out" / "course.yaml").write_text(text)
    other = load(read_folder(tmp_path / "out"), now=NOON).course
    assert {**exported(other), "course": None} == {**exported(cast.course), "course": None}
    assert set(other.enrollments.values_list("user", "role", "login")) == set(
        cast.course.enrollments.values_list("user", "role", "login")
    )


def test_staff_whom_the_file_names_come_back_and_keep_the_name_another_course_knows(
    cast: Cast, course: Course, tree: dict[str, Any], tmp_path: Path
) -> None:
    Enrollment.objects.filter(user__email="wren@example.edu", course=course).update(dropped_at=NOON)
    known = cast.course.enrollments.staff().exclude(user__email="wren@example.edu")[0].user
    tree["staff"].append({"name": "Other Name", "email": known.email, "role": "assistant"})
    lines = load_tree(tmp_path, tree).lines
    assert f"left alone staff[{known.email}].name (another course knows them by their name)" in lines
    assert set(course.enrollments.staff().values_list("user__email", "role")) == {
        ("wren@example.edu", "instructor"),
        (known.email, "assistant"),
    }
    known.refresh_from_db()
    assert known.name != "Other Name" and load_tree(tmp_path, tree).is_unchanged


def test_a_file_whose_dates_all_lie_weeks_away_is_refused(course: Course, tree: dict[str, Any], tmp_path: Path) -> None:
    tree["course"] |= {"starts_on": "2024-04-15", "ends_on": "2024-05-15"}
    tree["meetings"] |= {"first_on": "2024-04-16", "last_on": "2024-05-07", "details": []}
    with pytest.raises(CourseFileRefusedError, match="lie 2 weeks after those of this course"):
        load_tree(tmp_path, tree)
    assert course.meetings.count() == 4


def test_who_is_in_two_rosters_or_two_sections_counts_once_and_the_plan_says_where(
    tree: dict[str, Any], tmp_path: Path
) -> None:
    tree["sections"].append({"code": "CS 10"})
    tree["rosters"] = ["people.csv", "others.csv"]
    both = BO.replace("CS 9", "CS 10 und CS 9")
    lines = load_tree(tmp_path, tree, people_csv=HEADER + ADA, others_csv=HEADER + ADA + both).lines
    assert "note: others.csv, line 2: ada.fictive is in people.csv as well, which counts." in lines
    assert "note: others.csv, line 3: Is in CS 10 and CS 9; CS 10 counts, since it stands first." in lines
    assert "created rosters[others.csv] (1 student)" in lines
    people = Enrollment.objects.students().values_list("login", "section__code")
    assert set(people) == {("ada.fictive", "CS 9"), ("bo.fictive", "CS 10")}
    assert load_tree(tmp_path, tree, people_csv=HEADER + ADA, others_csv=HEADER + ADA + both).is_unchanged


def test_a_roster_that_is_not_utf_8_is_refused_with_its_lines(tree: dict[str, Any], tmp_path: Path) -> None:
    tree["rosters"] = ["people.csv"]
    folder = write(tmp_path, tree)
    (folder / "people.csv").write_bytes((HEADER + ADA + BO).replace("Bo", "B\xf6", 1).encode("latin-1"))
    with pytest.raises(CourseFileRefusedError, match=r"rosters\[0\]: people.csv is not in UTF-8, see line 3 of it"):
        read_folder(folder)
