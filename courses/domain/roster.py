from collections.abc import Collection, Iterable
from datetime import datetime
from typing import cast

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Q

from accounts.errors import DomainError
from accounts.models import User, sort_key_of
from courses.domain import gradebook, publishing, roster_plan
from courses.domain.roster_plan import EFFECTS, NAMES, OWN, Kind, RosterEntry
from courses.models import Course, Enrollment, RosterChange, RosterImport

State = RosterImport.State
CHANGED_SINCE = "Changed since the preview, left alone."
CHANGED_AGAIN = "Changed again since, left as it is."


def preview(course: Course, file_name: str, content: bytes, *, by: User | None, now: datetime) -> RosterImport:
    """What a roster file would do, kept row by row until someone applies it; replaces an earlier look by `by`.

    Raises DomainError if the file cannot be read.
    """
    publishing.check_file(file_name)
    changes = roster_plan.plan(course, _read(content))
    with transaction.atomic():
        course.roster_imports.filter(by=by, state=State.PREVIEWED).delete()
        made = course.roster_imports.create(by=by, file_name=file_name[-200:], created_at=now)
        for change in changes:
            change.roster_import = made
        RosterChange.objects.bulk_create(changes, batch_size=500)
    return made


def apply(roster_import: RosterImport, *, now: datetime, drop_from: Collection[str] = ()) -> None:
    """Make the course's students those of the file; people who changed since the preview are left alone.

    Nobody is dropped from a section of which the file holds less than half, unless `drop_from` names it. Asking
    twice applies once. Raises DomainError if it was undone, or if the file drops nobody from what `drop_from` names.
    """
    with transaction.atomic():
        _lock(roster_import)
        if roster_import.state == State.APPLIED:
            return
        _refuse_unless(roster_import, State.PREVIEWED)
        _keep_thin_sections(roster_import, drop_from)
        _write_all(roster_import, back=False, now=now)
        roster_import.state, roster_import.applied_at = State.APPLIED, now
        roster_import.save(update_fields=["state", "applied_at"])


def undo(roster_import: RosterImport, *, now: datetime) -> None:
    """Put back what the newest applied import changed; nobody's rows are deleted, who was added is dropped.

    Asking twice undoes once. Raises DomainError if it is not applied, or a newer one was.
    """
    with transaction.atomic():
        _lock(roster_import)
        if roster_import.state == State.UNDONE:
            return
        _refuse_unless(roster_import, State.APPLIED)
        if not is_newest(roster_import):
            raise DomainError("A newer roster was applied after this one; undo that one first. Nothing was changed.")
        _write_all(roster_import, back=True, now=now)
        roster_import.state = State.UNDONE
        roster_import.save(update_fields=["state"])


def is_newest(roster_import: RosterImport) -> bool:
    """Whether no other roster of the course was applied after this one: only the newest can be undone."""
    applied = RosterImport.objects.filter(course_id=roster_import.course_id, state=State.APPLIED)
    return applied.order_by("-applied_at", "-pk").values_list("pk", flat=True).first() == roster_import.pk


def load(
    course: Course,
    content: bytes,
    *,
    file_name: str,
    now: datetime,
    only_new: Collection[str] | None = None,
    enrolled_at: datetime | None = None,
) -> None:
    """Add the people of a file without dropping or changing anyone.

    `only_new`: nobody else is added. `enrolled_at`: since when they count as enrolled.
    Raises DomainError, naming the file, if it or one of its rows cannot be understood; then nobody is added.
    """
    try:
        changes = roster_plan.plan(course, _read(content), drops=False)
    except DomainError as error:
        raise DomainError(f"{file_name}: {error}") from error
    unread = next((change for change in changes if change.kind == Kind.NOT_UNDERSTOOD), None)
    if unread:
        raise DomainError(f"{file_name}, line {unread.line}: {unread.note} Nothing was changed.")
    added = [row for row in changes if row.kind == Kind.ADDED and (only_new is None or row.login in only_new)]
    with transaction.atomic():
        _write(added, course, back=False, now=now, enrolled_at=enrolled_at)


def _read(content: bytes) -> list[gradebook.RosterRow]:
    rows = gradebook.read(content)
    publishing.check_file(*publishing.texts_in([vars(row) for row in rows]))
    return rows


def _lock(roster_import: RosterImport) -> None:
    """Wait for other rosters of the course, and read the import as it is now."""
    Course.objects.select_for_update(no_key=True).get(pk=roster_import.course_id)
    roster_import.refresh_from_db()


def _refuse_unless(roster_import: RosterImport, state: str) -> None:
    if roster_import.state != state:
        raise DomainError(f"This roster is {roster_import.get_state_display().lower()}. Give the file again instead.")


def _keep_thin_sections(roster_import: RosterImport, drop_from: Collection[str]) -> None:
    changes = list(roster_import.changes.all())
    dropped = {change.before["section"] for change in changes if change.kind == Kind.DROPPED and change.before}
    if unknown := set(drop_from) - dropped:
        raise DomainError(f"This roster drops nobody from {min(unknown)}. Nothing was changed; look at it again.")
    kept = roster_plan.keep_thin_sections(changes, drop_from)
    RosterChange.objects.bulk_update(kept, ["kind", "note"], batch_size=500)


def _write_all(roster_import: RosterImport, *, back: bool, now: datetime) -> None:
    changes = list(roster_import.changes.filter(kind__in=EFFECTS))
    left_alone = _write(changes, roster_import.course, back=back, now=now)
    RosterChange.objects.bulk_update(left_alone, ["kind", "note"], batch_size=500)


def _write(
    changes: list[RosterChange], course: Course, *, back: bool, now: datetime, enrolled_at: datetime | None = None
) -> list[RosterChange]:
    """Bring the people of these changes to their entries after (or, `back`, before) them.

    A person who is no longer as the change expects is left alone; these changes say so (unsaved) and are
    what comes back. `enrolled_at` is the instant from which new people count as enrolled.
    """
    ends = [(cast(RosterEntry, change.before), cast(RosterEntry, change.after)) for change in changes]
    moves = [(after, before) for before, after in ends] if back else ends
    writer = RosterWriter(course, [target for _, target in moves], now)
    left_alone = []
    for change, (source, target) in zip(changes, moves, strict=True):
        if writer.may_move(source, target):
            writer.move(source, target)
        else:
            left_alone.append(change)
            change.note = CHANGED_AGAIN if back else CHANGED_SINCE
            change.kind = change.kind if back else Kind.UNCHANGED
    writer.save(enrolled_at)
    return left_alone


class RosterWriter:
    """The people of some changes as they are now, and what is to be written about them."""

    def __init__(self, course: Course, targets: list[RosterEntry], now: datetime) -> None:
        self.course, self.now = course, now
        emails, logins = [target["email"] for target in targets], [target["login"] for target in targets]
        concerned = course.enrollments.filter(Q(user__email__in=emails) | Q(login__in=logins))
        self.enrolled = {person.user.email: person for person in concerned.select_related("user", "section")}
        _open_accounts([entry for entry in targets if entry["is_active"] and entry["email"] not in self.enrolled])
        self.sections = {section.code: section for section in course.sections.all()}
        self.email_of = {person.login: email for email, person in self.enrolled.items() if person.login}
        self.accounts = {user.email: user for user in User.objects.filter(email__in=emails)}
        self.joined: list[Enrollment] = []
        self.altered: list[Enrollment] = []
        self.renamed: list[User] = []

    def may_move(self, source: RosterEntry, target: RosterEntry) -> bool:
        """Whether a person is still as `source` says, and nothing of `target` is taken or gone."""
        email = source["email"]
        enrollment = self.enrolled.get(email)
        if enrollment and enrollment.is_staff:
            return False
        current = roster_plan.entry_of(enrollment) if enrollment else roster_plan.blank_entry(email, None)
        is_free = self.email_of.get(target["login"], email) == email
        has_section = not target["section"] or target["section"] in self.sections
        return roster_plan.is_same(current, source) and is_free and has_section

    def move(self, source: RosterEntry, target: RosterEntry) -> None:
        """Give a person what the target says; who was in no section before keeps theirs and is dropped."""
        email = source["email"]
        user, enrollment = self.accounts[email], self.enrolled.get(email)
        if enrollment is None:
            enrollment = self.enrolled[email] = Enrollment(course=self.course, user=user)
            self.joined.append(enrollment)
        else:
            self.altered.append(enrollment)
        enrollment.dropped_at = roster_plan.dropped_time(target, self.now)
        if target["section"]:
            enrollment.section = self.sections[target["section"]]
            for key in OWN:
                setattr(enrollment, key, target[key])  # type: ignore[literal-required]
            self.email_of[enrollment.login] = email
        was_renamed_since = (user.name, user.sort_name) != (source["name"], source["sort_name"])
        if target["sort_name"] not in ("", user.sort_name) and not was_renamed_since:
            user.name, user.sort_name = target["name"], target["sort_name"]
            user.sort_key = sort_key_of(user.sort_name)
            self.renamed.append(user)

    def save(self, enrolled_at: datetime | None) -> None:
        """Write what was moved; who joins counts as enrolled since then, if it is given."""
        Enrollment.objects.bulk_create(self.joined)
        if enrolled_at and self.joined:
            Enrollment.objects.filter(pk__in=[person.pk for person in self.joined]).update(created_at=enrolled_at)
        Enrollment.objects.bulk_update(self.altered, ["section", "dropped_at", *OWN])
        User.objects.bulk_update(self.renamed, [*NAMES, "sort_key"])


def _open_accounts(targets: Iterable[RosterEntry]) -> None:
    """Make an account for each address that has none; another course may be making the same one."""
    users = [
        User(email=target["email"], name=target["name"], sort_name=target["sort_name"], password=make_password(None))
        for target in targets
    ]
    for user in users:
        user.sort_key = sort_key_of(user.sort_name)
    # In one order, so that two courses at once never wait for each other in a circle.
    User.objects.bulk_create(sorted(users, key=lambda user: user.email), ignore_conflicts=True)
