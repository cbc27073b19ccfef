"""The sweeps of the outbox, and the way a new letter is sent soon."""

import logging
import time
from datetime import datetime

from celery import shared_task
from django.utils import timezone

from mail.domain import delivery, digests

logger = logging.getLogger(__name__)
BROKER_REST = 10.0  # seconds without another try after the broker was down
_broker_rests_until = 0.0


@shared_task
def send_due(at: str | None = None) -> dict[str, int]:
    return {"letters_sent": delivery.send_due(now=_clock(at), clock=timezone.now)}


@shared_task
def send_one(message_id: int) -> None:
    delivery.send_one(message_id, now=timezone.now(), clock=timezone.now)


@shared_task
def gather_digests(at: str | None = None) -> dict[str, int]:
    return {"digests_gathered": digests.gather(now=_clock(at))}


@shared_task
def erase_codes(at: str | None = None) -> dict[str, int]:
    return {"codes_erased": delivery.erase_secrets(now=_clock(at))}


def send_soon(message_id: int | None) -> None:
    """Have a worker send this letter now (None: all that are due); if no broker answers, the sweep will."""
    global _broker_rests_until
    if time.monotonic() < _broker_rests_until:
        return
    try:
        send_due.delay() if message_id is None else send_one.delay(message_id)
    except Exception as error:  # any broker, any way of being down: the letter is safe in the outbox
        _broker_rests_until = time.monotonic() + BROKER_REST
        logger.warning("no broker to tell of a new letter (%s); the next sweep sends it", type(error).__name__)


def _clock(at: str | None) -> datetime:
    return datetime.fromisoformat(at) if at else timezone.now()
