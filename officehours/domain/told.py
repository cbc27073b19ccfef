"""What calendars were told: a stable UID, and a SEQUENCE that rises whenever an event is told otherwise than before."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from django.db.models import F

from courses.models import Course
from officehours.domain.occurrences import Occurrence
from officehours.models import ToldEvent


class Told(NamedTuple):
    """How often an event was told otherwise, and when it was last."""

    sequence: int
    at: datetime


def digest(*parts: object) -> str:
    """The fingerprint of what an event says."""
    return sha256("\x1f".join(str(part) for part in parts).encode()).hexdigest()


def content_of(occurrence: Occurrence) -> str:
    """The fingerprint of what a date says to calendars."""
    one = occurrence
    said = (one.mode, one.place, one.url, one.is_cancelled, one.reason, one.series.name, one.series.host)
    return digest(one.starts_at, one.ends_at, *said)


def tell(course: Course, occurrences: Iterable[Occurrence], now: datetime) -> dict[str, Told]:
    """Note that these dates are told as they stand; by UID."""
    return tell_all(course, {one.uid: content_of(one) for one in occurrences}, now)


def tell_all(course: Course, contents: Mapping[str, str], now: datetime) -> dict[str, Told]:
    """Note what is told of each event (digest by UID); an event told otherwise than before gets the next sequence.

    Telling the same again writes nothing. Two who tell different things at once get a sequence each.
    """
    found: dict[str, Told] = {}
    while left := {uid: content for uid, content in contents.items() if uid not in found}:
        found |= _tell(course, left, now)
    return found


def _tell(course: Course, contents: Mapping[str, str], now: datetime) -> dict[str, Told]:
    """The same once; what is new, or was told otherwise by somebody else meanwhile, is to be looked at again."""
    have = {told.uid: told for told in course.told_events.filter(uid__in=list(contents))}
    new = [
        ToldEvent(course=course, uid=uid, content=content, told_at=now)
        for uid, content in contents.items()
        if uid not in have
    ]
    ToldEvent.objects.bulk_create(new, ignore_conflicts=True)
    found = {}
    for uid, told in have.items():
        same = ToldEvent.objects.filter(pk=told.pk, sequence=told.sequence)
        if told.content == contents[uid]:
            found[uid] = Told(told.sequence, told.told_at)
        elif same.update(content=contents[uid], sequence=F("sequence") + 1, told_at=now):
            found[uid] = Told(told.sequence + 1, now)
    return found


def contents(course: Course, uids: Iterable[str]) -> dict[str, str]:
    """What was told last of these events (digest by UID)."""
    return dict(course.told_events.filter(uid__in=list(uids)).values_list("uid", "content"))


def last(course: Course, uid: str) -> ToldEvent | None:
    """An event as it was last told."""
    return course.told_events.filter(uid=uid).first()
