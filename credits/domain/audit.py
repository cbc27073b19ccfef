"""The log of everything that happened to codes: append-only, each row chained to the one before by HMAC."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, F, OuterRef, Subquery
from django.db.models.functions import Coalesce

from accounts.errors import DomainError
from accounts.models import User
from courses.models import Course, Enrollment
from credits.domain import vault
from credits.errors import BadKeyError
from credits.models import AuditEvent, AuditHead, CreditPool, Grant

IMPORTED = "codes imported"
GIVEN, SHOWN = ("code given", "past hand-out imported"), "code shown"
REFUSED, HOUR, MOST_REFUSALS = "refused", timedelta(hours=1), 30
COPIED = ("actor_id", "enrollment_id", "pool_id", "code_id", "grant_id")


@dataclass(frozen=True)
class ChainState:
    """How a course's chain stands; `broken` names the first row that is not as it was written."""

    events: int
    head: str
    broken: str = ""


@transaction.atomic
def note(course_id: int, kind: str, *, now: datetime, note: str = "", **ids: int | UUID | None) -> AuditEvent:
    """Append one event, in the transaction of what it tells of. `ids`: actor_id, enrollment_id, pool_id, …"""
    head = _held_head(course_id)
    event = AuditEvent(
        course_id=course_id, seq=head.seq + 1, at=now, kind=kind, note=note[:300], previous=head.mac, **ids
    )
    event.mac = _mac_of(event)
    event.save(force_insert=True)
    AuditHead.objects.filter(pk=head.pk).update(seq=event.seq, mac=event.mac)
    return event


def _held_head(course_id: int) -> AuditHead:
    heads = AuditHead.objects.select_for_update(no_key=True).filter(course_id=course_id)
    head = heads.first()
    if head is None:
        try:
            with transaction.atomic():
                AuditHead.objects.create(course_id=course_id)
        except IntegrityError:
            pass  # somebody else made it this very moment
        head = heads.get()
    return head


def _mac_of(event: AuditEvent) -> str:
    fields: list[Any] = [event.course_id, event.seq, event.at.astimezone(UTC).isoformat(), event.kind, event.note]
    ids = [None if value is None else str(value) for value in (getattr(event, name) for name in COPIED)]
    return vault.mac("audit", json.dumps([*fields, *ids, event.previous]).encode())


@contextmanager
def locked(course_id: int) -> Iterator[None]:
    """One transaction at a time a course: its head is taken first, so that no two wait for each other in a circle."""
    with transaction.atomic():
        _held_head(course_id)
        yield


@contextmanager
def noted(course: Course, *, now: datetime, **ids: int | UUID | None) -> Iterator[None]:
    """Note what a rule refuses inside, in a transaction of its own, once all is rolled back."""
    try:
        yield
    except DomainError as refusal:
        refuse(course.pk, refusal.message, now=now, **ids)
        raise


@contextmanager
def logged(course: Course, *, now: datetime, **ids: int | UUID | None) -> Iterator[None]:
    """`locked` and `noted`: for every verb that a person begins. What a sweep begins is `locked` alone."""
    with noted(course, now=now, **ids), locked(course.pk):
        yield


def refuse(course_id: int, why: str, *, now: datetime, **ids: int | UUID | None) -> None:
    """Note a refusal; of one person no more an hour than tell the story, so that nobody floods the log."""
    if actor := cast(int, ids.get("actor_id")):
        events = AuditEvent.objects.filter(course_id=course_id, kind=REFUSED, actor_id=actor, at__gt=now - HOUR)
        already = events.count()
        if already >= MOST_REFUSALS:
            return
        why += "; more of theirs within the hour are not noted" if already == MOST_REFUSALS - 1 else ""
    note(course_id, REFUSED, now=now, note=why, **ids)


def refuse_by_slug(course_slug: str, why: str, *, now: datetime, **ids: int | None) -> None:
    """`refuse` in a course known by its address only; nothing if it is not there, or has no codes."""
    course = Course.objects.filter(slug=course_slug, credit_pools__isnull=False).first()
    if course:
        refuse(course.pk, why, now=now, **ids)


def verify(course_id: int, *, known_head: str = "") -> ChainState:
    """Walk a course's chain from its first row; `known_head` ("17:ab12…", from a letter) must still lie on it."""
    previous, seq, is_known = "", 0, not known_head
    for event in AuditEvent.objects.filter(course_id=course_id).order_by("seq").iterator():
        if problem := _problem_of(event, seq + 1, previous):
            return ChainState(seq, "", problem)
        previous, seq = event.mac, event.seq
        is_known |= known_head == head_words(seq, previous)
    head = AuditHead.objects.filter(course_id=course_id).first() or AuditHead()
    if (head.seq, head.mac) != (seq, previous):
        return ChainState(seq, "", f"row {seq + 1} is missing: the head of the chain stands at row {head.seq}")
    if problem := _differs_from_letter(course_id, head, seq) or _without_event(course_id):
        return ChainState(seq, "", problem)
    if not is_known:
        return ChainState(seq, "", f"no row has the head {known_head}: the chain was cut off or replaced since")
    return ChainState(seq, head_words(seq, previous))


def refuse_another_key() -> None:
    """Raise BadKeyError where codes came in under another CREDIT_INDEX_KEY: by this one none of them is known again."""
    newest = AuditEvent.objects.filter(kind=IMPORTED).order_by("-pk").first()
    if newest is not None and newest.mac != _mac_of(newest):
        raise BadKeyError(
            "The last codes came in under another CREDIT_INDEX_KEY, or the log was changed, so a code that is "
            "here already would not be known again. Nothing was imported. Put that key back; see verify_audit."
        )


def _problem_of(event: AuditEvent, seq: int, previous: str) -> str:
    if event.seq != seq:
        return f"row {seq} is missing: the next one is row {event.seq} (id {event.pk})"
    if event.previous != previous or event.mac != _mac_of(event):
        return f"row {seq} (id {event.pk}, {event.kind}) is not as it was written"
    return ""


def _differs_from_letter(course_id: int, head: AuditHead, seq: int) -> str:
    if head.told_seq > seq:
        return f"row {seq + 1} is missing: a letter told of row {head.told_seq}"
    as_mailed = AuditEvent.objects.filter(course_id=course_id, seq=head.told_seq, mac=head.told_mac)
    if head.told_seq and not as_mailed.exists():
        return f"row {head.told_seq} is not the one that a letter told of"
    return ""


def _without_event(course_id: int) -> str:
    """A hand-out, or a showing of a code, of which the log tells nothing: its rows were cut off."""
    events = AuditEvent.objects.filter(course_id=course_id, grant_id=OuterRef("pk"))
    given, shown = events.filter(kind__in=GIVEN), events.filter(kind=SHOWN).order_by().values("grant_id")
    grants = Grant.objects.filter(pool__course=course_id).order_by("pk")
    if lost := grants.exclude(Exists(given)).first():
        return f"hand-out {lost.pk} stands in no row: the chain was cut off"
    openings = Coalesce(Subquery(shown.annotate(times=Count("pk")).values("times")), 0)
    counted = grants.annotate(times_logged=openings, times_shown=Count("reveals"))
    if lost := counted.filter(times_shown__gt=F("times_logged")).first():
        return f"hand-out {lost.pk} was shown more often than the rows tell: the chain was cut off"
    return ""


def head_words(seq: int, mac: str) -> str:
    return f"{seq}:{mac[:32]}"


def ids_of(pool: CreditPool | None, person: Enrollment | None, actor: User | None) -> dict[str, Any]:
    """Whom and what an event is about, as the log copies it."""
    return {
        "actor_id": actor.pk if actor else None,
        "enrollment_id": person.pk if person else None,
        "pool_id": pool.pk if pool else None,
    }
