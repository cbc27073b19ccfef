"""Codes come in: compared by fingerprint, sealed one by one; and are sealed anew with a new key."""

import base64
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db import IntegrityError
from django.db.models import Max
from django.views.decorators.debug import sensitive_variables

from accounts.models import User
from credits.domain import audit, code_lists, requests, vault
from credits.domain.vault import Secret
from credits.errors import VaultError
from credits.models import CreditCode, CreditPool

STEP = 100  # codes sealed anew in one transaction


class RowOutcome(StrEnum):
    NEW = "new"
    TWICE = "twice in this file"
    IN_POOL = "in this pool already"
    ELSEWHERE = "in another pool already"
    NOT_A_CODE = "not a code"
    DOUBTFUL = "perhaps no code"


@dataclass
class CodeRow:
    """One row of a list; what stands in it is told to nobody."""

    line: int
    code: Secret
    mark: str = field(repr=False)  # its fingerprint
    outcome: RowOutcome = RowOutcome.NEW
    why: str = ""  # of what is no code, or perhaps none


@dataclass
class CodesReport:
    """What an import does or did, row by row."""

    rows: list[CodeRow]
    served: int = 0  # people of the waiting list who got a code at once

    def of(self, *outcomes: RowOutcome) -> list[CodeRow]:
        return [row for row in self.rows if row.outcome in outcomes]

    @property
    def new(self) -> int:
        return len(self.of(RowOutcome.NEW))

    @property
    def doubtful(self) -> list[CodeRow]:
        """The rows that are imported only by those who looked at them."""
        return self.of(RowOutcome.DOUBTFUL)

    @property
    def rest(self) -> list[CodeRow]:
        return self.of(RowOutcome.TWICE, RowOutcome.IN_POOL, RowOutcome.ELSEWHERE, RowOutcome.NOT_A_CODE)


@sensitive_variables()
def preview(pool: CreditPool, content: bytes, *, also_doubtful: bool = False) -> CodesReport:
    """What importing this would do, row by row; nothing is written."""
    audit.refuse_another_key()
    return CodesReport(_judged(pool, content, also_doubtful))


@sensitive_variables()
def import_codes(
    pool: CreditPool, content: bytes, *, by: User | None, now: datetime, also_doubtful: bool = False
) -> CodesReport:
    """Seal the new codes of a list into a pool, and serve those who wait; the same list again adds nothing.

    `also_doubtful` takes the rows that may be no codes as they stand.
    """
    audit.refuse_another_key()  # not noted: a row under that key would not fit the chain
    ids = audit.ids_of(pool, None, by)
    with audit.noted(pool.course, now=now, **ids):
        try:
            report = _import(pool, content, also_doubtful, ids, now)
        except IntegrityError:  # somebody imported one of these codes into another course this very moment
            report = _import(pool, content, also_doubtful, ids, now)
    report.served = requests.serve_waiting(pool, now=now)
    return report


@sensitive_variables()
def _import(
    pool: CreditPool, content: bytes, also_doubtful: bool, ids: dict[str, int | None], now: datetime
) -> CodesReport:
    with audit.locked(pool.course_id):
        report = CodesReport(_judged(pool, content, also_doubtful))
        last = pool.codes.aggregate(last=Max("position"))["last"] or 0
        new = report.of(RowOutcome.NEW)
        CreditCode.objects.bulk_create(_sealed(pool, row, last + n, now) for n, row in enumerate(new, start=1))
        if new:
            CreditPool.objects.filter(pk=pool.pk).update(low_stock_told_at=None)
            audit.note(pool.course_id, audit.IMPORTED, now=now, note=f"{len(new)} codes", **ids)
    return report


@sensitive_variables()
def _sealed(pool: CreditPool, row: CodeRow, position: int, now: datetime) -> CreditCode:
    code = CreditCode(pool=pool, position=position, fingerprint=row.mark, imported_at=now)
    code.sealed = vault.seal(row.code, vault.place_of(code.pk, pool.pk))
    code.length = len(vault.folded(row.code).show())
    return code


@sensitive_variables()
def _judged(pool: CreditPool, content: bytes, also_doubtful: bool) -> list[CodeRow]:
    rows = [CodeRow(line, code, vault.fingerprint(code)) for line, code in code_lists.read(content)]
    pools, seen = _pools_by([row.mark for row in rows]), set()
    for row in rows:
        row.why = code_lists.problem_of(row.code)
        if row.why:
            row.outcome = RowOutcome.NOT_A_CODE
        elif row.mark in seen:
            row.outcome = RowOutcome.TWICE
        elif row.mark in pools:
            row.outcome = RowOutcome.IN_POOL if pools[row.mark] == pool.pk else RowOutcome.ELSEWHERE
        seen.add(row.mark)
    new = [row for row in rows if row.outcome == RowOutcome.NEW]
    for row, doubt in zip(new, code_lists.doubts_about([row.code for row in new]), strict=True):
        if doubt and not also_doubtful:
            row.outcome, row.why = RowOutcome.DOUBTFUL, doubt
    return rows


def _pools_by(marks: list[str]) -> dict[str, int]:
    """In which pool, of any course, each fingerprint that is known lies."""
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


def codes_by_key() -> dict[str, int]:
    """How many codes each key seals; keys of the ring that seal none too."""
    counts = Counter(_key_of(sealed) for sealed in CreditCode.objects.values_list("sealed", flat=True).iterator())
    return {**dict.fromkeys(vault.ring().sealing, 0), **counts}


def _key_of(envelope: str) -> str:
    try:
        return vault.key_of(envelope)
    except VaultError:
        return "(not an envelope)"


def rotate_keys(*, now: datetime) -> dict[str, int]:
    """Seal anew what another key than the first sealed, while claims and reveals go on; how many were, how many do not
    open. Stopped anywhere it can be run again: what is done is done.
    """
    counts = {"rotated": 0, "unreadable": 0}
    for pool in CreditPool.objects.all():
        for step in _steps(pool):
            with audit.locked(pool.course_id):
                done = [_seal_anew(code) for code in CreditCode.objects.filter(pk__in=step)]
                if sealed := done.count("rotated"):
                    audit.note(pool.course_id, "key rotated", now=now, note=f"{sealed} codes", pool_id=pool.pk)
            for outcome in counts:
                counts[outcome] += done.count(outcome)
    return counts


def _steps(pool: CreditPool) -> Iterator[list[UUID]]:
    first = f"{vault.VERSION}.{vault.ring().first}."
    rows = pool.codes.values_list("pk", "sealed").iterator()  # compared here: LIKE takes k for K on SQLite
    others = [pk for pk, sealed in rows if not sealed.startswith(first)]
    for start in range(0, len(others), STEP):
        yield others[start : start + STEP]


@sensitive_variables()
def _seal_anew(code: CreditCode) -> str:
    place = vault.place_of(code.pk, code.pool_id)
    try:
        sealed = vault.seal(vault.unseal(code.sealed, place), place)
    except VaultError:
        return "unreadable"
    changed = CreditCode.objects.filter(pk=code.pk, sealed=code.sealed).update(sealed=sealed)
    return "rotated" if changed else "changed meanwhile"
