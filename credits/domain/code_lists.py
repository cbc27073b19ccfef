"""Lists of codes as they come (a CSV, a column of a sheet, lines of a mail), and what is a code in them."""

import csv
import io
import re
import unicodedata
from collections import Counter

from django.views.decorators.debug import sensitive_variables

from accounts.errors import DomainError
from credits.domain import vault
from credits.domain.vault import Secret
from credits.models import LONGEST, SHORTEST

# "code", "promo_code", "PromoCode", "Voucher number"; no code of six characters and more is such words.
HEADING = re.compile(r"[a-z ]*(code|voucher|coupon)s?( (numbers?|no|ids?))?")
FORMULA = re.compile(r'="(.*)"|\'(.*)')  # how spreadsheets keep a cell as text
LIST_MARK = re.compile(r"\d{1,5}[.)] +|[-*•·]+ *")
MOST_ROWS = 10_000


@sensitive_variables()
def read(content: bytes) -> list[tuple[int, Secret]]:
    """The codes of a list, tidied, with their lines; the column headed "code" or the like, or the only one.

    Raises DomainError for what is no such list.
    """
    lines = _lines(content)
    headings = [place for place, cell in enumerate(lines[0][1]) if _is_heading(cell)]
    if len(headings) > 1:
        raise DomainError("Several columns here are headed as codes, so nothing was read. Leave one of them.")
    filled = {place for _, cells in lines for place, cell in enumerate(cells) if cell.strip()}
    if not headings and len(filled) > 1:
        raise DomainError('There are several columns here and none is headed "code", so nothing was read.')
    column = headings[0] if headings else filled.pop()
    lines = lines[1:] if headings else lines
    if len(lines) > MOST_ROWS:
        raise DomainError(f"There are {len(lines)} rows here; at most {MOST_ROWS:,} are read at once.")
    return [(line, tidied(Secret(cells[column] if column < len(cells) else ""))) for line, cells in lines]


@sensitive_variables()
def _lines(content: bytes) -> list[tuple[int, list[str]]]:
    """The rows that hold anything, with their lines; there is one at least."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DomainError("This file is not in UTF-8, so nothing was read. Save it as CSV (UTF-8).") from None
    first = text.strip().partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
    try:
        lines = [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except csv.Error as error:
        raise DomainError(f"Line {reader.line_num} cannot be read: {error}. Nothing was read.") from None
    if not lines:
        raise DomainError("There is no code here; write one code a line.")
    return lines


def _is_heading(cell: str) -> bool:
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|[_.-]+", " ", cell)
    return HEADING.fullmatch(" ".join(words.lower().split())) is not None


@sensitive_variables()
def tidied(cell: Secret) -> Secret:
    """A code as it can be pasted at AWS: plain dashes and spaces, nothing invisible, no marks of a list round it."""
    letters = unicodedata.normalize("NFKC", cell.show())
    plain = {"Pd": "-", "Zs": " ", "Cf": ""}
    text = "".join(plain.get(unicodedata.category(letter), letter) for letter in letters).strip()
    text = LIST_MARK.sub("", text, count=1) if LIST_MARK.match(text) else text
    if formula := FORMULA.fullmatch(text):
        text = formula[1] or formula[2] or ""
    return Secret(text.strip(' ,;"'))


@sensitive_variables()
def problem_of(code: Secret) -> str:
    """Why this is no code; empty if it may be one."""
    length = _length(code)
    if not SHORTEST <= length <= LONGEST:
        return f"{length} letters and digits; a code has {SHORTEST} to {LONGEST}"
    if sum(_length(Secret(part)) >= SHORTEST for part in code.show().split()) > 1:
        return "looks like several codes; write one a line"
    return "" if code.show().isprintable() else "a character in it cannot be printed"


@sensitive_variables()
def doubts_about(codes: list[Secret]) -> list[str]:
    """Why each code of a list may be none, by itself or since it is unlike most others; empty where none is doubted."""
    usual = Counter(map(_length, codes)).most_common(1)
    length = usual[0][0] if usual and usual[0][1] * 2 > len(codes) else None
    have_digits = sum(map(_has_digit, codes)) * 2 > len(codes)
    return [_doubt(code, length, have_digits) for code in codes]


@sensitive_variables()
def _doubt(code: Secret, length: int | None, have_digits: bool) -> str:
    text, own = code.show(), _length(code)
    if any(letter.isalnum() and not letter.isascii() for letter in text):
        return "a letter or digit of another alphabet in it"
    if len({len(part) for part in text.split()}) > 1:
        return "parts of unlike length; perhaps more than a code stands here, such as an amount"
    if not all(letter.isalnum() or letter in " -" for letter in text):
        return "a sign in it that codes seldom have"
    if length and own != length:
        return f"{own} letters and digits; most codes here have {length}"
    return "no digit in it" if have_digits and not _has_digit(code) else ""


@sensitive_variables()
def _has_digit(code: Secret) -> bool:
    return any(letter.isdigit() for letter in code.show())


@sensitive_variables()
def _length(code: Secret) -> int:
    return len(vault.folded(code).show())
