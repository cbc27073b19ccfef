"""Hand-outs from before the portal, or beside it: a CSV with login, code, fulfilled_at and channel."""

import csv
import io
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from django.views.decorators.debug import sensitive_variables

from accounts.domain.clock import clock
from accounts.errors import DomainError
from accounts.models import User
from courses.models import Course, Enrollment, Role
from credits.domain import audit, code_lists, grants, requests, vault
from credits.domain.vault import Secret
from credits.models import Channel, CreditCode, Grant

COLUMNS = ("login", "code", "fulfilled_at", "channel")


@dataclass
class GrantsReport:
    """What an import of hand-outs did; `problems` by line, and then nothing was written."""

    added: int = 0
    there: int = 0
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class GrantRow:
    """One hand-out of the file; the code itself is not kept."""

    line: int
    person: Enrollment
    code: CreditCode
    at: datetime
    channel: str
    number: int = 1


@sensitive_variables()
def import_grants(course: Course, content: bytes, *, by: User | None, now: datetime) -> GrantsReport:
    """Record past hand-outs: fulfilled and revealed when the file says so. All rows, or none if one is not understood.

    The same file again adds nothing. Raises DomainError for a file that is no such table.
    """
    lines = _lines(content)
    report = GrantsReport()
    with audit.logged(course, now=now, **audit.ids_of(None, None, by)):
        known = _Known(course, [_code_of(cells) for _, cells in lines])
        rows = [row for line, cells in lines if (row := _understood(line, cells, known, report, now))]
        if report.problems:
            return report
        for row in rows:
            _record(row, by, now)
            requests.close_served(row.code.pool, row.person, by=by, now=now)
        report.added = len(rows)
    return report


@sensitive_variables()
def _lines(content: bytes) -> list[tuple[int, dict[str, str]]]:
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        rows = [(reader.line_num, row) for row in reader]
    except (UnicodeDecodeError, csv.Error):
        raise DomainError("This file cannot be read as CSV (UTF-8), so nothing was written.") from None
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or [])]
    if missing:
        raise DomainError(f"The column {missing[0]} is missing; a file of hand-outs has {', '.join(COLUMNS)}.")
    return rows


class _Known:
    def __init__(self, course: Course, codes: list[Secret]) -> None:
        people = course.enrollments.filter(role=Role.STUDENT).exclude(login="").select_related("user")
        self.people = {person.login.lower(): person for person in people}
        marks = {vault.fingerprint(code) for code in codes}
        found = CreditCode.objects.filter(pool__course=course, fingerprint__in=marks).select_related("pool", "grant")
        self.codes = {code.fingerprint: code for code in found}
        self.seen: set[str] = set()
        self.taken: dict[tuple[int, int], set[int]] = defaultdict(set)  # numbers of the codes that a student has
        for pool, person, number in grants.of_course(course).values_list("pool", "enrollment", "number"):
            self.taken[pool, person].add(number)


@sensitive_variables("cells", "mark")
def _understood(
    line: int, cells: dict[str, str], known: _Known, report: GrantsReport, now: datetime
) -> GrantRow | None:
    """The hand-out of a row; None if it is there already, or not understood, which the report says.

    No cell is ever told: in a row that slipped by a column a code may stand in any.
    """
    try:
        row = _row(line, cells, known, now)
    except DomainError as error:
        report.problems.append(f"line {line}: {error.message}")
        return None
    grant = getattr(row.code, "grant", None)
    if grant is not None and grant.enrollment_id == row.person.pk:
        report.there += 1
        return None
    if grant is not None or row.code.state != CreditCode.State.FREE:
        report.problems.append(f"line {line}: this code is somebody else's, or faulty.")
        return None
    taken = known.taken[row.code.pool_id, row.person.pk]
    number = grants.next_number(row.code.pool, taken)
    if number is None:
        report.problems.append(f"line {line}: {row.person.login} would have {len(taken) + 1} codes of {row.code.pool}.")
        return None
    taken.add(number)
    return replace(row, number=number)


@sensitive_variables("cells", "mark")
def _row(line: int, cells: dict[str, str], known: _Known, now: datetime) -> GrantRow:
    login = (cells["login"] or "").strip().lower()
    if login not in known.people:
        raise DomainError("the login is none of a student of this course.")
    mark = vault.fingerprint(_code_of(cells))
    if mark not in known.codes:
        raise DomainError("this code is in none of the course's pools; import the codes first.")
    if mark in known.seen:
        raise DomainError("this code stands in an earlier row already.")
    known.seen.add(mark)
    channel = (cells["channel"] or "").strip()
    if channel not in Channel.values:
        raise DomainError(f"the channel is not known; known are {', '.join(Channel.values)}.")
    at = _instant(cells["fulfilled_at"] or "")
    if at > now:
        raise DomainError("fulfilled_at is yet to come.")
    return GrantRow(line, known.people[login], known.codes[mark], at, channel)


@sensitive_variables()
def _code_of(cells: dict[str, str]) -> Secret:
    return code_lists.tidied(Secret(cells["code"] or ""))


@sensitive_variables()
def _instant(cell: str) -> datetime:
    try:
        return clock(cell.strip())
    except DomainError:
        raise DomainError("fulfilled_at is no time with its zone; write it like 2023-11-27T09:00-08:00.") from None


def _record(row: GrantRow, by: User | None, now: datetime) -> None:
    CreditCode.objects.filter(pk=row.code.pk).update(state=CreditCode.State.GIVEN, given_at=row.at)
    grant = Grant.objects.create(
        pool=row.code.pool,
        enrollment=row.person,
        number=row.number,
        code=row.code,
        channel=row.channel,
        fulfilled_at=row.at,
        revealed_at=row.at,
        is_open=False,
        openings=0,
    )
    words = f"{row.channel}, {row.at.astimezone(UTC).isoformat()}"
    grants.note(grant, "past hand-out imported", by, now, words)
