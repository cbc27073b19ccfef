"""Codes come in: read row by row, compared by fingerprint, sealed one by one; no row of a report shows a code."""

import base64
import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from django.db import IntegrityError
from django.db.models import Max
from django.views.decorators.debug import sensitive_variables

from accounts.errors import DomainError
from accounts.models import User
from credits.domain import audit, requests, vault
from credits.domain.vault import Secret
from credits.models import LONGEST, SHORTEST, CreditCode, CreditPool

HEADING = re.compile(r"[a-z ]*\bcodes?")  # "code", "Promo Code"; no code of six characters and more is such words
MOST_ROWS = 10_000


class RowOutcome(StrEnum):
    NEW = "new"
    TWICE = "twice in this file"
    IN_POOL = "in this pool already"
    ELSEWHERE = "in another pool already"
    NOT_A_CODE = "not a code"


@dataclass(frozen=True)
class CodeRow:
    """One row of a file, by its number; what stands in it is told to nobody. `why` of a new one is a doubt."""

    line: int
    outcome: RowOutcome
    why: str = ""


@dataclass
class CodesReport:
    rows: list[CodeRow] = field(default_factory=list)
    served: int = 0  # people of the waiting list who got a code at once

    @property
    def counts(self) -> Counter[RowOutcome]:
        return Counter(row.outcome for row in self.rows)

    @property
    def new(self) -> int:
        return self.counts[RowOutcome.NEW]

    @property
    def rest(self) -> list[CodeRow]:
        return [row for row in self.rows if row.outcome != RowOutcome.NEW]

    @property
    def doubtful(self) -> list[CodeRow]:
        """The new rows that are unlike the others: to be looked at before they are imported."""
        return [row for row in self.rows if row.outcome == RowOutcome.NEW and row.why]


@sensitive_variables()
def read(content: bytes) -> list[tuple[int, Secret]]:
    """The codes of a CSV or a pasted list, with their line; the column headed "code" or "… code", or the only one.

    Raises DomainError for what is no such list.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DomainError("This file is not in UTF-8, so nothing was read. Save it as CSV (UTF-8).") from None
    lines = list(_lines(text))
    if not lines:
        raise DomainError("There is no code here; write one code a line.")
    columns = [n for n, cell in enumerate(lines[0][1]) if HEADING.fullmatch(cell.strip().lower())]
    if columns:
        column, lines = columns[0], lines[1:]
    elif any(len(row) > 1 for _, row in lines):
        raise DomainError('There are several columns here and none is headed "code", so nothing was read.')
    else:
        column = 0
    if len(lines) > MOST_ROWS:
        raise DomainError(f"There are {len(lines)} rows here; at most {MOST_ROWS:,} are read at once.")
    return [(line, Secret(row[column] if column < len(row) else "")) for line, row in lines]


@sensitive_variables()
def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in first and "," not in first else ",")
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield reader.line_num, row
    except csv.Error as error:
        raise DomainError(f"Line {reader.line_num} cannot be read: {error}. Nothing was read.") from None


@sensitive_variables()
def preview(pool: CreditPool, content: bytes) -> CodesReport:
    audit.refuse_another_key()
    return CodesReport([row for row, _, _ in _judged(pool, content)])


@sensitive_variables()
def import_codes(pool: CreditPool, content: bytes, *, by: User | None, now: datetime) -> CodesReport:
    """Seal the new codes of a list into a pool, and serve those who wait; the same list again adds nothing."""
    audit.refuse_another_key()  # not noted: a row under that key would not fit the chain
    with audit.noted(pool.course, now=now, **audit.ids_of(pool, None, by)):
        report = _imported(pool, content, by, now)
    report.served = requests.serve_waiting(pool, now=now)
    return report


@sensitive_variables()
def _imported(pool: CreditPool, content: bytes, by: User | None, now: datetime) -> CodesReport:
    try:
        with audit.locked(pool.course_id):
            return _import(pool, content, by, now)
    except IntegrityError:  # somebody imported one of these codes into another course this very moment
        with audit.locked(pool.course_id):
            return _import(pool, content, by, now)


@sensitive_variables()
def _import(pool: CreditPool, content: bytes, by: User | None, now: datetime) -> CodesReport:
    judged = _judged(pool, content)
    last = pool.codes.aggregate(last=Max("position"))["last"] or 0
    new = [(code, mark) for row, code, mark in judged if row.outcome == RowOutcome.NEW]
    CreditCode.objects.bulk_create(
        _sealed(pool, code, mark, last + n, now) for n, (code, mark) in enumerate(new, start=1)
    )
    report = CodesReport([row for row, _, _ in judged])
    if new:
        CreditPool.objects.filter(pk=pool.pk).update(low_stock_told_at=None)
        ids = audit.ids_of(pool, None, by)
        audit.note(pool.course_id, audit.IMPORTED, now=now, note=f"{len(new)} codes", **ids)
    return report


@sensitive_variables()
def _sealed(pool: CreditPool, code: Secret, mark: str, position: int, now: datetime) -> CreditCode:
    row = CreditCode(pool=pool, position=position, fingerprint=mark, imported_at=now)
    row.sealed = vault.seal(code, vault.place_of(row.pk, pool.pk))
    row.length = len(vault.folded(code).show())
    return row


@sensitive_variables()
def _judged(pool: CreditPool, content: bytes) -> list[tuple[CodeRow, Secret, str]]:
    read_rows = [(line, _tidy(cell)) for line, cell in read(content)]
    marks = [vault.fingerprint(code) for _, code in read_rows]
    pools = _pools_by(marks)
    seen: set[str] = set()
    judged = []
    for (line, code), mark in zip(read_rows, marks, strict=True):
        judged.append((_fate(pool, line, code, mark, pools, seen), code, mark))
        seen.add(mark)
    return _doubted(judged)


@sensitive_variables()
def _tidy(cell: Secret) -> Secret:
    """A code as it is sealed, so that it can be pasted at AWS: plain dashes and spaces, nothing invisible."""
    letters = unicodedata.normalize("NFKC", cell.show())
    plain = {"Pd": "-", "Zs": " ", "Cf": ""}
    return Secret("".join(plain.get(unicodedata.category(letter), letter) for letter in letters).strip())


@sensitive_variables()
def _doubted(judged: list[tuple[CodeRow, Secret, str]]) -> list[tuple[CodeRow, Secret, str]]:
    """The same, each new code that is unlike most of the list with the doubt."""
    new = [code for row, code, _ in judged if row.outcome == RowOutcome.NEW]
    usual = Counter(len(vault.folded(code).show()) for code in new).most_common(1)
    length = usual[0][0] if usual and usual[0][1] * 2 > len(new) else None
    have_digits = sum(_has_digit(code) for code in new) * 2 > len(new)
    return [
        (replace(row, why=_doubt(code, length, have_digits)) if row.outcome == RowOutcome.NEW else row, code, mark)
        for row, code, mark in judged
    ]


@sensitive_variables()
def _doubt(code: Secret, length: int | None, have_digits: bool) -> str:
    own = len(vault.folded(code).show())
    if length and own != length:
        return f"{own} letters and digits; most codes here have {length}"
    if have_digits and not _has_digit(code):
        return "no digit in it"
    if not all(letter.isalnum() or letter in " -" for letter in code.show()):
        return "a sign in it that codes seldom have"
    return ""


@sensitive_variables()
def _has_digit(code: Secret) -> bool:
    return any(letter.isdigit() for letter in code.show())


@sensitive_variables()
def _fate(pool: CreditPool, line: int, code: Secret, mark: str, pools: dict[str, int], seen: set[str]) -> CodeRow:
    length = len(vault.folded(code).show())
    if not SHORTEST <= length <= LONGEST:
        return CodeRow(line, RowOutcome.NOT_A_CODE, f"{length} letters and digits; a code has {SHORTEST} to {LONGEST}")
    if sum(len(vault.folded(Secret(part)).show()) >= SHORTEST for part in code.show().split()) > 1:
        return CodeRow(line, RowOutcome.NOT_A_CODE, "looks like several codes; write one a line")
    if not code.show().isprintable():
        return CodeRow(line, RowOutcome.NOT_A_CODE, "a character in it cannot be printed")
    if mark in seen:
        return CodeRow(line, RowOutcome.TWICE)
    if mark in pools:
        return CodeRow(line, RowOutcome.IN_POOL if pools[mark] == pool.pk else RowOutcome.ELSEWHERE)
    return CodeRow(line, RowOutcome.NEW)


def _pools_by(marks: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for start in range(0, len(marks), 500):
        rows = CreditCode.objects.filter(fingerprint__in=marks[start : start + 500])
        found |= dict(rows.values_list("fingerprint", "pool_id"))
    return found


@sensitive_variables("content")
def seal_draft(content: bytes, pool: CreditPool, person: User) -> str:
    """A list between its preview and its import, for a hidden field: no page holds it in clear."""
    return vault.seal(Secret(base64.b64encode(content).decode()), _draft_place(pool, person))


@sensitive_variables()
def open_draft(envelope: str, pool: CreditPool, person: User) -> bytes:
    """The list again. Raises VaultError for another person's, another pool's, or a changed one."""
    return base64.b64decode(vault.unseal(envelope, _draft_place(pool, person)).show())


def _draft_place(pool: CreditPool, person: User) -> str:
    return f"import:{pool.pk}:{person.pk}"
