from datetime import UTC, datetime, timedelta
from functools import partial
from time import process_time

import pytest
from django.core import serializers

from accounts.errors import DomainError
from accounts.models import User
from courses.domain import roster
from courses.domain.roster_plan import Kind, thin_sections
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
    """Applied as the whole of each of its sections."""
    made = looked_at(course, *lines)
    roster.apply(made, now=NOON, drop_from=[section.code for section in thin_sections(made.changes.all())])
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
    left = made.changes.filter(note=roster.CHANGED_SINCE)
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
    assert made.changes.filter(note=roster.CHANGED_SINCE).count() == 2
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
    assert made.changes.get(login="bram.sample").note == roster.CHANGED_AGAIN


def test_a_fault_in_the_middle_leaves_everyone_as_they_were(cast, monkeypatch):
    made = roster.preview(cast.course, "crowd.csv", crowd(60), by=None, now=NOON)
    before = tables()
    with monkeypatch.context() as fault:
        fault.setattr(RosterImport, "save", lambda *args, **kwargs: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            roster.apply(made, now=NOON)
    assert tables() == before
    assert RosterImport.objects.get(pk=made.pk).state == State.PREVIEWED
    roster.apply(RosterImport.objects.get(pk=made.pk), now=NOON, drop_from=["CS 101"])
    assert cast.course.enrollments.students().count() == 61


def test_two_thousand_students_hold_the_write_lock_for_less_than_three_seconds(cast):
    made = roster.preview(cast.course, "crowd.csv", crowd(2_000), by=None, now=NOON)
    apply = partial(roster.apply, drop_from=["CS 101"])
    for write, dropped in ((apply, 1), (roster.undo, 2_000)):
        begun = process_time()
        write(made, now=LATER)
        assert process_time() - begun < 3
        assert cast.course.enrollments.filter(dropped_at=LATER).count() == dropped
    assert people(cast.course) == {"ada.fictive": "CS 101", "timo.placeholder": "CS 501"}


def test_two_courses_share_one_account_and_neither_roster_renames_it(cast: Cast):
    other = make_course("cs202-s24")
    applied(cast.course, ADA, BRAM)
    applied(other, line_of("Sample, Bram Q.", login="bram.sample"))
    accounts = User.objects.filter(email="bram.sample@students.example.edu")
    assert [(account.name, account.enrollments.count()) for account in accounts] == [("Bram Sample", 2)]


def test_one_row_about_two_sections_does_not_empty_the_other_one(cast):
    others = [enroll(cast.course, f"Number{n} Other", section=1).login for n in range(5)]
    made = looked_at(cast.course, ADA, BRAM, line_of("Placeholder, Timo", "CS 501 A and CS 101 A"))
    roster.apply(made, now=NOON)
    assert people(cast.course).keys() >= {*others, "timo.placeholder", "ada.fictive", "bram.sample"}
    kept = made.changes.filter(note="Not in the file, and kept: it lists 1 of 6 in CS 501.")
    assert kept.count() == 5
    roster.undo(made, now=LATER)
    assert people(cast.course).keys() >= {*others}
