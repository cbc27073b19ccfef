"""What is on in a class: lines with their hours, and editing that never loses a colleague's work."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from accounts.errors import DomainError
from courses.domain import calendar, publishing
from courses.models import AgendaItem, ClassMeeting

PREVIOUS = "{previous}"


class AgendaChangedError(DomainError):
    pass


@dataclass
class AgendaLine:
    """One line as it is to be saved; `target` points into other apps by plain keys."""

    text: str
    kind: str = AgendaItem.Kind.OTHER
    minutes: int | None = None
    target: dict[str, Any] = field(default_factory=dict)


@dataclass
class ShownLine(AgendaLine):
    """One line as people read it; `starts_at` only where it follows from the minutes of those before."""

    starts_at: datetime | None = None
    is_now: bool = False
    is_past: bool = False


def previous_date(meeting: ClassMeeting) -> str:
    """What `{previous}` stands for in this class's agenda: "11/21"; "last class" if none was held before."""
    return _short(calendar.previous_meeting(meeting))


def text_of(item: AgendaItem, previous: ClassMeeting | None) -> str:
    """The line's text, `{previous}` replaced by the previous meeting's date as on a slide ("11/21")."""
    return item.text.replace(PREVIOUS, _short(previous))


def _short(previous: ClassMeeting | None) -> str:
    return previous.short_date if previous else "last class"


@dataclass(frozen=True)
class Filling:
    """How many minutes an agenda takes of its class."""

    minutes: int
    length: int  # of the class, in minutes

    @property
    def is_over(self) -> bool:
        return self.minutes > self.length

    @property
    def words(self) -> str:
        """ "150 of 120 minutes"."""
        return f"{self.minutes} of {self.length} minutes"


def filling(meeting: ClassMeeting, minutes: Iterable[int | None]) -> Filling:
    """How far these lines' minutes fill the class."""
    length = int((meeting.ends_at - meeting.starts_at).total_seconds() // 60)
    return Filling(sum(each or 0 for each in minutes), length)


def shown_lines(meeting: ClassMeeting, now: datetime) -> list[ShownLine]:
    """The agenda of a class as it is read at `now`: hours where they are known, the present line marked."""
    items = list(meeting.agenda.all())
    previous = calendar.previous_meeting(meeting) if any(PREVIOUS in item.text for item in items) else None
    lines = [ShownLine(text_of(item, previous), item.kind, item.minutes, item.target) for item in items]
    if any(line.minutes for line in lines):
        _give_hours(lines, meeting)
    if not meeting.is_cancelled and meeting.starts_at <= now < meeting.ends_at:
        _mark_present(lines, meeting, now)
    return lines


def _give_hours(lines: Sequence[ShownLine], meeting: ClassMeeting) -> None:
    start = meeting.starts_at
    for line in lines:
        line.starts_at = start
        if line.minutes is None:
            return  # when the next one starts is anyone's guess
        start += timedelta(minutes=line.minutes)


def _mark_present(lines: Sequence[ShownLine], meeting: ClassMeeting, now: datetime) -> None:
    for place, line in enumerate(lines):
        if line.starts_at is None:
            return
        is_last = place == len(lines) - 1
        if line.minutes is not None:
            end = line.starts_at + timedelta(minutes=line.minutes)
        elif is_last:
            end = meeting.ends_at
        else:
            return
        line.is_past = end <= now
        line.is_now = line.starts_at <= now < end


@transaction.atomic
def replace(meeting: ClassMeeting, lines: Iterable[AgendaLine], *, version: int, now: datetime) -> None:
    """Save an agenda that was read as `version`; whoever saves next must have read this one.

    Raises AgendaChangedError, and keeps what is saved, if someone saved it since; DomainError for a line without text.
    """
    kept = list(lines)
    publishing.check(*(line.text for line in kept))
    if any(not line.text.strip() for line in kept):
        raise DomainError("A line of the agenda has no text. Nothing was saved; write what it is about, or remove it.")
    same = ClassMeeting.objects.filter(pk=meeting.pk, agenda_version=version)
    if not same.update(agenda_version=F("agenda_version") + 1):
        meeting.refresh_from_db(fields=["agenda_version"])
        raise AgendaChangedError(
            "Someone saved this agenda while you were writing. Yours is kept below and not saved yet; "
            "theirs stands beside it. Save again to put yours in its place."
        )
    meeting.agenda_version = version + 1
    meeting.agenda.all().delete()
    AgendaItem.objects.bulk_create(
        AgendaItem(
            meeting=meeting,
            position=position,
            kind=line.kind,
            text=line.text.strip(),
            minutes=line.minutes,
            target=line.target,
        )
        for position, line in enumerate(kept, start=1)
    )
