"""Bringing letters out of the outbox: claim one, ask again whether it is wanted, send it, mark it; one commit each.

`now` is the clock of what is due; `clock` is the real one, for stamps, leases and pauses.
"""

import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F

from accounts.domain.registry import Registry
from mail.domain import email, kinds, preferences
from mail.domain.kinds import Choice
from mail.models import Message

State = Message.State
Clock = Callable[[], datetime]
logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)  # a claim older than this belongs to a worker that died
PAUSES = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 480, 960)]
SHORTEST_PAUSE = timedelta(seconds=10)
# Asked when a letter's turn comes: whether it is still of use to its recipient.
checks: Registry[Callable[[Message], bool]] = Registry("checks of letters about to be sent")
NO_WORDS = {"subject": "", "text": "", "html": ""}


def send_due(*, now: datetime, clock: Clock) -> int:
    """Send every letter whose turn has come, over one connection; returns how many went out.

    Ends early when the mail server does not answer: the others keep their tries for the next sweep.
    """
    sent = 0
    with email.Connection() as server:
        for pk in _in_turn(now, clock):
            sent += _deliver(pk, server, now, clock)
            if server.is_down:
                break
    return sent


def send_one(pk: int, *, now: datetime, clock: Clock) -> int:
    """Send this letter if its turn has come and nobody else is sending it; returns 1 if it went out."""
    with email.Connection() as server:
        return _deliver(pk, server, now, clock)


def claim(pk: int, *, now: datetime, clock: Clock) -> Message | None:
    """Take a letter for two minutes; None if its turn has not come or another worker has it."""
    until = clock() + LEASE
    mine = Message.objects.due(now, clock()).filter(pk=pk)
    if not mine.update(state=State.SENDING, claimed_until=until, tries=F("tries") + 1):
        return None
    return Message.objects.select_related("recipient").get(pk=pk)


def erase_secrets(*, now: datetime) -> int:
    """Erase the words of sign-in codes older than their time; one that was not sent by then never is."""
    old = now - timedelta(seconds=settings.SIGN_IN_CODE_SECONDS)
    rows = Message.objects.filter(kind__in=kinds.names("is_secret"), created_at__lte=old).exclude(text="")
    rows.exclude(state=State.SENT).update(state=State.DROPPED, last_error="too old")
    return rows.update(**NO_WORDS)


def _in_turn(now: datetime, clock: Clock) -> Iterator[int]:
    """Letters due, none twice: what nobody should wait for first, even if it is posted meanwhile."""
    urgent = kinds.names("is_secret")
    last_urgent = last = 0
    while True:
        due = Message.objects.due(now, clock()).order_by("pk").values_list("pk", flat=True)
        if pk := due.filter(kind__in=urgent, pk__gt=last_urgent).first():
            last_urgent = pk
        elif pk := due.exclude(kind__in=urgent).filter(pk__gt=last).first():
            last = pk
        else:
            return
        yield pk


def _deliver(pk: int, server: "email.Connection", now: datetime, clock: Clock) -> int:
    message = claim(pk, now=now, clock=clock)
    if message is None:
        return 0
    try:
        if instead := _instead_of_sending(message, now):
            _settle(message, **instead)
            return 0
        server.send(email.build(message))
    except Exception as error:  # whatever went wrong, the letter waits or is parked, never lost
        _failed(message, error, clock)
        return 0
    _sent(message, clock)
    return 1


def _instead_of_sending(message: Message, now: datetime) -> dict[str, Any] | None:
    """What becomes of a letter that is not to be sent now, or None."""
    if message.tries > len(PAUSES) + 1:
        return {"state": State.PARKED, "last_error": "workers died while sending it"}
    if message.expires_at and message.expires_at <= now:
        return _dropped(message, "too late")
    if not message.recipient.is_active:
        return _dropped(message, "no such person any more")
    if preferences.choice_of(message.recipient, message.kind) == Choice.OFF:
        return _dropped(message, "not wanted any more")
    if not is_still_right(message):
        return _dropped(message, "does not concern them any more")
    return None


def is_still_right(message: Message) -> bool:
    """Whether no registered check says that the letter is of no use any more."""
    return all(check(message) for check in checks)


def _dropped(message: Message, why: str) -> dict[str, Any]:
    words = NO_WORDS if kinds.kind_named(message.kind).is_secret else {}
    return {"state": State.DROPPED, "last_error": why, **words}


def _sent(message: Message, clock: Clock) -> None:
    """Mark it even if the lease ran out meanwhile: the mail server has it."""
    words = NO_WORDS if kinds.kind_named(message.kind).is_secret else {}
    Message.objects.filter(pk=message.pk).exclude(state=State.SENT).update(
        state=State.SENT, sent_at=clock(), claimed_until=None, last_error="", **words
    )


def _failed(message: Message, error: Exception, clock: Clock) -> None:
    why = email.reason(error)
    logger.warning("letter %s was not sent: %s", message.pk, why)
    if email.is_final(error) or message.tries > len(PAUSES):
        _settle(message, state=State.PARKED, last_error=why)
    else:
        _settle(message, state=State.QUEUED, last_error=why, send_after=clock() + _pause(message, clock))


def _pause(message: Message, clock: Clock) -> timedelta:
    """Longer after each try, and short enough that a letter that expires gets more than one."""
    pause = PAUSES[message.tries - 1]
    if message.expires_at:
        pause = min(pause, (message.expires_at - clock()) / 4)
    return max(pause, SHORTEST_PAUSE)


def _settle(message: Message, **fields: Any) -> None:
    """Write what became of a claimed letter, unless the claim passed on meanwhile."""
    mine = Message.objects.filter(pk=message.pk, state=State.SENDING, claimed_until=message.claimed_until)
    mine.update(claimed_until=None, **fields)
