"""The daily letter: one a person, zone and course at 7:00 local, with all that they chose to get together."""

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from zoneinfo import ZoneInfo

from django.db import transaction

from mail.domain import delivery, outbox
from mail.models import Message

State = Message.State
recipient_and_course = attrgetter("recipient_id", "zone", "course_slug")


@dataclass(frozen=True)
class Entry:
    """One letter inside the daily one."""

    subject: str
    text: str


def gather(*, now: datetime) -> int:
    """Write the daily letters whose morning has come; returns how many."""
    waiting = Message.objects.filter(state=State.DIGEST).select_related("recipient")
    waiting = waiting.order_by("recipient", "zone", "course_slug", "created_at", "pk")
    due = (letter for letter in waiting if letter.created_at < outbox.last_morning(now, letter.zone))
    return sum(_bundle(list(letters), now) for _, letters in groupby(due, key=recipient_and_course))


@transaction.atomic
def _bundle(letters: list[Message], now: datetime) -> bool:
    """Put these letters of one person into one; what is of no use any more is dropped."""
    useful = [letter for letter in letters if _is_useful(letter, now)]
    first = letters[0]
    morning = outbox.last_morning(now, first.zone).astimezone(ZoneInfo(first.zone))
    digest = useful and outbox.post(
        "digest",
        to=first.recipient,
        key=f"{first.course_slug}:{first.zone}:{morning:%Y-%m-%d}",
        kind="digest",
        sender_name=useful[-1].sender_name,
        zone=first.zone,
        now=now,
        course_slug=first.course_slug,
        letters=[Entry(letter.subject, _without_footer(letter.text)) for letter in useful],
    )
    if useful and not digest:
        return False  # this morning's went out already; these go with the next
    waiting = Message.objects.filter(state=State.DIGEST)
    waiting.filter(pk__in=[letter.pk for letter in useful]).update(state=State.BUNDLED, digest=digest or None)
    waiting.filter(pk__in=[letter.pk for letter in letters]).update(state=State.DROPPED, last_error="too late")
    return bool(digest)


def _without_footer(text: str) -> str:
    return text.rpartition("\n-- \n")[0].strip() or text


def _is_useful(letter: Message, now: datetime) -> bool:
    return (letter.expires_at is None or letter.expires_at > now) and delivery.is_still_right(letter)
