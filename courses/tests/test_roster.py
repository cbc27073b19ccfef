from datetime import UTC, datetime, timedelta

import pytest
from django.core import serializers
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.errors import DomainError
from accounts.models import User
from courses.domain import roster, roster_steps
from courses.domain.roster_plan import Kind
from courses.models import Course, Enrollment, Role, RosterImport, Section
from courses.tests.rosters import DEMO, crowd, file_of, line_of
from portal.testing import NOON, Cast, enroll, make_course

State = RosterImport.State
LATER = NOON + timedelta(hours=1)
ADA = line_of("Fictive, Ada", number="77")
TIMO = line_of("Placeholder, Timo", "CS 501 A")
BRAM = line_of("Sample, Bram")


def looked_at(course: Course, *lines: str) -> RosterImport:
    return roster.preview(course, "roster.csv", file_of(*lines), by=None, now=NOON)


def applied(course: Course, *lines: str) -> RosterImport:
    made = looked_at(course, *lines)
    roster.apply(made, now=NOON)
    return made


def tables() -> str:
    return serializers.serialize("json", [*User.objects.order_by("pk"), *Enrollment.objects.order_by("pk")])


def people(course: Course) -> dict[str, str]:
    return {person.login: person.section.code for person in course.enrollments.students().select_related("section")}


@pytest.fixture
def oracle(db):
    course = make_course("tcss562-f23", sections=("TCSS 462", "TCSS 562"))
    for name in ("roster-462.csv", "roster-562.csv"):
        content = (DEMO / name).read_bytes()
        roster.apply(roster.preview(course, name, content, by=None, now=NOON), now=NOON)
    return course


def test_the_demo_rosters_make_44_and_25_students(oracle):
    counts = [section.enrollments.students().count() for section in oracle.sections.all()]
    assert counts == [44, 25]
    ada = oracle.enrollments.get(login="ada.fictive")
    assert (ada.user.email, ada.user.name) == ("ada.fictive@students.example.edu", "Ada Fictive")
    assert (ada.canvas_id, ada.sis_user_id) == ("4300001", "2300001")
    assert not ada.user.has_usable_password()


def test_the_same_file_again_changes_no_row_of_anyone(oracle):
    before = tables()
    again = roster.preview(oracle, "again", (DEMO / "roster-462.csv").read_bytes(), by=None, now=LATER)
    assert set(again.changes.values_list("kind", flat=True)) == {Kind.UNCHANGED}
    roster.apply(again, now=LATER)
    assert tables() == before


def test_a_preview_writes_nobody(cast):
    before = tables()
    looked_at(cast.course, BRAM)
    assert tables() == before


def test_a_new_look_replaces_ones_own_earlier_one_only(cast):
    by = {"now": NOON}
    first = roster.preview(cast.course, "1", file_of(ADA), by=cast.instructor.user, **by)
    others = roster.preview(cast.course, "2", file_of(ADA), by=cast.assistant.user, **by)
    roster.preview(cast.course, "3", file_of(ADA), by=cast.instructor.user, **by)
    left = RosterImport.objects.values_list("pk", flat=True)
    assert first.pk not in left
    assert others.pk in left


def test_applying_adds_changes_and_drops(cast):
    made = applied(cast.course, BRAM, line_of("Placeholder, Timo", "CS 101 A"))
    assert people(cast.course) == {"bram.sample": "CS 101", "timo.placeholder": "CS 101"}
    assert (made.state, made.applied_at) == (State.APPLIED, NOON)
    assert cast.course.enrollments.get(login="ada.fictive").dropped_at == NOON


def test_a_dropped_student_leaves_the_denominator_and_keeps_the_row(cast):
    applied(cast.course, BRAM)
    assert cast.student not in cast.course.enrollments.students()
    assert cast.course.enrollments.filter(pk=cast.student.pk).exists()


def test_a_file_of_one_section_leaves_the_other_and_the_staff_alone(cast):
    applied(cast.course, BRAM)
    assert "timo.placeholder" in people(cast.course)
    assert cast.course.enrollments.staff().count() == 2


def test_undo_puts_everyone_back(cast):
    people_before = {
        person.pk: (person.section_id, person.dropped_at, person.login, person.canvas_id, person.user.name)
        for person in cast.course.enrollments.select_related("user")
    }
    made = applied(cast.course, BRAM, line_of("Placeholder, Timo Q.", "CS 101 A", login="timo.placeholder", number="9"))
    roster.undo(made, now=LATER)
    assert made.state == State.UNDONE
    for person in cast.course.enrollments.filter(pk__in=people_before).select_related("user"):
        now = (person.section_id, person.dropped_at, person.login, person.canvas_id, person.user.name)
        assert now == people_before[person.pk]
    bram = cast.course.enrollments.get(login="bram.sample")
    assert (bram.dropped_at, bram.user.name) == (LATER, "Bram Sample")


def test_undo_of_someone_who_came_back_restores_since_when_they_were_dropped(cast):
    since = datetime(2024, 4, 2, 8, 30, 15, tzinfo=UTC)
    Enrollment.objects.filter(pk=cast.student.pk).update(dropped_at=since, section=cast.course.sections.last())
    made = applied(cast.course, ADA)
    cast.student.refresh_from_db()
    assert (cast.student.dropped_at, cast.student.section.code) == (None, "CS 101")
    roster.undo(made, now=LATER)
    cast.student.refresh_from_db()
    assert (cast.student.dropped_at, cast.student.section.code) == (since, "CS 501")


def test_only_the_newest_applied_roster_can_be_undone(cast):
    first, second = applied(cast.course, ADA), applied(cast.course, ADA, BRAM)
    with pytest.raises(DomainError, match="A newer roster was applied"):
        roster.undo(first, now=LATER)
    assert "bram.sample" in people(cast.course)
    roster.undo(second, now=LATER)
    roster.undo(first, now=LATER)
    assert RosterImport.objects.filter(state=State.UNDONE).count() == 2


def test_applying_or_undoing_twice_does_it_once(cast):
    made = applied(cast.course, ADA, BRAM)
    before = tables()
    roster.apply(RosterImport.objects.get(pk=made.pk), now=LATER)
    assert tables() == before
    roster.undo(made, now=LATER)
    roster.undo(RosterImport.objects.get(pk=made.pk), now=LATER + timedelta(hours=1))
    assert cast.course.enrollments.get(login="bram.sample").dropped_at == LATER


def test_what_was_undone_or_never_applied_is_refused_in_words(cast):
    with pytest.raises(DomainError, match="This roster is not applied yet"):
        roster.undo(looked_at(cast.course, ADA), now=LATER)
    made = applied(cast.course, ADA)
    roster.undo(made, now=LATER)
    with pytest.raises(DomainError, match="This roster is undone"):
        roster.apply(made, now=LATER)


def test_one_roster_of_a_course_goes_at_a_time_and_other_courses_do_not_wait(cast):
    roster.start(looked_at(cast.course, ADA))
    second = roster.preview(cast.course, "2", file_of(ADA), by=cast.instructor.user, now=NOON)
    with pytest.raises(DomainError, match="Another roster of this course is on its way"):
        roster.start(second)
    other = make_course("cs202-s24")
    assert applied(other, BRAM).state == State.APPLIED


def test_people_who_changed_since_the_preview_are_left_alone_and_marked(cast):
    made = looked_at(cast.course, ADA, BRAM, line_of("Late, Lia"))
    enroll(cast.course, "Bram Sample", section=1)
    Enrollment.objects.filter(pk=cast.student.pk).update(section=cast.other_student.section)
    roster.apply(made, now=LATER)
    assert people(cast.course) == {
        "ada.fictive": "CS 501",
        "bram.sample": "CS 501",
        "timo.placeholder": "CS 501",
        "lia.late": "CS 101",
    }
    left = made.changes.filter(note=roster_steps.CHANGED_SINCE)
    assert set(left.values_list("login", "kind")) == {
        ("ada.fictive", Kind.UNCHANGED),
        ("bram.sample", Kind.UNCHANGED),
    }


def test_a_student_made_staff_since_the_preview_is_not_dropped(cast):
    made = looked_at(cast.course, BRAM)
    Enrollment.objects.filter(pk=cast.student.pk).update(role=Role.ASSISTANT)
    roster.apply(made, now=LATER)
    cast.student.refresh_from_db()
    assert cast.student.dropped_at is None


def test_a_login_or_a_section_taken_away_since_the_preview_stops_only_its_row(cast):
    extra = Section.objects.create(course=cast.course, code="CS 900", position=9)
    made = looked_at(cast.course, ADA, BRAM, line_of("Late, Lia", "CS 900"))
    Enrollment.objects.filter(pk=cast.other_student.pk).update(login="bram.sample")
    extra.delete()
    roster.apply(made, now=LATER)
    assert made.changes.filter(note=roster_steps.CHANGED_SINCE).count() == 2
    assert cast.course.enrollments.get(login="ada.fictive").canvas_id == "77"


def test_undo_does_not_take_back_what_another_roster_had_already_done(cast):
    first = roster.preview(cast.course, "1", file_of(ADA, BRAM), by=cast.instructor.user, now=NOON)
    second = roster.preview(cast.course, "2", file_of(ADA, BRAM), by=cast.assistant.user, now=NOON)
    roster.apply(first, now=NOON)
    roster.apply(second, now=LATER)
    roster.undo(second, now=LATER)
    assert "bram.sample" in people(cast.course)


def test_undo_leaves_someone_alone_who_changed_after_it_was_applied(cast):
    made = applied(cast.course, ADA, BRAM)
    Enrollment.objects.filter(login="bram.sample").update(section=cast.other_student.section)
    roster.undo(made, now=LATER)
    assert people(cast.course)["bram.sample"] == "CS 501"
    assert made.changes.get(login="bram.sample").note == roster_steps.CHANGED_AGAIN


def test_a_worker_killed_in_the_middle_is_resumed_without_loss_or_doubles(cast, monkeypatch):
    made = roster.preview(cast.course, "crowd.csv", crowd(120), by=None, now=NOON)
    roster.start(made)
    assert roster.apply_step(made, now=NOON) is True
    assert roster.progress(made) == roster.Progress(done=50, total=121)
    assert roster.progress(made).percent == 41
    with monkeypatch.context() as fault:
        fault.setattr(roster, "_finish", lambda *args: 1 / 0)
        fault.setattr(roster, "STEP", 100)
        with pytest.raises(ZeroDivisionError):
            roster.apply_step(made, now=NOON)
    assert cast.course.enrollments.students().count() == 52
    roster.carry_on(RosterImport.objects.get(pk=made.pk), now=LATER)
    assert cast.course.enrollments.students().count() == 121
    assert roster.progress(RosterImport.objects.get(pk=made.pk)).percent == 100


def test_an_undo_killed_in_the_middle_is_resumed_too(cast):
    made = roster.preview(cast.course, "crowd.csv", crowd(60), by=None, now=NOON)
    roster.apply(made, now=NOON)
    roster.start(made, back=True)
    assert roster.apply_step(made, now=LATER) is True
    assert roster.progress(made) == roster.Progress(done=50, total=61)
    roster.carry_on(made, now=LATER)
    assert people(cast.course) == {"ada.fictive": "CS 101", "timo.placeholder": "CS 501"}


def test_a_step_takes_the_same_queries_for_three_people_and_for_fifty(cast):
    counts = []
    for size in (3, 49):
        course = make_course(f"course-of-{size}")
        made = roster.preview(course, "crowd.csv", crowd(size), by=None, now=NOON)
        roster.start(made)
        with CaptureQueriesContext(connection) as queries:
            roster.apply_step(made, now=NOON)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 16


def test_a_thousand_students_come_in(cast):
    made = roster.preview(cast.course, "crowd.csv", crowd(1_000), by=None, now=NOON)
    roster.apply(made, now=NOON)
    assert cast.course.sections.first().enrollments.students().count() == 1_000


def test_two_courses_share_one_account_and_the_last_roster_names_it(cast: Cast):
    other = make_course("cs202-s24")
    applied(cast.course, ADA, BRAM)
    applied(other, line_of("Sample, Bram Q.", login="bram.sample"))
    accounts = User.objects.filter(email="bram.sample@students.example.edu")
    assert [(account.name, account.enrollments.count()) for account in accounts] == [("Bram Q. Sample", 2)]
