"""A course's letters as its staff see them: how many of what, and those that were given up."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Min, Q

from mail.domain import kinds
from mail.models import Message, MessageQuerySet

State = Message.State
NEWEST = 100


@dataclass(frozen=True)
class LetterBatch:
    """All letters about one occasion."""

    label: str
    subject: str  # empty where it is each person's own
    posted_at: datetime
    letters: int
    sent: int
    waiting: int
    dropped: int
    parked: int
    readable: int | None  # the letter that stands for all, where staff may read it


def batches(course_slug: str) -> list[LetterBatch]:
    """The newest occasions that this course wrote letters about, newest first."""
    rows = Message.objects.filter(course_slug=course_slug).values("kind", "key")
    counted = rows.annotate(
        posted_at=Max("created_at"),
        subject=Min("subject"),
        readable=Min("pk"),
        letters=Count("pk"),
        sent=Count("pk", filter=Q(state__in=[State.SENT, State.BUNDLED])),
        waiting=Count("pk", filter=Q(state__in=[State.QUEUED, State.SENDING, State.DIGEST])),
        dropped=Count("pk", filter=Q(state=State.DROPPED)),
        parked=Count("pk", filter=Q(state=State.PARKED)),
    )
    return [_batch(**row) for row in counted.order_by("-posted_at", "kind", "key")[:NEWEST]]


def parked(course_slug: str) -> MessageQuerySet:
    """This course's letters that were given up and whose recipients staff may see."""
    shown = Message.objects.parked().filter(course_slug=course_slug)
    return shown.exclude(kind__in=kinds.names("hides_recipients")).select_related("recipient").order_by("pk")


def readable(course_slug: str) -> MessageQuerySet:
    """This course's letters whose words staff may read: no codes, none that tell whom a survey waits for."""
    closed = {*kinds.names("is_secret"), *kinds.names("is_fixed"), *kinds.names("hides_recipients")}
    return Message.objects.filter(course_slug=course_slug).exclude(kind__in=closed)


def words(letter: Message) -> str:
    """What a letter says, without its foot, which holds the recipient's own links."""
    return letter.text.rpartition("\n-- \n")[0].strip()


def hidden_parked(course_slug: str) -> Counter[str]:
    """How many letters of each kind were given up whose recipients staff never see."""
    hidden = Message.objects.parked().filter(course_slug=course_slug, kind__in=kinds.names("hides_recipients"))
    return Counter(hidden.values_list("kind", flat=True))


def _batch(kind: str, key: str, subject: str, readable: int, **counts: int) -> LetterBatch:
    known = kinds.kind_named(kind)
    is_open = not (known.is_fixed or known.is_secret or known.hides_recipients)
    shown = {"subject": "" if known.is_fixed else subject, "readable": readable if is_open else None}
    return LetterBatch(label=known.label, **shown, **counts)  # type: ignore[arg-type]
