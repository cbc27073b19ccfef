"""The desk: handing out in person and on Zoom. Staff name the student; the code goes to the student's own screen."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import transaction
from django.db.models import F
from django.views.decorators.debug import sensitive_variables

from accounts.errors import DomainError
from accounts.models import User
from courses.models import Enrollment
from credits.domain import audit, grants, requests, vault
from credits.domain.vault import Secret
from credits.models import CreditPool, Grant, Handover, Reveal

GOOD_FOR = timedelta(minutes=2)
MOST_TRIES = 5
NONE_OPEN = (
    "These are not the digits of the moment. They are good for two minutes and five tries, for you alone; "
    "ask at the desk for new ones."
)


@dataclass(frozen=True)
class Pin:
    digits: Secret
    handover: Handover


@sensitive_variables("digits")
def start(pool: CreditPool, person: Enrollment, *, by: User, channel: str, now: datetime) -> Pin:
    """Begin a hand-out to one student; an earlier one of theirs ends.

    Raises DomainError for someone not eligible, or if there is neither a free code nor one of theirs to collect.
    """
    digits = Secret(f"{secrets.randbelow(1_000_000):06}")
    ids = audit.ids_of(pool, person, by)
    with audit.logged(pool.course, now=now, **ids):
        if not _to_collect(pool, person):
            grants.refuse_ineligible(pool, person, now)
            if not pool.codes.free().exists():
                raise DomainError("No code is left, so nothing was begun. The student can ask and be put on the list.")
        pool.handovers.filter(enrollment=person, ended_at=None).update(ended_at=now)
        handover = Handover.objects.create(
            pool=pool, enrollment=person, by=by, channel=channel, pin_hash="", expires_at=now + GOOD_FOR
        )
        Handover.objects.filter(pk=handover.pk).update(pin_hash=_hash(handover, digits))
        audit.note(pool.course_id, "desk begun", now=now, note=channel, **ids)
    return Pin(digits, handover)


@sensitive_variables("digits", "text")
def take(pool: CreditPool, *, by: Enrollment, digits: Secret, now: datetime) -> tuple[Grant, Secret]:
    """Take the code with the digits of the desk: it is the student's, and shown to them, at once.

    Raises DomainError for wrong, old or foreign digits; a wrong try counts.
    """
    ids = audit.ids_of(pool, by, by.user)
    with audit.logged(pool.course, now=now, **ids):
        handover = _tried(pool, by, digits, now)
        if handover is not None:
            return _hand_over(handover, by, now)
    audit.refuse(pool.course_id, "wrong digits at the desk", now=now, **ids)
    raise DomainError(NONE_OPEN)


def _tried(pool: CreditPool, person: Enrollment, digits: Secret, now: datetime) -> Handover | None:
    handover = pool.handovers.filter(enrollment=person, ended_at=None, expires_at__gt=now, tries__lt=MOST_TRIES).first()
    if handover is None:
        return None
    Handover.objects.filter(pk=handover.pk).update(tries=F("tries") + 1)
    is_right = hmac.compare_digest(handover.pin_hash, _hash(handover, digits))
    return handover if is_right else None


@sensitive_variables("text")
def _hand_over(handover: Handover, person: Enrollment, now: datetime) -> tuple[Grant, Secret]:
    grant = _to_collect(handover.pool, person) or _given(handover, person, now)
    Handover.objects.filter(pk=handover.pk).update(ended_at=now)
    text = grants.show(grant, by=person, now=now, channel=handover.channel)
    return grant, text


def _given(handover: Handover, person: Enrollment, now: datetime) -> Grant:
    pool = handover.pool
    grant = grants.take(pool, by=person, now=now, channel=handover.channel, actor=handover.by)
    if grant is None:
        raise DomainError("The last code was given out this very moment; ask, and you are put on the waiting list.")
    requests.close_served(pool, person, by=handover.by, now=now)
    return grant


def _to_collect(pool: CreditPool, person: Enrollment) -> Grant | None:
    return pool.grants.to_collect().filter(enrollment=person).first()


def _hash(handover: Handover, digits: Secret) -> str:
    return vault.mac("desk", f"{handover.pk}:{digits.show().strip()}".encode())


class HandoverStatus(StrEnum):
    OPEN = "open"
    HAS_IT = "has it"  # the code was shown to the student since, with these digits or without
    REPLACED = "replaced"
    GUESSED = "guessed"  # too often
    OVER = "over"


def status_of(handover: Handover, *, now: datetime) -> HandoverStatus:
    shown = Reveal.objects.filter(grant__pool=handover.pool_id, grant__enrollment=handover.enrollment_id)
    if shown.filter(at__gte=handover.expires_at - GOOD_FOR).exists():
        return HandoverStatus.HAS_IT
    if handover.ended_at:
        return HandoverStatus.REPLACED
    if handover.tries >= MOST_TRIES:
        return HandoverStatus.GUESSED
    return HandoverStatus.OPEN if now < handover.expires_at else HandoverStatus.OVER


def running(pool: CreditPool, *, now: datetime) -> list[Handover]:
    """The hand-outs that students can still take, newest first."""
    open_ones = pool.handovers.filter(ended_at=None, expires_at__gt=now, tries__lt=MOST_TRIES)
    return list(open_ones.select_related("enrollment__user").order_by("-expires_at"))


def forget(now: datetime) -> int:
    """Delete the hand-outs of earlier days, which the log has; how many."""
    with transaction.atomic():
        return Handover.objects.filter(expires_at__lt=now - timedelta(days=1)).delete()[0]
