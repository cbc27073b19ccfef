"""The nightly sweep over linked accounts: what is due and not done, one account after the other, each by itself.

A night's sweep may end anywhere and goes on at the next run with the regions that are left. `now` is the clock of
what is due; `clock` is the real one, for claims and the time that a run may take.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.views.decorators.debug import sensitive_variables

from cloudguard.domain import account_links, aws_looks, aws_roles, sweep_letters
from cloudguard.domain.aws_looks import Look
from cloudguard.domain.aws_roles import RoleKeys
from cloudguard.errors import AwsSilentError, RoleOpenError, RoleRefusedError
from cloudguard.models import AccountLink, Finding
from courses.models import Course

State = AccountLink.State
Clock = Callable[[], datetime]
logger = logging.getLogger(__name__)

BUDGET = timedelta(seconds=45)  # of one run: the worker has other work
LEASE = timedelta(minutes=10)  # a claim older than this belongs to a worker that died
REST = timedelta(hours=1)  # after AWS gave no answer


class _RevokedError(Exception):
    """The student revoked, or was dropped, while the sweep was on its way: nothing more is written."""


def sweep_due(now: datetime, *, clock: Clock) -> Counter[str]:
    """Sweep the accounts whose turn it is; how many were begun, by how they ended. Off: nothing, and nobody asked."""
    counts: Counter[str] = Counter()
    if not aws_roles.is_on():
        return counts
    deadline = clock() + BUDGET
    for link in _due(now, clock()):
        if clock() >= deadline:
            break
        counts[_sweep(link, now, clock, deadline)] += 1
    return counts


def night_of(course: Course, now: datetime) -> date:
    """The night to which an instant belongs; it begins at 2:00 course time."""
    local = now.astimezone(course.zone)
    return local.date() if local.time() >= sweep_letters.HOUR else local.date() - timedelta(days=1)


def _due(now: datetime, real_now: datetime) -> Iterator[AccountLink]:
    links = AccountLink.objects.linked().exclude(busy_until__gt=real_now)
    for link in links.select_related("enrollment__course", "enrollment__user").order_by(
        F("swept_at").asc(nulls_first=True), "pk"
    ):
        course = link.enrollment.course
        if not account_links.is_over(course, now) and (not link.swept_on or link.swept_on < night_of(course, now)):
            yield link


@sensitive_variables()
def _sweep(link: AccountLink, now: datetime, clock: Clock, deadline: datetime) -> str:
    mine = AccountLink.objects.linked().filter(pk=link.pk).exclude(busy_until__gt=clock())
    link.busy_until = clock() + LEASE
    if not mine.update(busy_until=link.busy_until):
        return "taken"
    try:
        return _go_on(link, now, clock, deadline)
    except _RevokedError:
        return "revoked"
    except RoleRefusedError:
        return _stop(link, State.GONE, now)
    except RoleOpenError:
        return _stop(link, State.OPEN, now)
    except AwsSilentError as silent:
        return _rest(link, clock, silent.message)
    except Exception as error:  # its words, and its trace, could hold an account
        return _rest(link, clock, type(error).__name__)


@sensitive_variables()
def _go_on(link: AccountLink, now: datetime, clock: Clock, deadline: datetime) -> str:
    night = night_of(link.enrollment.course, now)
    keys = _begun(link, night) if link.sweeping_on != night else aws_roles.assume(link.role_arn, link.external_id)
    while link.regions_left and clock() < deadline:
        for look in aws_looks.look(keys, link.regions_left[: aws_looks.AT_ONCE]):
            _record(link, look, night, now)
    if link.regions_left:
        _write(link, busy_until=None)
        return "unfinished"
    _finish(link, night, now)
    return "swept"


@sensitive_variables()
def _begun(link: AccountLink, night: date) -> RoleKeys:
    """The role is proved anew each night: who made it can change it."""
    keys = aws_roles.prove(link.role_arn, link.external_id)
    names = aws_looks.regions(keys)
    _write(link, sweeping_on=night, regions=names, regions_left=names, blind_spots=[])
    return keys


def _write(link: AccountLink, **fields: object) -> None:
    """Change the link, if it is still linked, still the student's, and still ours to sweep."""
    ours = AccountLink.objects.linked().filter(pk=link.pk, busy_until=link.busy_until)
    if not AccountLink.objects.filter(pk__in=ours.values("pk")).update(**fields):
        raise _RevokedError
    for name, value in fields.items():
        setattr(link, name, value)


@transaction.atomic
def _record(link: AccountLink, look: Look, night: date, now: datetime) -> None:
    left = [name for name in link.regions_left if name != look.region]
    _write(link, regions_left=left, blind_spots=[*link.blind_spots, *look.blind_spots])
    for seen in look.seen:
        fields = {"size": seen.size, "amount": seen.amount, "is_idle": seen.is_idle, "since": seen.since}
        Finding.objects.update_or_create(
            link=link,
            kind=seen.kind,
            region=look.region,
            resource_id=seen.resource_id,
            defaults={**fields, "seen_on": night},
            create_defaults={**fields, "seen_on": night, "first_seen_at": now},
        )
    link.findings.filter(region=look.region, kind__in=look.known, seen_on__lt=night).delete()


@transaction.atomic
def _finish(link: AccountLink, night: date, now: datetime) -> None:
    _write(link, swept_on=night, swept_at=now, busy_until=None)
    link.findings.exclude(region__in=link.regions).delete()
    sweep_letters.tell_running(link, night, now=now)


@transaction.atomic
def _stop(link: AccountLink, state: str, now: datetime) -> str:
    """AWS refused, or the role is open to others: look no more, forget what was found, and say so once."""
    try:
        _write(link, state=state, busy_until=None, regions_left=[], sweeping_on=None)
    except _RevokedError:
        return "revoked"
    link.findings.all().delete()
    sweep_letters.tell_trouble(link, now=now)
    return "stopped"


def _rest(link: AccountLink, clock: Clock, why: str) -> str:
    logger.warning("an account could not be swept and rests for an hour: %s", why)
    AccountLink.objects.filter(pk=link.pk, busy_until=link.busy_until).update(busy_until=clock() + REST)
    return "resting"
