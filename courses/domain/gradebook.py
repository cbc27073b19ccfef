"""Canvas' gradebook CSV: which people it lists, line by line, and a section's students written in the same columns.

Canvas sites differ in encoding, delimiter and columns; what cannot be read is refused with its line.
"""

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from django.conf import settings

from accounts.errors import DomainError
from accounts.models import name_of
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
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]+")  # what no name holds, and no header of a letter may
BOM = "\ufeff"
DELIMITER_HINT = re.compile(r'"?sep=.', re.IGNORECASE)  # a first line for spreadsheet programs
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
    is_guessed: bool = False  # its letters beyond ASCII: the file does not say in which encoding it is

    @property
    def name(self) -> str:
        return name_of(self.sort_name)[:200]


def read(content: bytes) -> list[RosterRow]:
    """The people of a gradebook file; the test student and Canvas' own rows are left out.

    Raises DomainError with the line where there is one: too large, no text, columns missing, quotes that do
    not close, nobody in it.
    """
    text, is_guessed = _text_of(content)
    delimiter, header = _header_of(text)
    lines = [line for line in _lines(text, delimiter) if line[0] > header[0]]
    people = [row for line in lines if (row := _row(line, header[1], is_guessed))]
    if not people:
        raise DomainError(f"The file has its header but lists nobody. {KEPT}")
    if len(people) > MAX_PEOPLE:
        raise DomainError(f"The file lists {len(people):,} people; a course takes at most {MAX_PEOPLE:,}. {KEPT}")
    return people


def write_csv(course: Course, sections: Iterable[Section]) -> str:
    """The active students of these sections in the order in which they came, in Canvas' columns.

    Reading the file again gives the same people, ids and sections.
    """
    students = course.enrollments.students().filter(section__in=sections).select_related("user", "section")
    rows = [
        (
            person.user.sort_name or person.user.name,
            person.canvas_id,
            person.sis_user_id,
            person.login or person.user.email,
            person.canvas_section or (person.section.code if person.section else ""),
        )
        for person in students.order_by("pk")
    ]
    return spreadsheet([HEADER, POINTS_ROW, *rows])


def spreadsheet(rows: Iterable[Iterable[object]]) -> str:
    """A CSV text that spreadsheet programs open with its letters right, and of which they run nothing."""
    out = io.StringIO()
    out.write(BOM)
    csv.writer(out, lineterminator="\n").writerows(
        [neutral(cell) if isinstance(cell, str) else cell for cell in row] for row in rows
    )
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


def _text_of(content: bytes) -> tuple[str, bool]:
    """The text, its letters composed, and whether its encoding is a guess."""
    check_size(len(content))
    text, is_guessed = _decode(content)
    text = unicodedata.normalize("NFC", text).lstrip(BOM)
    if "\0" in text:
        raise DomainError(f"This is not a text file. {KEPT} Give the CSV file that Canvas' gradebook exports.")
    if not text.strip():
        raise DomainError(f"The file is empty. {KEPT}")
    return text, is_guessed


def _decode(content: bytes) -> tuple[str, bool]:
    """What is no Unicode is taken for Western European: which of the many others it is, no file says."""
    is_utf_16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return content.decode("utf-16" if is_utf_16 else "utf-8"), False
    except UnicodeDecodeError:
        return "\0" if is_utf_16 else content.decode("cp1252", errors="replace"), True


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
    first, *others = [line for line in text.splitlines() if line.strip()]
    hint = DELIMITER_HINT.match(first)
    first = others[0] if hint and others else first
    delimiter = max(DELIMITERS, key=lambda mark: len(_columns(first.split(mark))))
    lines = _lines(text, delimiter)
    line, cells = next(islice(lines, 1 if hint else 0, None), (1, []))
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


def _row(line: Line, columns: dict[str, int], is_guessed: bool) -> RosterRow | None:
    """The person of a row; None for the rows that Canvas adds (points possible, manual posting, test student)."""
    number, cells = line
    found = {column: plain(cells[place]) for column, place in columns.items() if place < len(cells)}
    if "last" in columns and "first" in columns:
        found["student"] = ", ".join(part for part in (found.get("last"), found.get("first")) if part)
    known = {column: found.get(column, "") for column in ("login", "canvas_id", "sis_user_id", "section")}
    is_guessed = is_guessed and not "".join(found.values()).isascii()
    name = " ".join(CONTROL.sub(" ", found.get("student", "")).split())
    row = RosterRow(number, name, **known, is_guessed=is_guessed)
    is_canvas_own = row.sort_name.lower() in {POINTS, TEST_STUDENT}
    is_blank = not (row.sort_name or row.login or row.canvas_id)
    return None if is_canvas_own or is_blank else row
