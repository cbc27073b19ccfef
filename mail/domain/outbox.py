"""Posting letters: a row in the transaction of what it tells of, once per kind, key and person."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.domain.registry import Registry
from accounts.models import User
from mail.domain import kinds, preferences, wording
from mail.domain.kinds import Choice
from mail.models import Message

MORNING = time(7)  # quiet hours end and the daily letter comes, in the zone of the letter
NIGHT = time(22)
AT_ONCE: dict[str, Any] = {"state": Message.State.QUEUED, "send_after": None}
# Called with the key of a letter that is to be sent now, or None for all that are due.
delivery_kick: Registry[Callable[[int | None], None]] = Registry("what sends a new letter soon")
# Inside `one_run`: the letters that this run posted.
_posted_in_run: ContextVar[list[int] | None] = ContextVar("posted_in_run", default=None)


def post(letter: str, *, to: User, key: str, kind: str, **what: Any) -> Message | None:
    """Write one letter; None if it was written before or the person wants none of its kind.

    `what` is that of `post_all`. Nothing is sent here: `delivery_kick` is called on commit.
    """
    written = post_all(letter, people=[to], key=key, kind=kind, **what)
    return written[0] if written else None


def post_all(
    letter: str,
    *,
    people: Iterable[User],
    key: str,
    kind: str,
    sender_name: str,
    zone: str,
    now: datetime,
    course_slug: str = "",
    thread: str = "",
    expires_at: datetime | None = None,
    calendar: str = "",
    is_urgent: bool = False,
    **context: Any,
) -> list[Message]:
    """Write the same letter to each of these people, as each wants it; returns those that are new.

    The words are templates/mail/<letter>.{subject.txt,txt,html} with `context`, rendered now.
    A letter is dropped if its turn comes at `expires_at` or later. `calendar` is an iCalendar part that goes along.
    What `is_urgent` goes at once, by night too and to those who chose the daily letter, which would come too late.
    """
    if kinds.kind_named(kind).is_secret and expires_at is None:
        expires_at = now + timedelta(seconds=settings.SIGN_IN_CODE_SECONDS)
    about = {
        "kind": kind,
        "key": key,
        "course_slug": course_slug,
        "thread": thread,
        "sender_name": sender_name,
        "zone": zone,
        "expires_at": expires_at,
        "calendar": calendar,
        "created_at": now,
    }
    context |= {"sender_name": sender_name, "zone": zone, "course_slug": course_slug}
    everyone = {person.pk: person for person in people}
    have_it = _who_have_it(kind, key, everyone)
    choices = preferences.choices_of(everyone, kind)
    drafts = []
    for pk in [pk for pk in everyone if pk not in have_it]:
        choice = choices.get(pk, Choice.AT_ONCE)
        way = AT_ONCE if is_urgent and choice != Choice.OFF else _way(kind, choice, zone, now, expires_at)
        if way is not None:
            words = wording.write(letter, to=everyone[pk], kind=kind, **context)
            drafts.append(Message(recipient=everyone[pk], **about, **way, **vars(words)))
    written = _insert(drafts)
    _tell_delivery(written)
    return written


@contextmanager
def one_run() -> Iterator[list[int]]:
    """Collect the ids of the letters posted inside; whoever opens it also delivers, so nobody else is told."""
    posted: list[int] = []
    token = _posted_in_run.set(posted)
    try:
        yield posted
    finally:
        _posted_in_run.reset(token)


def _who_have_it(kind: str, key: str, people: Iterable[int]) -> set[int]:
    rows = Message.objects.filter(kind=kind, key=key, recipient__in=list(people))
    return set(rows.values_list("recipient", flat=True))


def _insert(drafts: list[Message]) -> list[Message]:
    """Write the letters, save those that somebody else wrote this very moment."""
    if not drafts:
        return []
    try:
        with transaction.atomic():
            return Message.objects.bulk_create(drafts)
    except IntegrityError:
        if len(drafts) == 1:
            return []
        return [letter for draft in drafts for letter in _insert([draft])]


def _way(kind: str, choice: Choice, zone: str, now: datetime, expires_at: datetime | None) -> dict[str, Any] | None:
    """State and hour of a new letter; None if it is not wanted. What would expire while waiting goes at once."""
    if choice == Choice.OFF:
        return None
    if choice == Choice.DIGEST and not _expires_by(expires_at, next_morning(now, zone)):
        return {"state": Message.State.DIGEST}
    rests = (
        None if kinds.kind_named(kind).is_fixed or kinds.kind_named(kind).must_know else end_of_quiet_hours(now, zone)
    )
    return {"state": Message.State.QUEUED, "send_after": None if _expires_by(expires_at, rests) else rests}


def _expires_by(expires_at: datetime | None, hour: datetime | None) -> bool:
    return expires_at is not None and hour is not None and expires_at <= hour


def _tell_delivery(written: list[Message]) -> None:
    run = _posted_in_run.get()
    if run is not None:
        run.extend(message.pk for message in written)
        return
    due = [m.pk for m in written if m.state == Message.State.QUEUED and m.send_after is None]
    if due:
        kick_delivery(due[0] if len(due) == 1 else None)


def kick_delivery(message_id: int | None = None) -> None:
    """Have this letter sent once the transaction is committed; without a key, all that are due."""
    transaction.on_commit(partial(delivery_kick.only, message_id))


def try_again(course_slug: str, *, pk: int | None = None, kind: str | None = None) -> int:
    """Put parked letters of a course back, all tries before them; one, or all of a kind. How many."""
    parked = Message.objects.parked().filter(course_slug=course_slug, **({"pk": pk} if pk else {"kind": kind}))
    back = parked.update(state=Message.State.QUEUED, tries=0, send_after=None, last_error="")
    if back:
        kick_delivery()
    return back


def withdraw(kind: str, *, key: str, to: int) -> int:
    """Take back this person's letters of a kind whose key begins so: none leaves any more, and no words are kept.

    Their rows stay, so that none is written a second time. How many.
    """
    theirs = Message.objects.filter(kind=kind, key__startswith=key, recipient=to)
    waiting = theirs.filter(state__in=[Message.State.QUEUED, Message.State.DIGEST, Message.State.PARKED])
    waiting.update(state=Message.State.DROPPED, last_error="withdrawn")
    return theirs.update(subject="", text="", html="")


def erase_words(kind: str, *, before: datetime) -> int:
    """Forget what the letters of a kind said that were written before an instant, sent or not; how many."""
    old = Message.objects.filter(kind=kind, created_at__lt=before).exclude(text="")
    old.filter(state=Message.State.QUEUED).update(state=Message.State.DROPPED, last_error="too old")
    return old.update(subject="", text="", html="")


def end_of_quiet_hours(now: datetime, zone: str) -> datetime | None:
    """The end of the quiet hours (22:00 to 7:00 local) that `now` lies in; None by day."""
    wall = now.astimezone(ZoneInfo(zone)).time()
    return next_morning(now, zone) if wall < MORNING or wall >= NIGHT else None


def next_morning(now: datetime, zone: str) -> datetime:
    """The first 7:00 local after `now`, in UTC."""
    morning = last_morning(now, zone).astimezone(ZoneInfo(zone))
    return _seven(morning + timedelta(days=1))


def last_morning(now: datetime, zone: str) -> datetime:
    """The last 7:00 local up to and with `now`, in UTC."""
    local = now.astimezone(ZoneInfo(zone))
    return _seven(local if local.time() >= MORNING else local - timedelta(days=1))


def _seven(local: datetime) -> datetime:
    return datetime.combine(local.date(), MORNING, tzinfo=local.tzinfo).astimezone(UTC)
