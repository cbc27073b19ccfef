"""A roster comes in: preview first, then applied in steps, then undone if it was the wrong one.

Every step is one transaction, so a worker that is killed loses nothing and another carries on.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from accounts.errors import DomainError
from accounts.models import User
from courses.domain import canvas, publishing, roster_steps
from courses.domain.roster_file import write_csv
from courses.domain.roster_plan import EFFECTS, Kind, plan
from courses.models import Course, RosterChange, RosterImport

__all__ = ["apply", "apply_step", "load", "plan", "preview", "progress", "read", "start", "undo", "write_csv"]

STEP = 50  # people a transaction
State = RosterImport.State
UNDER_WAY = (State.APPLYING, State.UNDOING)
read = canvas.read


@dataclass(frozen=True)
class Progress:
    """How far an import has come, in people."""

    done: int
    total: int

    @property
    def percent(self) -> int:
        """Of those to be written, how many are, rounded down."""
        return 100 * self.done // self.total if self.total else 100


def preview(course: Course, file_name: str, content: bytes, *, by: User | None, now: datetime) -> RosterImport:
    """What a roster file would do, kept row by row until someone applies it; replaces an earlier look by `by`.

    Raises DomainError if the file cannot be read.
    """
    publishing.check(file_name)
    changes = plan(course, _read(content))
    with transaction.atomic():
        course.roster_imports.filter(by=by, state=State.PREVIEWED).delete()
        made = course.roster_imports.create(by=by, file_name=file_name[-200:], created_at=now)
        for change in changes:
            change.roster_import = made
        RosterChange.objects.bulk_create(changes, batch_size=500)
    return made


def effects(roster_import: RosterImport) -> QuerySet[RosterChange]:
    """The changes that write something."""
    return roster_import.changes.filter(kind__in=EFFECTS)


def progress(roster_import: RosterImport) -> Progress:
    """How many people of an import are written, or put back while it is being undone."""
    back = roster_import.state in (State.UNDOING, State.UNDONE)
    rows = effects(roster_import)
    return Progress(rows.filter(is_done=not back).count(), rows.count())


def start(roster_import: RosterImport, *, back: bool = False, keep: str = "") -> None:
    """Begin to apply an import or, `back`, to undo it; asking twice begins once.

    Nobody is dropped from the section `keep`. Raises DomainError if another roster of the course is on its way,
    a newer one was applied, or the file drops nobody from that section.
    """
    first, then, last = (
        (State.APPLIED, State.UNDOING, State.UNDONE) if back else (State.PREVIEWED, State.APPLYING, State.APPLIED)
    )
    with transaction.atomic():
        _lock(roster_import)
        if roster_import.state in (then, last):
            return
        _refuse_start(roster_import, first)
        if keep:
            _keep(roster_import, keep)
        RosterImport.objects.filter(pk=roster_import.pk, state=first).update(state=then)
    roster_import.refresh_from_db()


def apply_step(roster_import: RosterImport, *, now: datetime) -> bool:
    """Write the next 50 people of an import that is on its way, forward or back; whether more are left.

    Two workers at once take turns, and each takes what the other has not.
    """
    with transaction.atomic():
        _lock(roster_import)
        if roster_import.state not in UNDER_WAY:
            return False
        back = roster_import.state == State.UNDOING
        changes = list(effects(roster_import).filter(is_done=back)[:STEP])
        left_alone = roster_steps.write(changes, roster_import.course, back=back, now=now)
        roster_import.changes.filter(pk__in=[change.pk for change in changes]).update(is_done=not back)
        RosterChange.objects.bulk_update(left_alone, ["kind", "note"])
        if len(changes) < STEP:
            _finish(roster_import, back, now)
    return roster_import.state in UNDER_WAY


def carry_on(roster_import: RosterImport, *, now: datetime) -> None:
    """Take an import that is on its way to its end."""
    while apply_step(roster_import, now=now):
        pass


def apply(roster_import: RosterImport, *, now: datetime) -> None:
    """Make the course's students those of the file; people who changed since the preview are left alone."""
    start(roster_import)
    carry_on(roster_import, now=now)


def undo(roster_import: RosterImport, *, now: datetime) -> None:
    """Put back what the newest applied import changed; nobody's rows are deleted, who was added is dropped."""
    start(roster_import, back=True)
    carry_on(roster_import, now=now)


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
) -> list[str]:
    """Add the people of a file without dropping or changing anyone; the logins of the whole file.

    `only_new`: nobody else is added. `enrolled_at`: since when they count as enrolled.
    Raises DomainError, naming the file, if it or one of its rows cannot be understood; then nobody is added.
    """
    try:
        changes = plan(course, _read(content), drops=False)
    except DomainError as error:
        raise DomainError(f"{file_name}: {error}") from error
    unread = next((change for change in changes if change.kind == Kind.NOT_UNDERSTOOD), None)
    if unread:
        raise DomainError(f"{file_name}, line {unread.line}: {unread.note} Nothing was changed.")
    added = [row for row in changes if row.kind == Kind.ADDED and (only_new is None or row.login in only_new)]
    with transaction.atomic():
        for first in range(0, len(added), STEP):
            roster_steps.write(added[first : first + STEP], course, back=False, now=now, enrolled_at=enrolled_at)
    return [change.login for change in changes]


def _read(content: bytes) -> list[canvas.RosterRow]:
    rows = canvas.read(content)
    publishing.check(*publishing.texts_in([vars(row) for row in rows]))
    return rows


def _lock(roster_import: RosterImport) -> None:
    """Wait for other rosters of the course, and read the import as it is now."""
    Course.objects.select_for_update(no_key=True).get(pk=roster_import.course_id)
    roster_import.refresh_from_db()


def _refuse_start(roster_import: RosterImport, first: str) -> None:
    others = RosterImport.objects.filter(course_id=roster_import.course_id, state__in=UNDER_WAY)
    if others.exclude(pk=roster_import.pk).exists():
        raise DomainError("Another roster of this course is on its way. Nothing was changed; try again in a minute.")
    if roster_import.state != first:
        raise DomainError(f"This roster is {roster_import.get_state_display().lower()}. Give the file again instead.")
    if first == State.APPLIED and not is_newest(roster_import):
        raise DomainError("A newer roster was applied after this one; undo that one first. Nothing was changed.")


def _keep(roster_import: RosterImport, section: str) -> None:
    drops = roster_import.changes.filter(kind=Kind.DROPPED, before__section=section)
    if not drops.update(kind=Kind.UNCHANGED, note=f"Not in the file, and kept: nobody was dropped from {section}."):
        raise DomainError(f"This roster drops nobody from {section}. Nothing was changed; look at it again.")


def _finish(roster_import: RosterImport, back: bool, now: datetime) -> None:
    roster_import.state = State.UNDONE if back else State.APPLIED
    if not back:
        roster_import.applied_at = now
    roster_import.save(update_fields=["state", "applied_at"])
