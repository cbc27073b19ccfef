from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import prefetch_related_objects

from courses.models import Course, Enrollment
from mail.domain import outbox
from mail.models import Message


def on_their_way(count: int) -> str:
    if not count:
        return "Nobody is mailed."
    return "1 letter is on its way." if count == 1 else f"{count} letters are on their way."


def post_to(
    course: Course, letter: str, *, people: Iterable[Enrollment], key: str, kind: str, now: datetime, **what: Any
) -> int:
    """Post one letter to each of these people who is still in the course; returns how many are new.

    `what` is that of `outbox.post_all` (thread, expires_at, is_urgent) and the words' own; `course` is among them.
    Someone named twice gets one letter. A course that is being made from its file mails nobody.
    """
    if course.is_being_made:
        return 0
    present = [person for person in people if person.dropped_at is None]
    prefetch_related_objects(present, "user")
    written = outbox.post_all(
        letter,
        people=[person.user for person in present],
        key=key,
        kind=kind,
        now=now,
        sender_name=course.code,
        zone=course.timezone,
        course_slug=course.slug,
        course=course,
        **what,
    )
    return len(written)


def is_enrolled(message: Message) -> bool:
    """Whether the recipient is still in the course that the letter comes from; true for a letter of no course."""
    if not message.course_slug:
        return True
    active = Enrollment.objects.active()
    return active.filter(course__slug=message.course_slug, user=message.recipient_id).exists()
