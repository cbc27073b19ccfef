from datetime import timedelta

import pytest

from accounts.models import User
from courses.domain import gradebook, roster_plan
from courses.domain.roster_plan import Kind, address_of, plan, sections_of
from courses.models import Course, Enrollment, Role, RosterChange, Section
from courses.tests.rosters import file_of, line_of
from portal.testing import NOON, Cast, enroll, make_course

ADA = line_of("Fictive, Ada")
TIMO = line_of("Placeholder, Timo", "CS 501 A: Invented Computing")


def planned(cast: Cast, *lines: str) -> list[RosterChange]:
    return plan(cast.course, gradebook.read(file_of(*lines)))


def kinds(cast: Cast, *lines: str) -> list[tuple[str, str]]:
    return [(change.kind, change.login) for change in planned(cast, *lines)]


def sections(*codes: str) -> list[Section]:
    return [Section(code=code) for code in codes]


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("TCSS 462 A: Cloud Computing", "TCSS 462"),
        ("TCSS 462A", "TCSS 462"),
        ("tcss  462", "TCSS 462"),
        ("TCSS 462 H1", "TCSS 462 H"),
        ("TCSS 562 A and TCSS 462 A", "TCSS 562"),
        ("MATH 101 and TCSS 462 A: Cloud Computing", "TCSS 462"),
        ("MATH 101, TCSS 562 B, and TCSS 462 A", "TCSS 562"),
        ("TCSS 562 A et TCSS 462 A", "TCSS 562"),
        ("MATH 101 und TCSS 562 A", "TCSS 562"),
        ("MATH 101, MATH 102 y TCSS 562 A", "TCSS 562"),
        ("MATH 101 & TCSS 462 A", "TCSS 462"),
        ("TCSS 462 A: Hardware and Software", "TCSS 462"),
        ("TCSS 4620", None),
        ("Group of TCSS 462", None),
        ("", None),
    ],
)
def test_the_section_is_the_one_whose_code_begins_the_cell_longest_code_first(cell, code):
    found = sections_of(cell, sections("TCSS 462", "TCSS 562", "TCSS 462 H"))
    assert (found[0].code if found else None) == code


def test_an_address_is_the_login_at_the_courses_domain_or_the_login_itself_if_it_holds_an_at():
    assert address_of("Ada.Fictive", "students.example.edu") == ("ada.fictive@students.example.edu", "")
    assert address_of("Ada@Elsewhere.example", "students.example.edu") == ("ada@elsewhere.example", "")


def test_someone_new_is_added_and_someone_missing_from_a_named_section_is_dropped(cast):
    assert kinds(cast, line_of("Sample, Bram")) == [(Kind.ADDED, "bram.sample"), (Kind.DROPPED, "ada.fictive")]


def test_a_file_of_both_sections_may_drop_from_both(cast):
    changes = kinds(cast, line_of("Sample, Bram"), line_of("Madeup, Una", "CS 501 A"))
    assert changes[2:] == [(Kind.DROPPED, "ada.fictive"), (Kind.DROPPED, "timo.placeholder")]


def test_students_are_known_by_login_and_never_by_name(cast):
    namesake = line_of("Fictive, Ada", login="afictive2")
    assert kinds(cast, ADA, namesake) == [(Kind.CHANGED, "ada.fictive"), (Kind.ADDED, "afictive2")]


def test_a_changed_section_and_name_are_told_with_before_and_after(cast):
    change = planned(cast, line_of("Fictive, Ada Maria", "CS 501 B", login="ada.fictive"))[0]
    assert (change.kind, change.line) == (Kind.CHANGED, 3)
    assert (change.before["section"], change.after["section"]) == ("CS 101", "CS 501")
    assert (change.before["name"], change.after["name"]) == ("Ada Fictive", "Ada Maria Fictive")


def test_a_login_in_another_case_or_written_as_an_address_is_the_same_person(cast):
    shouted = plan(cast.course, gradebook.read(file_of(line_of("Fictive, Ada", "CS 101", login="ADA.FICTIVE"))))
    assert [change.after["login"] for change in shouted] == ["ada.fictive"]
    as_address = line_of("Fictive, Ada", login="ada.fictive@students.example.edu")
    assert [kind for kind, _ in kinds(cast, as_address)] == [Kind.CHANGED]


def test_a_blank_id_in_the_file_takes_no_known_id_away(cast):
    Enrollment.objects.filter(pk=cast.student.pk).update(canvas_id="77", sis_user_id="88")
    assert {key: planned(cast, ADA)[0].after[key] for key in ("canvas_id", "sis_user_id")} == {
        "canvas_id": "77",
        "sis_user_id": "88",
    }


def test_staff_in_a_file_are_left_alone_and_staff_not_in_it_are_not_dropped(cast):
    change = planned(cast, ADA, line_of("Assistant, Tay"))[1]
    assert (change.kind, change.note, change.after) == (Kind.UNCHANGED, roster_plan.STAFF_NOTE, None)
    assert Kind.DROPPED not in dict(kinds(cast, ADA))


def test_someone_who_left_the_staff_is_not_made_a_student_by_a_file(cast):
    Enrollment.objects.filter(pk=cast.assistant.pk).update(dropped_at=cast.course.created_at)
    assert planned(cast, ADA, line_of("Assistant, Tay"))[1].note == roster_plan.STAFF_NOTE


def test_a_dropped_student_who_is_listed_again_comes_back(cast):
    Enrollment.objects.filter(pk=cast.student.pk).update(dropped_at=cast.course.created_at)
    change = planned(cast, ADA)[0]
    assert (change.kind, change.note) == (Kind.ADDED, "Was dropped before, comes back.")


@pytest.mark.parametrize(
    ("line", "note"),
    [
        ('"Odd, Row",1,,,CS 101,', "The row has no SIS Login ID."),
        (line_of("Odd, Row", "MATH 101"), "The section “MATH 101” is none of this course (CS 101, CS 501)."),
        (line_of("Odd, Row", login="odd row"), '"odd row@students.example.edu" is not an e-mail address.'),
        (line_of("Odd, Row", login="o" * 201), "The login is longer than 200 characters."),
        (line_of("Odd, Row", number="1" * 41), "The Canvas ID is longer than 40 characters."),
        (line_of("O" * 201 + ", Row", login="odd"), "The name is longer than 200 characters."),
        (
            line_of("Fictive, Ada", login="ADA.fictive@students.example.edu"),
            "The address ada.fictive@students.example.edu is on line 3 already, and that line counts.",
        ),
    ],
)
def test_a_row_that_is_not_understood_says_why_and_does_not_stop_the_others(cast, line, note):
    changes = planned(cast, ADA, line)
    assert [(change.kind, change.note) for change in changes[1:]] == [(Kind.NOT_UNDERSTOOD, note)]
    assert changes[0].kind == Kind.CHANGED


def test_a_login_without_a_domain_is_not_understood_in_a_course_that_has_none(cast):
    cast.course.login_email_domain = ""
    change = planned(cast, line_of("Sample, Bram"))[0]
    assert change.note == "The login is no e-mail address, and the course has no e-mail domain for logins."


def test_nobody_is_dropped_because_their_row_was_not_understood(cast):
    Enrollment.objects.filter(pk=cast.student.pk).update(canvas_id="77")
    bram = line_of("Sample, Bram")
    assert (Kind.DROPPED, "ada.fictive") in kinds(cast, bram)
    assert (Kind.DROPPED, "ada.fictive") not in kinds(cast, bram, line_of("Fictive, Ada", "MATH 101"))
    assert (Kind.DROPPED, "ada.fictive") not in kinds(cast, bram, '"Fictive, Ada",77,,,CS 101,')


def test_an_account_from_another_course_is_taken_over_and_not_renamed(cast):
    other = make_course("cs202-s24")
    enroll(other, "Bram Sample")
    enroll(other, "Una Madeup", Role.INSTRUCTOR)
    bram, una = planned(
        cast, ADA, line_of("Sample, Bram Q.", login="bram.sample"), line_of("Joke, Una", login="una.madeup")
    )[1:]
    assert (bram.before["name"], bram.after["name"]) == ("Bram Sample", "Bram Sample")
    assert una.after["name"] == "Una Madeup"


def test_a_superuser_is_not_renamed_by_a_roster(cast):
    User.objects.create_superuser("root@students.example.edu", "Root Keeper")
    assert planned(cast, ADA, line_of("Joke, Root", login="root"))[1].after["name"] == "Root Keeper"


def test_planning_takes_the_same_queries_for_one_row_and_for_many(cast, django_assert_num_queries):
    for lines in ([ADA], [ADA, TIMO, *(line_of(f"Number{n}, Ann") for n in range(60))]):
        with django_assert_num_queries(4):
            planned(cast, *lines)


def test_of_two_sections_in_one_row_the_first_counts_and_the_row_says_so(cast):
    both, single = line_of("Fictive, Ada", "CS 501 A and CS 101 B"), line_of("Sample, Bram", "CS 101 und MATH 1")
    ada, bram = planned(cast, both, single)[:2]
    assert ada.after["section"] == "CS 501"
    assert ada.note == "Is in CS 501 and CS 101; CS 501 counts, since it stands first."
    assert bram.note == ""


def test_of_two_rows_about_one_person_the_first_counts_and_the_other_says_so(cast):
    first, second = planned(cast, ADA, line_of("Fictive, Ada", "CS 501 A", login="Ada.Fictive"))[:2]
    assert (first.kind, second.kind) == (Kind.CHANGED, Kind.NOT_UNDERSTOOD)
    assert second.note == "The address ada.fictive@students.example.edu is on line 3 already, and that line counts."


def test_a_row_of_guessed_letters_says_so_and_one_of_lost_letters_is_left_out(cast):
    lines = file_of(line_of("Sample, Br\xe4m", login="bram"), line_of("Sample, Br\x81m", login="brom"))
    guessed, lost = plan(cast.course, gradebook.read(lines.decode().encode("latin-1")), drops=False)
    assert (guessed.kind, guessed.note) == (Kind.ADDED, roster_plan.GUESSED)
    assert lost.kind == Kind.NOT_UNDERSTOOD and "letters that cannot be read" in lost.note


def test_an_address_of_a_domain_beyond_ascii_is_kept_in_the_form_that_mail_needs(cast):
    (change,) = planned(cast, line_of("Fictive, Ada", login="ada@b\xfccher.example"))[:1]
    assert change.email == "ada@xn--bcher-kva.example"
    again = planned(cast, line_of("Fictive, Ada", login="Ada@xn--bcher-kva.example"))
    assert again[0].email == change.email


def test_a_person_is_renamed_by_the_roster_of_their_only_active_course(cast):
    other = make_course("cs202-s24")
    renaming = line_of("Fictive, Ada Maria", login="ada.fictive")
    assert planned(cast, renaming)[0].after["name"] == "Ada Maria Fictive"
    elsewhere = enroll(other, "Ada Fictive")
    assert planned(cast, renaming)[0].after["name"] == "Ada Fictive"
    before = cast.course.starts_on - timedelta(days=1)
    Course.objects.filter(pk=other.pk).update(starts_on=before, ends_on=before)
    assert planned(cast, renaming)[0].after["name"] == "Ada Maria Fictive"
    Course.objects.filter(pk=other.pk).update(starts_on=cast.course.starts_on, ends_on=cast.course.ends_on)
    Enrollment.objects.filter(pk=elsewhere.pk).update(dropped_at=NOON)
    assert planned(cast, renaming)[0].after["name"] == "Ada Maria Fictive"


def test_someone_who_is_called_otherwise_than_the_roster_lists_them_stays_so(cast):
    User.objects.filter(pk=cast.student.user.pk).update(name="Addie Fictive")
    Enrollment.objects.filter(pk=cast.student.pk).update(canvas_section="CS 101 A: Invented Computing")
    (change,) = planned(cast, ADA)
    assert (change.kind, change.after["name"]) == (Kind.UNCHANGED, "Addie Fictive")
