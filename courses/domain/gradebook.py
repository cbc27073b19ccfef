"""Canvas' gradebook CSV: which people it lists, line by line, and a section's students written in the same columns.

Canvas sites differ in encoding, delimiter and columns; what cannot be read is refused with its line.
"""

import codecs
import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from django.conf import settings

from accounts.errors import DomainError
from courses.models import Course, Section

MAX_PEOPLE = 5_000
DELIMITERS = (",", ";", "\t")
TEST_STUDENT = "student, test"
POINTS = "points possible"  # of the row that says what each column is worth
COLUMNS = {  # header cell in small letters without spaces -> what it holds
    "student": "student",
    "lastname": "last",
    "firstname": "first",
    "id": "canvas_id",
    "sisuserid": "sis_user_id",
    "sisloginid": "login",
    "section": "section",
}
REQUIRED = {"student": "Student", "canvas_id": "ID", "login": "SIS Login ID", "section": "Section"}
KEPT = "Nothing was changed."
HEADER = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
POINTS_ROW = ("    Points Possible", "", "", "", "")
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # how a cell begins that a spreadsheet program would run

Line = tuple[int, list[str]]  # the line of the file (from 1) on which a row begins, and its cells


@dataclass(frozen=True)
class RosterRow:
    """One person as a roster file lists them; `line` counts from 1."""

    line: int
    sort_name: str
    login: str
    canvas_id: str
    sis_user_id: str
    section: str  # the cell as Canvas wrote it

    @property
    def name(self) -> str:
        """The name as it is spoken: "Fictive, Ada" is "Ada Fictive"."""
        last, _, first = self.sort_name.partition(",")
        return f"{first.strip()} {last.strip()}".strip()


def read(content: bytes) -> list[RosterRow]:
    """The people of a gradebook file; the test student and Canvas' own rows are left out.

    Raises DomainError with the line where there is one: too large, no text, columns missing, quotes that do
    not close, a login twice, nobody in it.
    """
    text = _text_of(content)
    delimiter, header = _header_of(text)
    people = [row for line in _lines(text, delimiter) if line[0] > header[0] and (row := _row(line, header[1]))]
    if not people:
        raise DomainError(f"The file has its header but lists nobody. {KEPT}")
    if len(people) > MAX_PEOPLE:
        raise DomainError(f"The file lists {len(people):,} people; a course takes at most {MAX_PEOPLE:,}. {KEPT}")
    _refuse_duplicates(people)
    return people


def write_csv(course: Course, sections: Iterable[Section]) -> str:
    """The active students of these sections in the order in which they came, in Canvas' columns.

    No cell can be taken for a formula; reading the file again gives the same people, ids and sections.
    """
    students = course.enrollments.students().filter(section__in=sections).select_related("user", "section")
    out = io.StringIO()
    sheet = csv.writer(out, lineterminator="\n")
    sheet.writerows([HEADER, POINTS_ROW])
    for person in students.order_by("pk"):
        code = person.section.code if person.section else ""
        cells = (
            person.user.sort_name or person.user.name,
            person.canvas_id,
            person.sis_user_id,
            person.login or person.user.email,
            person.canvas_section or code,
        )
        sheet.writerow([neutral(cell) for cell in cells])
    return out.getvalue()


def neutral(cell: str) -> str:
    """The cell such that no spreadsheet takes it for a formula: an apostrophe goes before it."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def plain(cell: str) -> str:
    """The cell as it was before `neutral`, without spaces around it."""
    return cell[1:].strip() if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell.strip()


def check_size(size: int) -> None:
    limit = settings.ROSTER_MAX_BYTES
    if size > limit:
        raise DomainError(
            f"The file has {size / 2**20:.1f} MB; a roster has at most {limit / 2**20:.0f} MB. {KEPT} "
            "Export the gradebook from Canvas again and give that file."
        )


def _text_of(content: bytes) -> str:
    check_size(len(content))
    try:
        text = _decode(content)
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise DomainError(f"This is not a text file. {KEPT} Give the CSV file that Canvas' gradebook exports.")
    if not text.strip():
        raise DomainError(f"The file is empty. {KEPT}")
    return text


def _decode(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252")


def _lines(text: str, delimiter: str) -> Iterator[Line]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise DomainError(f"Line {line}: the row cannot be read ({error}). Look at its quotes. {KEPT}") from error


def _header_of(text: str) -> tuple[str, tuple[int, dict[str, int]]]:
    """The delimiter of the file, the line of its header, and at which place each column stands."""
    first = next(line for line in text.lstrip("\r\n").splitlines() if line.strip())
    delimiter = max(DELIMITERS, key=lambda mark: len(_columns(first.split(mark))))
    line, cells = next(_lines(text, delimiter), (1, []))
    columns = _columns(cells)
    if "last" in columns and "first" in columns:
        columns.setdefault("student", columns["last"])
    missing = [label for column, label in REQUIRED.items() if column not in columns]
    if missing:
        names = ", ".join(f"“{label}”" for label in missing)
        raise DomainError(
            f"Line {line}: the header lacks {names}. {KEPT} Export the whole gradebook from Canvas and give that file."
        )
    return delimiter, (line, columns)


def _columns(header: list[str]) -> dict[str, int]:
    """At which place each known column stands; the first of that name counts."""
    places: dict[str, int] = {}
    for place, cell in enumerate(header):
        column = COLUMNS.get(cell.strip().strip('"').replace(" ", "").lower())
        if column:
            places.setdefault(column, place)
    return places


def _row(line: Line, columns: dict[str, int]) -> RosterRow | None:
    """The person of a row; None for the rows that Canvas adds (points possible, manual posting, test student)."""
    number, cells = line
    found = {column: plain(cells[place]) for column, place in columns.items() if place < len(cells)}
    if "last" in columns and "first" in columns:
        found["student"] = ", ".join(part for part in (found.get("last"), found.get("first")) if part)
    row = RosterRow(
        number,
        found.get("student", ""),
        *(found.get(column, "") for column in ("login", "canvas_id", "sis_user_id", "section")),
    )
    is_canvas_own = row.sort_name.lower() in {POINTS, TEST_STUDENT}
    is_blank = not (row.sort_name or row.login or row.canvas_id)
    return None if is_canvas_own or is_blank else row


def _refuse_duplicates(people: list[RosterRow]) -> None:
    with_login = sorted((row for row in people if row.login), key=lambda row: (row.login.lower(), row.line))
    groups = [list(rows) for _, rows in groupby(with_login, key=lambda row: row.login.lower())]
    twice = sorted((rows for rows in groups if len(rows) > 1), key=lambda rows: rows[0].line)
    if twice:
        named = "; ".join(f"{rows[0].login} on lines {_and(rows)}" for rows in twice[:10])
        more = f"; and {len(twice) - 10} more" if len(twice) > 10 else ""
        raise DomainError(f"Students are in the file twice: {named}{more}. {KEPT} Keep one row each and give it again.")


def _and(rows: list[RosterRow]) -> str:
    return " and ".join(str(row.line) for row in rows)
