import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from courses.domain import roster
from courses.models import RosterImport
from courses.tests.rosters import crowd, file_of, line_of
from portal.testing import NOON, Cast, client_of, enroll, make_course

State = RosterImport.State
BRAM = line_of("Sample, Bram")


def at(cast: Cast, name: str, *args: int) -> str:
    return reverse(name, args=[cast.course.slug, *args])


def upload(cast: Cast, content: bytes):
    file = SimpleUploadedFile("grades.csv", content)
    return client_of(cast.instructor).post(at(cast, "roster_upload"), {"file": file})


@pytest.fixture
def preview(cast):
    return roster.preview(cast.course, "grades.csv", file_of(BRAM), by=cast.instructor.user, now=NOON)


def test_staff_see_people_by_section_and_a_student_does_not(cast):
    page = client_of(cast.assistant).get(at(cast, "roster"))
    for text in (
        "CS 101: 1 student, CS 501: 1 student, 2 staff",
        "Fictive, Ada",
        "Placeholder, Timo",
        "Instructor, Wren",
    ):
        assert text in page.text
    assert client_of(cast.student).get(at(cast, "roster")).status_code == 403
    assert client_of(cast.stranger).get(at(cast, "roster")).status_code == 404


def test_a_search_keeps_whom_it_finds_and_says_when_it_finds_nobody(cast):
    client = client_of(cast.assistant)
    page = client.get(at(cast, "roster"), {"q": "ada"}).text
    assert "Fictive, Ada" in page
    assert "Placeholder, Timo" not in page
    assert "Nobody is called “zzz”" in client.get(at(cast, "roster"), {"q": "zzz"}).text


def test_an_empty_course_teaches_the_first_step(cast):
    cast.course.enrollments.exclude(pk=cast.instructor.pk).delete()
    assert "No students yet" in client_of(cast.instructor).get(at(cast, "roster")).text


@pytest.mark.parametrize("more", [1, 3])
def test_the_roster_takes_the_same_queries_however_many_people_and_files(cast, more, django_assert_num_queries):
    for number in range(more):
        enroll(cast.course, f"Ann Number{number}")
        made = roster.preview(cast.course, "r.csv", crowd(1), by=cast.instructor.user, now=NOON)
        RosterImport.objects.filter(pk=made.pk).update(state=State.UNDONE)
    client = client_of(cast.assistant)
    with django_assert_num_queries(6):
        client.get(at(cast, "roster"))


def test_a_file_leads_to_its_preview_and_writes_nobody(cast):
    answer = upload(cast, file_of(BRAM, line_of("Odd, Row", "MATH 101")))
    made = RosterImport.objects.get()
    assert answer.url == at(cast, "roster_import", made.pk)
    page = client_of(cast.instructor).get(answer.url).text
    for text in ("Apply: adds 1", "The file lists 0 of 1 student of CS 101", "Line 4.", "Sample, Bram"):
        assert text in page
    assert not cast.course.enrollments.filter(login="bram.sample").exists()


def test_a_section_of_which_the_file_holds_less_than_half_loses_nobody_unless_it_is_ticked(cast):
    enroll(cast.course, "Ben Invented")
    answer = upload(cast, file_of(BRAM))
    made, browser = RosterImport.objects.get(), client_of(cast.instructor)
    page = browser.get(answer.url).text
    assert "Apply: adds 1</button>" in page and "kept: it lists 0 of 2 in CS 101" in page
    assert "The file lists 0 of 2 students of CS 101; who is not in it stays." in page
    refused = browser.post(at(cast, "roster_apply", made.pk), {"drop_from": "CS 999"}, follow=True).text
    assert "drops nobody from CS 999" in refused
    assert RosterImport.objects.get().state == State.PREVIEWED
    page = browser.post(at(cast, "roster_apply", made.pk), follow=True).text
    assert "Applied: 1 added." in page and "Not in the file, and kept: it lists 0 of 2 in CS 101." in page
    assert cast.course.enrollments.students().count() == 4
    upload(cast, file_of(BRAM))
    again = RosterImport.objects.filter(state=State.PREVIEWED).get()
    browser.post(at(cast, "roster_apply", again.pk), {"drop_from": "CS 101"})
    students = cast.course.enrollments.students().filter(section__code="CS 101")
    assert list(students.values_list("login", flat=True)) == ["bram.sample"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"Student,ID,Section\nA,1,CS 101\n", "the header lacks “SIS Login ID”"),
        (b"\x89PNG\0\0", "This is not a text file"),
        (b"x" * 20 * 2**20, "The file has 20.0 MB"),
        (b"", "The file is empty"),
    ],
    ids=["columns", "binary", "large", "empty"],
)
def test_a_bad_file_is_refused_on_the_same_page_and_nothing_is_kept(cast, content, message):
    answer = upload(cast, content)
    assert answer.status_code == 422
    assert message in answer.text
    assert not RosterImport.objects.exists()


def test_no_file_at_all_is_said(cast):
    answer = client_of(cast.instructor).post(at(cast, "roster_upload"))
    assert answer.status_code == 422
    assert "Choose the CSV file first." in answer.text


def test_applying_shows_what_was_done_and_undo_goes_back(cast, preview):
    client = client_of(cast.instructor)
    page = client.post(at(cast, "roster_apply", preview.pk), {"drop_from": "CS 101"}, follow=True).text
    assert "Applied: 1 added, 1 dropped." in page
    assert "Undo: drops the 1 added, brings 1 back" in page
    page = client.post(at(cast, "roster_undo", preview.pk), follow=True).text
    assert "Undone: it had 1 added, 1 dropped." in page


def test_a_dropped_student_loses_access_at_once(cast, preview):
    client = client_of(cast.student)
    assert client.get(at(cast, "roster")).status_code == 403
    roster.apply(preview, now=NOON, drop_from=["CS 101"])
    assert client.get(at(cast, "roster")).status_code == 404


def test_two_clicks_apply_once(cast, preview):
    client = client_of(cast.instructor)
    for _ in range(2):
        assert client.post(at(cast, "roster_apply", preview.pk)).status_code == 302
    assert cast.course.enrollments.filter(login="bram.sample").count() == 1


def test_a_roster_that_cannot_be_undone_says_why_on_the_page_it_came_from(cast, preview):
    page = client_of(cast.instructor).post(
        at(cast, "roster_undo", preview.pk),
        headers={"referer": "http://testserver" + at(cast, "roster_import", preview.pk)},
        follow=True,
    )
    assert "This roster is not applied yet" in page.text


def test_an_assistant_looks_but_does_not_apply(cast, preview):
    client = client_of(cast.assistant)
    page = client.get(at(cast, "roster_import", preview.pk)).text
    assert "an instructor can: adds 1." in page
    assert '<button class="button primary">Apply' not in page
    for name in ("roster_apply", "roster_undo"):
        assert client.post(at(cast, name, preview.pk)).status_code == 403
    assert client.get(at(cast, "roster_upload")).status_code == 403


def test_a_roster_of_another_course_is_not_found(cast):
    other = make_course("cs202-s24")
    made = roster.preview(other, "r.csv", file_of(BRAM), by=None, now=NOON)
    client = client_of(cast.instructor)
    assert client.get(at(cast, "roster_import", made.pk)).status_code == 404
    assert client.post(at(cast, "roster_apply", made.pk)).status_code == 404


def test_nothing_to_apply_shows_no_button(cast):
    made = roster.preview(cast.course, "r", file_of(BRAM), by=None, now=NOON)
    roster.apply(made, now=NOON, drop_from=["CS 101"])
    page = client_of(cast.instructor).get(upload(cast, file_of(BRAM)).url).text
    assert "Nothing to apply: the roster is as the file says." in page
    assert "Apply:" not in page


@pytest.mark.parametrize("size", [1, 3])
def test_a_preview_takes_the_same_queries_however_many_rows(cast, size, django_assert_num_queries):
    made = roster.preview(cast.course, "r.csv", crowd(size), by=cast.instructor.user, now=NOON)
    client = client_of(cast.assistant)
    with django_assert_num_queries(6):
        client.get(at(cast, "roster_import", made.pk))


def test_a_file_that_is_not_utf_8_is_warned_of_before_it_is_applied(cast):
    odd = file_of(BRAM, line_of("Fictiv\xe9, Zo\xeb", login="zoe")).decode().encode("mac-roman")
    page = client_of(cast.instructor).get(upload(cast, odd).url).text
    assert "look at the names of the 1 marked row." in page
    assert "Line 4. The file is not in UTF-8: are these letters right?" in page
    assert not cast.course.enrollments.filter(login="zoe").exists()
