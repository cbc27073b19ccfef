import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from accounts.errors import DomainError
from courses.domain import gradebook
from courses.tests.rosters import DEMO, HEADER, file_of, line_of


def people(content: bytes) -> list[tuple[str, str]]:
    return [(row.login, row.section) for row in gradebook.read(content)]


def refusal(content: bytes) -> str:
    with pytest.raises(DomainError) as caught:
        gradebook.read(content)
    return caught.value.message


ADA = line_of("Fictive, Ada")
PLAIN = file_of(ADA)


@pytest.mark.parametrize(("name", "size"), [("roster-462.csv", 44), ("roster-562.csv", 25)])
def test_the_demo_rosters_hold_their_people_without_the_test_student(name, size):
    rows = gradebook.read((DEMO / name).read_bytes())
    assert len(rows) == size
    assert "Student, Test" not in {row.sort_name for row in rows}


def test_a_row_knows_its_line_its_ids_and_both_forms_of_the_name():
    first = gradebook.read((DEMO / "roster-462.csv").read_bytes())[0]
    assert (first.line, first.sort_name, first.name) == (3, "Fictive, Ada", "Ada Fictive")
    assert (first.canvas_id, first.sis_user_id, first.login) == ("4300001", "2300001", "ada.fictive")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_names_survive_the_encodings_that_spreadsheets_write(encoding):
    content = file_of(line_of("Ünreal, Zoë", login="zoe")).decode().encode(encoding)
    assert gradebook.read(content)[0].name == "Zoë Ünreal"


@pytest.mark.parametrize("mark", [";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_semicolons_tabs_and_any_line_end_are_read_as_commas_are(mark, newline):
    content = PLAIN.decode().replace(", ", "\0").replace(",", mark).replace("\0", ", ").replace("\n", newline)
    assert gradebook.read(content.encode()) == gradebook.read(PLAIN)


def test_optional_columns_may_be_absent_or_in_any_order_and_a_manual_posting_row_is_skipped():
    content = (
        b"Section,Integration ID,SIS Login ID,Quiz (3),ID,Student,Root Account\n"
        b',,,Manual Posting,,,\n,,,10,,    Points Possible,\nCS 101,i1,ada.fictive,EX,77,"Fictive, Ada",root\n'
    )
    row = gradebook.read(content)[0]
    assert (row.line, row.section, row.login, row.canvas_id, row.sis_user_id) == (4, "CS 101", "ada.fictive", "77", "")


def test_last_and_first_name_may_stand_in_two_columns():
    header = "LastName,FirstName,ID,SIS Login ID,Section"
    rows = gradebook.read(f"{header}\nFictive,Ada,7,ada.fictive,CS 101\nStudent,Test,8,,CS 101\n".encode())
    assert [(row.sort_name, row.name) for row in rows] == [("Fictive, Ada", "Ada Fictive")]


@pytest.mark.parametrize("lacking", ["Student", "ID", "SIS Login ID", "Section"])
def test_a_missing_column_is_named(lacking):
    header = HEADER.replace(f"{lacking},", "Other,", 1) if lacking != "ID" else HEADER.replace(",ID,", ",Other,")
    assert f"Line 1: the header lacks “{lacking}”." in refusal(file_of(ADA, header=header))


def test_all_missing_columns_are_named_at_once():
    assert "lacks “Student”, “ID”, “SIS Login ID”, “Section”" in refusal(b"name,mail\nAda,ada@example.edu\n")


def test_a_file_over_the_limit_is_refused_with_both_sizes(settings):
    assert "20.0 MB" in refusal(PLAIN + b"x" * (20 * 2**20 - len(PLAIN)))
    settings.ROSTER_MAX_BYTES = len(PLAIN)
    assert people(PLAIN)
    assert "at most" in refusal(PLAIN + b" ")


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", PLAIN + b"\0", b"\xff\xfeS"], ids=repr)
def test_a_binary_file_is_called_no_text_file(content):
    assert refusal(content).startswith("This is not a text file.")


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b" \n\r\n"])
def test_an_empty_file_is_called_empty(content):
    assert refusal(content).startswith("The file is empty.")


def test_a_file_with_only_the_test_student_lists_nobody():
    assert refusal(file_of()).startswith("The file has its header but lists nobody.")


def test_quotes_that_do_not_close_are_refused_with_the_line_where_they_open():
    assert refusal(file_of(ADA, '"Sample, Bram,1,,bram.sample,CS 101,')).startswith("Line 4: the row cannot be read")


def test_a_line_is_counted_where_its_row_begins_though_a_cell_before_it_holds_a_line_break():
    rows = gradebook.read(file_of('"Fictive, Ada",1,,ada.fictive,"CS 101\nevening",', line_of("Sample, Bram")))
    assert [row.line for row in rows] == [3, 5]


def test_more_people_than_a_course_takes_are_refused(monkeypatch):
    monkeypatch.setattr(gradebook, "MAX_PEOPLE", 1)
    assert people(PLAIN) == [("ada.fictive", "CS 101 A: Invented Computing")]
    assert "lists 2 people" in refusal(file_of(ADA, line_of("Sample, Bram")))


NEARLY = st.lists(st.sampled_from([HEADER, ADA, '"', ",", ";", "\n", "\r", "\t", "'=", "Student", "é", "\ufeff"]))


@given(st.binary() | NEARLY.map(lambda parts: "".join(parts).encode()) | st.binary().map(lambda end: PLAIN + end))
@example(b",")
@example(b"\xff\xfe\x00\xd8")
@example(b"\xef\xbb\xbf\r\n\x85,")
@example("Student,ID,SIS Login ID,Section\n\u2028".encode())
@example(b'\x1c\n"')
@example(b'\x0b"\r')
def test_whatever_the_bytes_they_are_read_or_refused_in_words(content):
    try:
        rows = gradebook.read(content)
    except DomainError:
        return
    assert rows
    assert not any("\0" in row.sort_name + row.login + row.section for row in rows)


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_a_cell_that_a_spreadsheet_would_run_is_neutralised_and_read_again_as_it_was(cell):
    assert gradebook.neutral(cell) == f"'{cell}"
    assert gradebook.plain(gradebook.neutral(cell)) == cell.strip()


@pytest.mark.parametrize("cell", ["Fictive, Ada", "'Aumua, Sione", "", "4300001"])
def test_other_cells_stay_as_they_are_both_ways(cell):
    assert gradebook.neutral(cell) == cell == gradebook.plain(cell)


@pytest.mark.parametrize("encoding", ["mac-roman", "cp1250", "gb18030", "shift-jis", "cp1252"])
def test_letters_of_a_file_that_is_not_utf_8_are_marked_as_a_guess(encoding):
    names = {"gb18030": "虚构, 爱达", "shift-jis": "架空, 愛", "cp1250": "Řeka, Łukasz"}
    odd = line_of(names.get(encoding, "Zoé, Ada"), login="zoe")
    rows = gradebook.read(file_of(odd, line_of("Sample, Bram")).decode().encode(encoding))
    assert [row.is_guessed for row in rows] == [True, False]
    assert not any(row.is_guessed for row in gradebook.read(file_of(odd)))


@pytest.mark.parametrize("start", ["\ufeff\ufeff", "sep=,\n", "\ufeffsep=,\r\n", '"sep=,"\n'])
def test_what_programs_put_before_the_header_is_passed_over(start):
    assert people(start.encode() + PLAIN) == people(PLAIN)


def test_a_hint_at_the_delimiter_keeps_lines_numbered_as_the_file_has_them():
    rows = gradebook.read(b"sep=;\n" + PLAIN.replace(b",", b";").replace(b"; ", b", "))
    assert [(row.line, row.login) for row in rows] == [(4, "ada.fictive")]


def test_letters_typed_decomposed_are_composed():
    (row,) = gradebook.read(file_of(line_of("Nu\u0301n\u0303ez, Jose\u0301", login="jose")))
    assert row.name == "José Núñez"


def test_a_table_opens_in_a_spreadsheet_with_its_letters_right_and_runs_nothing():
    written = gradebook.spreadsheet([["Name", "n"], ["Zoë", 3], ["=1+1", -7]])
    assert written.encode("utf-8").startswith(b"\xef\xbb\xbfName,n\n")
    assert written.splitlines()[1:] == ["Zoë,3", "'=1+1,-7"]


def test_a_name_holds_no_line_end_and_no_control_character():
    (row,) = gradebook.read(file_of(line_of("Fic\n tive,\x07 A\x85da", login="ada")))
    assert (row.sort_name, row.name) == ("Fic tive, A da", "A da Fic tive")
