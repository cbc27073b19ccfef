"""What a roster file would do to a course, person by person; nothing is written here.

Each change keeps the person's entry before and after it, so that undo can put the former back.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import NamedTuple, TypedDict

from django.db.models import Q

from accounts.domain import addresses
from accounts.errors import DomainError
from accounts.models import User
from courses.domain.gradebook import RosterRow
from courses.models import Course, Enrollment, Role, RosterChange, Section

Kind = RosterChange.Kind
EFFECTS = (Kind.ADDED, Kind.CHANGED, Kind.DROPPED)
STAFF_NOTE = "Staff of this course, left alone."
JOINED = re.compile(r",?\s+(?:and|et|und|y|e|en|og|och|i)\s+|\s*[,;&]\s*")  # as Canvas joins sections
GUESSED = "The file is not in UTF-8: are these letters right?"
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

    def __init__(self, course: Course, emails: set[str], sections: list[Section] | None) -> None:
        self.sections = list(course.sections.all()) if sections is None else sections
        people = list(Enrollment.objects.filter(course_id=course.pk).select_related("user", "section"))
        self.by_email = {person.user.email: person for person in people}
        self.by_login = {person.login.lower(): person for person in people if person.login}
        self.accounts = {user.email: user for user in User.objects.filter(email__in=emails)}
        # No roster renames who is staff anywhere, or in another course that is not over when this one begins.
        is_elsewhere = ~Q(course_id=course.pk) & Q(dropped_at=None, course__ends_on__gte=course.starts_on or date.min)
        known = Enrollment.objects.filter(is_elsewhere | ~Q(role=Role.STUDENT))
        known = known.filter(user__email__in=emails | self.by_email.keys())
        self.keeps_name = set(known.values_list("user_id", flat=True))

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
    addresses_of_rows = [address_of(row.login, course.login_email_domain) for row in rows]
    ground = Ground(course, {email for email, _ in addresses_of_rows}, sections)
    changes: list[RosterChange] = []
    mentioned, named, unread = set(), set(), set()
    lines: dict[str, int] = {}  # of each address
    for row, (email, trouble) in zip(rows, addresses_of_rows, strict=True):
        person = ground.find(row.login, email)
        trouble = trouble or _trouble(row) or _twice(email, lines)
        change = _change(ground, row, email, person, trouble)
        changes.append(change)
        lines.setdefault(email, row.line)
        mentioned.add(person.pk if person else 0)
        if change.after:
            named.add(change.after["section"])
        if change.kind == Kind.NOT_UNDERSTOOD:
            unread.add(row.canvas_id)
    return changes + _drops(ground, named, mentioned, unread) if drops else changes


def address_of(login: str, domain: str) -> tuple[str, str]:
    """The e-mail address of a login, itself if it holds an @, else at the course's domain; or why there is none."""
    if not login:
        return "", "The row has no SIS Login ID."
    if "@" not in login and not domain:
        return "", "The login is no e-mail address, and the course has no e-mail domain for logins."
    try:
        return addresses.normalize(login if "@" in login else f"{login}@{domain}"), ""
    except DomainError as refusal:
        return "", refusal.message


def sections_of(cell: str, sections: Iterable[Section]) -> list[Section]:
    """The sections whose code begins the cell or a part of it (longest code first); the first one counts."""
    longest_first = sorted(sections, key=lambda section: -len(section.code))
    parts = [cell, *JOINED.split(cell)]
    found = [next((section for section in longest_first if _begins(part, section.code)), None) for part in parts]
    return list({section.code: section for section in found if section}.values())


def _begins(cell: str, code: str) -> bool:
    """Whether a code begins a cell: "TCSS 462" begins "TCSS 462 A" and "TCSS 462A", but not "TCSS 4620"."""
    written, wanted = (" ".join(text.split()).lower() for text in (cell, code))
    after = written[len(wanted) : len(wanted) + 1]
    end = wanted[-1:]
    goes_on = (after.isdigit() and end.isdigit()) or (after.isalpha() and end.isalpha())
    return written.startswith(wanted) and not goes_on


def _change(ground: Ground, row: RosterRow, email: str, person: Enrollment | None, trouble: str) -> RosterChange:
    change = RosterChange(line=row.line, login=row.login[:200], name=row.sort_name[:200])
    sections = sections_of(row.section, ground.sections)
    if not trouble and not sections:
        codes = ", ".join(section.code for section in ground.sections)
        trouble = f"The section “{row.section}” is none of this course ({codes})."
    if trouble:
        change.kind, change.note = Kind.NOT_UNDERSTOOD, trouble[:300]
    elif person and person.is_staff:
        change.kind, change.note = Kind.UNCHANGED, STAFF_NOTE
    else:
        before = entry_of(person) if person else blank_entry(email, ground.accounts.get(email))
        after = _after(row, before, sections[0], person, ground)
        change.before, change.after, change.note = before, after, _note(row, before, sections)
        if not before["is_active"]:
            change.kind = Kind.ADDED
        else:
            change.kind = Kind.UNCHANGED if before == after else Kind.CHANGED
    return change


def _note(row: RosterRow, before: RosterEntry, sections: list[Section]) -> str:
    """What to look at before a row is applied."""
    codes = [section.code for section in sections]
    notes = {
        "Was dropped before, comes back.": bool(before["dropped_at"]),
        f"Is in {' and '.join(codes)}; {codes[0]} counts, since it stands first.": len(codes) > 1,
        GUESSED: row.is_guessed,
    }
    return " ".join(note for note, is_so in notes.items() if is_so)[:300]


def _after(
    row: RosterRow, before: RosterEntry, section: Section, person: Enrollment | None, ground: Ground
) -> RosterEntry:
    """The person's entry after this row; a blank cell takes nothing away."""
    account = person.user if person else ground.accounts.get(before["email"])
    keeps_name = account and account.name and (account.is_superuser or account.pk in ground.keeps_name)
    renames = row.sort_name not in ("", before["sort_name"]) and not keeps_name
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


def _trouble(row: RosterRow) -> str:
    """Why a row with an address is not understood, in a sentence; empty if it is."""
    too_long = next((column for column, limit in LIMITS.items() if len(getattr(row, column)) > limit), "")
    if too_long:
        return f"The {RosterChange.LABELS.get(too_long, too_long)} is longer than {LIMITS[too_long]} characters."
    is_lost = row.is_guessed and any("\ufffd" in getattr(row, column) for column in LIMITS)
    return "It holds letters that cannot be read: save the file as “CSV UTF-8” and import that." if is_lost else ""


def _twice(email: str, lines: dict[str, int]) -> str:
    return f"The address {email} is on line {lines[email]} already, and that line counts." if email in lines else ""


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


class ThinSection(NamedTuple):
    """A section of which a file holds less than half: it drops nobody from it unless somebody says so."""

    code: str
    listed: int  # of its students
    students: int

    @property
    def unlisted(self) -> int:
        return self.students - self.listed


def thin_sections(changes: Iterable[RosterChange]) -> list[ThinSection]:
    """Most often one stray row ("A02 and A04") names a section whose gradebook the file is not."""
    students, gone = Counter[str](), Counter[str]()
    for change in changes:
        if change.before and change.before["is_active"]:
            students[change.before["section"]] += 1
            gone[change.before["section"]] += change.kind == Kind.DROPPED
    sections = [ThinSection(code, students[code] - gone[code], students[code]) for code in sorted(students)]
    return [section for section in sections if 2 * section.listed < section.students]


def keep_thin_sections(changes: list[RosterChange], drop_from: Collection[str] = ()) -> list[RosterChange]:
    """Let nobody be dropped from thin sections that are not named; the changes that this makes others (unsaved)."""
    thin = {section.code: section for section in thin_sections(changes) if section.code not in drop_from}
    kept = []
    for change in changes:
        section = thin.get(change.before["section"]) if change.before else None
        if section and change.kind == Kind.DROPPED:
            change.kind = Kind.UNCHANGED
            share = f"{section.listed} of {section.students} in {section.code}"
            change.note = f"Not in the file, and kept: it lists {share}."
            kept.append(change)
    return kept
