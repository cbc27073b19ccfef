"""Hand-outs from before the portal, or beside it: a CSV with login, code, fulfilled_at and channel."""

import csv
import io
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.views.decorators.debug import sensitive_variables

from accounts.domain.clock import clock
from accounts.errors import DomainError
from accounts.models import User
from courses.models import Course, Enrollment, Role
from credits.domain import audit, code_lists, grants, requests, vault
from credits.domain.vault import Secret
from credits.models import Channel, CreditCode, CreditPool, Grant

COLUMNS = ("login", "code", "fulfilled_at", "channel")
Cells = dict[str, str]


@dataclass
class GrantsReport:
    """What an import of hand-outs did; `problems` by line, and then nothing was written."""

    added: int = 0
    there: int = 0
    problems: list[str] = field(default_factory=list)


@sensitive_variables()
def import_grants(course: Course, content: bytes, *, by: User | None, now: datetime) -> GrantsReport:
    """Record past hand-outs: fulfilled and revealed when the file says so. All rows, or none if one is not understood.

    The same file again adds nothing. Raises DomainError for a file that is no such table.
    """
    lines = _lines(content)
    report = GrantsReport()
    with audit.logged(course, now=now, **audit.ids_of(None, None, by)):
        new = _understood(lines, _Known(course, [_mark_of(cells) for _, cells in lines]), report, now)
        if report.problems:
            return report
        for grant in new:
            at = grant.fulfilled_at
            CreditCode.objects.filter(pk=grant.code_id).update(state=CreditCode.State.GIVEN, given_at=at)
            grant.save()
            grants.note(grant, "past hand-out imported", by, now, f"{grant.channel}, {at.astimezone(UTC).isoformat()}")
            requests.close_served(grant.pool, grant.enrollment, by=by, now=now)
        report.added = len(new)
    return report


@sensitive_variables()
def _lines(content: bytes) -> list[tuple[int, Cells]]:
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), restval="")
        rows = [(reader.line_num, row) for row in reader]
    except (UnicodeDecodeError, csv.Error):
        raise DomainError("This file cannot be read as CSV (UTF-8), so nothing was written.") from None
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or [])]
    if missing:
        raise DomainError(f"The column {missing[0]} is missing; a file of hand-outs has {', '.join(COLUMNS)}.")
    return rows


@sensitive_variables()
def _mark_of(cells: Cells) -> str:
    return vault.fingerprint(code_lists.tidied(Secret(cells["code"])))


class _Known:
    def __init__(self, course: Course, marks: list[str]) -> None:
        people = course.enrollments.filter(role=Role.STUDENT).exclude(login="").select_related("user")
        self.people = {person.login.lower(): person for person in people}
        found = CreditCode.objects.filter(pool__course=course, fingerprint__in=marks).select_related("pool", "grant")
        self.codes = {code.fingerprint: code for code in found}
        self.seen: set[str] = set()
        self.taken: dict[tuple[int, int], set[int]] = defaultdict(set)  # numbers of the codes that a student has
        for pool, person, number in grants.of_course(course).values_list("pool", "enrollment", "number"):
            self.taken[pool, person].add(number)

    def next_number(self, pool: CreditPool, person: Enrollment) -> int:
        taken = self.taken[pool.pk, person.pk]
        number = grants.next_number(pool, taken)
        if number is None:
            raise DomainError(f"{person.login} would have {len(taken) + 1} codes of {pool}.")
        taken.add(number)
        return number


@sensitive_variables()
def _understood(lines: list[tuple[int, Cells]], known: _Known, report: GrantsReport, now: datetime) -> list[Grant]:
    """The new hand-outs, not stored yet; the report says of the others whether they are there or what is wrong."""
    new = []
    for line, cells in lines:
        try:
            grant = _grant_of(cells, known, now)
        except DomainError as error:
            report.problems.append(f"line {line}: {error.message}")
            continue
        if grant is None:
            report.there += 1
        else:
            new.append(grant)
    return new


@sensitive_variables()
def _grant_of(cells: Cells, known: _Known, now: datetime) -> Grant | None:
    """The hand-out of a row; None if it is there already.

    Raises DomainError without any cell: in a row that slipped by a column a code may stand in each.
    """
    person = known.people.get(cells["login"].strip().lower())
    if person is None:
        raise DomainError("the login is none of a student of this course.")
    code = _code_of(cells, known)
    channel, at = cells["channel"].strip(), _instant(cells["fulfilled_at"])
    if channel not in Channel.values:
        raise DomainError(f"the channel is not known; known are {', '.join(Channel.values)}.")
    if at > now:
        raise DomainError("fulfilled_at is yet to come.")
    earlier = getattr(code, "grant", None)
    if earlier is not None and earlier.enrollment_id == person.pk:
        return None
    if earlier is not None or code.state != CreditCode.State.FREE:
        raise DomainError("this code is somebody else's, or faulty.")
    number = known.next_number(code.pool, person)
    shown: dict[str, object] = {"fulfilled_at": at, "revealed_at": at, "is_open": False, "openings": 0}
    return Grant(pool=code.pool, enrollment=person, number=number, code=code, channel=channel, **shown)


@sensitive_variables()
def _code_of(cells: Cells, known: _Known) -> CreditCode:
    mark = _mark_of(cells)
    if mark not in known.codes:
        raise DomainError("this code is in none of the course's pools; import the codes first.")
    if mark in known.seen:
        raise DomainError("this code stands in an earlier row already.")
    known.seen.add(mark)
    return known.codes[mark]


@sensitive_variables()
def _instant(cell: str) -> datetime:
    try:
        return clock(cell.strip())
    except DomainError:
        raise DomainError("fulfilled_at is no time with its zone; write it like 2023-11-27T09:00-08:00.") from None
