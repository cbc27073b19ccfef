"""What a roster file would do to a course, person by person; nothing is written here.

Each change keeps the person's entry before and after it, so that undo can put the former back.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import TypedDict

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.models import User
from courses.domain.gradebook import RosterRow
from courses.models import Course, Enrollment, Role, RosterChange, Section

Kind = RosterChange.Kind
EFFECTS = (Kind.ADDED, Kind.CHANGED, Kind.DROPPED)
STAFF_NOTE = "Staff of this course, left alone."
JOINED = re.compile(r",?\s+and\s+|\s*,\s*")
LIMITS = {"sort_name": 200, "login": 200, "canvas_id": 40, "sis_user_id": 40, "section": 300}
NAMES = ("name", "sort_name")  # of the person, in every course of theirs
OWN = ("login", "canvas_id", "sis_user_id", "canvas_section")  # of the enrollment


class RosterEntry(TypedDict):
    """A person of a course as a roster sees them; all but the address is blank for someone who is not in it."""

    email: str
    name: str
    sort_name: str
    section: str  # its code
    login: str
    canvas_id: str
    sis_user_id: str
    canvas_section: str
    is_active: bool
    dropped_at: str  # ISO time, or blank


def entry_of(enrollment: Enrollment) -> RosterEntry:
    return RosterEntry(
        email=enrollment.user.email,
        name=enrollment.user.name,
        sort_name=enrollment.user.sort_name,
        section=enrollment.section.code if enrollment.section else "",
        login=enrollment.login,
        canvas_id=enrollment.canvas_id,
        sis_user_id=enrollment.sis_user_id,
        canvas_section=enrollment.canvas_section,
        is_active=enrollment.dropped_at is None,
        dropped_at=enrollment.dropped_at.isoformat() if enrollment.dropped_at else "",
    )


def blank_entry(email: str, user: User | None) -> RosterEntry:
    """Someone who is not in the course; `user` is their account, if there is one."""
    blank = dict.fromkeys(("section", *OWN, "dropped_at"), "")
    name, sort_name = (user.name, user.sort_name) if user else ("", "")
    return RosterEntry(email=email, name=name, sort_name=sort_name, is_active=False, **blank)  # type: ignore[typeddict-item]


def is_same(entry: RosterEntry, other: RosterEntry) -> bool:
    """Whether two entries agree in what the course holds (names belong to the person, not the course)."""
    keys = ("email", "section", "is_active", *OWN)
    return all(entry[key] == other[key] for key in keys)  # type: ignore[literal-required]


def dropped_time(entry: RosterEntry, otherwise: datetime) -> datetime | None:
    """Since when this person is dropped; `otherwise` if the entry does not say, None if they are active."""
    if entry["is_active"]:
        return None
    return datetime.fromisoformat(entry["dropped_at"]) if entry["dropped_at"] else otherwise


class Ground:
    """What stands in the course (and among all accounts) before a file is applied."""

    def __init__(self, course: Course, rows: list[RosterRow], sections: list[Section] | None) -> None:
        self.course = course
        self.sections = list(course.sections.all()) if sections is None else sections
        people = list(Enrollment.objects.filter(course_id=course.pk).select_related("user", "section"))
        self.by_email = {person.user.email: person for person in people}
        self.by_login = {person.login.lower(): person for person in people if person.login}
        emails = {address_of(row.login, course.login_email_domain) for row in rows}
        self.accounts = {user.email: user for user in User.objects.filter(email__in=emails)}
        # No roster renames who is staff anywhere.
        staff = Enrollment.objects.exclude(role=Role.STUDENT).values_list("user_id", flat=True)
        self.keeps_name = set(staff) | {user.pk for user in self.accounts.values() if user.is_superuser}

    def find(self, login: str, email: str) -> Enrollment | None:
        """The person of the course with this login, else with this address; never by name."""
        return self.by_login.get(login.lower()) or self.by_email.get(email)


def plan(
    course: Course, rows: list[RosterRow], *, drops: bool = True, sections: list[Section] | None = None
) -> list[RosterChange]:
    """The changes, unsaved, that make the course's students those of the file.

    `drops` also plans to drop the active students of the sections that the file names who are not in it.
    `sections` are those that the course will have, if others than it has; neither need be saved.
    """
    ground = Ground(course, rows, sections)
    changes, mentioned = [], set()
    named: set[str] = set()
    seen: dict[str, int] = {}
    for row in rows:
        change, person = _change(ground, row, seen)
        changes.append(change)
        mentioned.add(person.pk if person else 0)
        if change.after:
            named.add(change.after["section"])
    if drops:
        pairs = zip(rows, changes, strict=True)
        unread = {row.canvas_id for row, change in pairs if change.kind == Kind.NOT_UNDERSTOOD}
        changes = changes + _drops(ground, named, mentioned, unread)
    return changes


def address_of(login: str, domain: str) -> str:
    """The e-mail address of a login: itself if it holds an @, else at the course's domain."""
    return (login if "@" in login or not domain else f"{login}@{domain}").lower()


def section_of(cell: str, sections: Iterable[Section]) -> Section | None:
    """The section whose code begins the cell, longest code first; of several joined with "and", the first."""
    longest_first = sorted(sections, key=lambda section: -len(section.code))
    parts = [cell, *JOINED.split(cell)]
    return next((section for part in parts for section in longest_first if _begins(part, section.code)), None)


def _begins(cell: str, code: str) -> bool:
    """Whether a code begins a cell: "TCSS 462" begins "TCSS 462 A" and "TCSS 462A", but not "TCSS 4620"."""
    written, wanted = (" ".join(text.split()).lower() for text in (cell, code))
    after = written[len(wanted) : len(wanted) + 1]
    end = wanted[-1:]
    goes_on = (after.isdigit() and end.isdigit()) or (after.isalpha() and end.isalpha())
    return written.startswith(wanted) and not goes_on


def _change(ground: Ground, row: RosterRow, seen: dict[str, int]) -> tuple[RosterChange, Enrollment | None]:
    email = address_of(row.login, ground.course.login_email_domain)
    person = ground.find(row.login, email)
    change = RosterChange(line=row.line, login=row.login[:200], name=row.sort_name[:200])
    section = section_of(row.section, ground.sections)
    trouble = _trouble(row, email, section, ground) or _twice(email, seen)
    seen.setdefault(email, row.line)
    if trouble or section is None:
        change.kind, change.note = Kind.NOT_UNDERSTOOD, trouble[:300]
    elif person and person.is_staff:
        change.kind, change.note = Kind.UNCHANGED, STAFF_NOTE
    else:
        before = entry_of(person) if person else blank_entry(email, ground.accounts.get(email))
        _compare(change, before, _after(row, before, section, person, ground))
    return change, person


def _compare(change: RosterChange, before: RosterEntry, after: RosterEntry) -> None:
    change.before, change.after = before, after
    if not before["is_active"]:
        change.kind = Kind.ADDED
        change.note = "Was dropped before, comes back." if before["section"] else ""
    else:
        change.kind = Kind.UNCHANGED if before == after else Kind.CHANGED


def _after(
    row: RosterRow, before: RosterEntry, section: Section, person: Enrollment | None, ground: Ground
) -> RosterEntry:
    """The person's entry after this row; a blank cell takes nothing away."""
    account = person.user if person else ground.accounts.get(before["email"])
    renames = row.sort_name and not (account and account.pk in ground.keeps_name)
    is_same_login = before["login"].lower() == row.login.lower()
    return RosterEntry(
        email=before["email"],
        name=row.name if renames else before["name"],
        sort_name=row.sort_name if renames else before["sort_name"],
        section=section.code,
        login=before["login"] if is_same_login else row.login,
        canvas_id=row.canvas_id or before["canvas_id"],
        sis_user_id=row.sis_user_id or before["sis_user_id"],
        canvas_section=row.section,
        is_active=True,
        dropped_at="",
    )


def _trouble(row: RosterRow, email: str, section: Section | None, ground: Ground) -> str:
    """Why a row is not understood, in a sentence; empty if it is."""
    if not row.login:
        return "The row has no SIS Login ID."
    if "@" not in email:
        return "The login is no e-mail address, and the course has no e-mail domain for logins."
    too_long = next((column for column, limit in LIMITS.items() if len(getattr(row, column)) > limit), "")
    if too_long:
        return f"The {RosterChange.LABELS.get(too_long, too_long)} is longer than {LIMITS[too_long]} characters."
    try:
        validate_email(email)
    except ValidationError:
        return f"{email} is not an e-mail address."
    codes = ", ".join(section.code for section in ground.sections)
    return "" if section else f"The section “{row.section}” is none of this course ({codes})."


def _twice(email: str, seen: dict[str, int]) -> str:
    return f"The address {email} is on line {seen[email]} already." if email in seen else ""


def _drops(ground: Ground, named: set[str], mentioned: set[int], unread: set[str]) -> list[RosterChange]:
    """Active students of the named sections whom no row mentions, not even one that was not understood."""
    return [
        RosterChange(
            kind=Kind.DROPPED,
            login=person.login,
            name=person.user.sort_name,
            before=(before := entry_of(person)),
            after={**before, "is_active": False},
        )
        for person in ground.by_email.values()
        if person.role == Role.STUDENT
        and person.dropped_at is None
        and person.section
        and person.section.code in named
        and person.pk not in mentioned
        and not (person.canvas_id and person.canvas_id in unread)
    ]
