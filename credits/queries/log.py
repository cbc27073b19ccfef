from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from django.db.models import Q, QuerySet

from accounts.models import User
from courses.models import Course, Enrollment
from credits.domain import audit
from credits.domain.audit import ChainState
from credits.errors import VaultError
from credits.models import AuditEvent, Channel

WAYS: dict[str, str] = {way.value: str(way.label) for way in Channel}
PORTAL, GONE = "the portal itself", "somebody who is gone"


@dataclass(frozen=True)
class LogEntry:
    """One event with its names as they are today; the log itself holds numbers only."""

    event: AuditEvent
    actor: str
    about: str  # empty where it is about nobody, or about the actor
    words: str = ""  # the note, as people say it


def events(course: Course, *, kind: str = "", person: Enrollment | None = None) -> QuerySet[AuditEvent]:
    """A course's events, newest first; of one kind, and of those about or by one person."""
    found = AuditEvent.objects.filter(course_id=course.pk).order_by("-seq")
    if kind:
        found = found.filter(kind=kind)
    if person:
        found = found.filter(Q(enrollment_id=person.pk) | Q(actor_id=person.user_id))
    return found


def kinds(course: Course) -> list[str]:
    of_it = AuditEvent.objects.filter(course_id=course.pk).order_by("kind")
    return list(of_it.values_list("kind", flat=True).distinct())


def named(page: Iterable[AuditEvent], zone: tzinfo) -> list[LogEntry]:
    page = list(page)
    users = User.objects.in_bulk({event.actor_id for event in page if event.actor_id})
    wanted = {event.enrollment_id for event in page if event.enrollment_id}
    people = {person.pk: person.user for person in Enrollment.objects.filter(pk__in=wanted).select_related("user")}
    entries = []
    for event in page:
        actor = users.get(event.actor_id, GONE) if event.actor_id else PORTAL
        about = people.get(event.enrollment_id, GONE) if event.enrollment_id else ""
        is_self = about not in ("", GONE) and about == actor
        entries.append(LogEntry(event, str(actor), "" if is_self else str(about), words_of(event, zone)))
    return entries


def words_of(event: AuditEvent, zone: tzinfo) -> str:
    """An event's note in words, its times in the course's zone; the log itself keeps it as it was written."""
    first, _, rest = event.note.partition(", ")
    if event.kind == "code shown":
        return WAYS.get(rest, rest) if first == "opening 1" else f"{WAYS.get(rest, rest)}, {first}"
    if event.kind == "past hand-out imported":
        return f"{WAYS.get(first, first)}, {_in_full(rest, zone)}"
    if event.kind == "faulty, replaced":
        return ""  # the number of the new code says nothing to people
    if event.kind == audit.REFUSED:
        return event.note.replace("not let in: credit_", "not let in: ").replace("_", " ")
    return WAYS.get(event.note, event.note)


def _in_full(text: str, zone: tzinfo) -> str:
    try:
        local = datetime.fromisoformat(text).astimezone(zone)
    except ValueError:
        return text
    half = "am" if local.hour < 12 else "pm"
    return f"{local:%b} {local.day}, {local:%Y}, {local.hour % 12 or 12}:{local:%M} {half} {local:%Z}"


def verdict(course: Course) -> ChainState:
    """How the chain stands; without its key that cannot be told, and is said."""
    try:
        return audit.verify(course.pk)
    except VaultError as error:
        return ChainState(0, "", error.message)
