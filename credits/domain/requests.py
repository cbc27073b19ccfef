"""Students ask for a code, staff or a rule approve, and whoever finds no code waits until there is one."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.errors import DomainError
from accounts.models import User
from courses.domain import publishing
from courses.models import Course, Enrollment
from credits.domain import audit, grants, letters
from credits.errors import VaultError
from credits.models import CreditPool, CreditRequest, CreditRequestQuerySet

State = CreditRequest.State


def of_course(course: Course) -> CreditRequestQuerySet:
    of_it = CreditRequest.objects.filter(pool__course=course)
    return of_it.select_related("pool__course", "enrollment__user", "enrollment__section")


def ask(pool: CreditPool, *, by: Enrollment, now: datetime) -> CreditRequest:
    """Ask for a code; asking again while a request is open gives that request.

    A first request is approved at once where the pool says so. Raises DomainError for someone not eligible, who has
    all theirs, or after the last day to redeem.
    """
    with audit.logged(pool.course, now=now, **audit.ids_of(pool, by, by.user)):
        grants.refuse_ineligible(pool, by, now)
        request = _open_request(pool, by, now)
        if request.state == State.ASKED and _is_by_rule(pool, request):
            _approve(request, by=None, now=now)
        return request


def _open_request(pool: CreditPool, by: Enrollment, now: datetime) -> CreditRequest:
    try:
        with transaction.atomic():
            request = CreditRequest.objects.create(pool=pool, enrollment=by, asked_at=now)
    except IntegrityError:
        return CreditRequest.objects.open().get(pool=pool, enrollment=by)
    audit.note(pool.course_id, "asked", now=now, **audit.ids_of(pool, by, by.user))
    return request


def _is_by_rule(pool: CreditPool, request: CreditRequest) -> bool:
    others = pool.requests.filter(enrollment=request.enrollment_id).exclude(pk=request.pk)
    others = others.exclude(state=State.WITHDRAWN)
    return pool.approves_by_rule and not others.exists()


def approve(request: CreditRequest, *, by: User, now: datetime) -> bool:
    """Approve a request: a code is given at once, or the student waits for one; whether a code was there.

    Raises DomainError if the request is decided already, or the student may not have a code (any more).
    """
    known = audit.ids_of(request.pool, request.enrollment, by)
    with audit.logged(request.pool.course, now=now, **known):
        return _approve(request, by=by, now=now)


@dataclass
class Approved:
    given: int = 0
    waiting: int = 0
    refused: list[tuple[CreditRequest, str]] = field(default_factory=list)


def approve_many(chosen: Iterable[CreditRequest], *, by: User, now: datetime) -> Approved:
    """Approve these one by one, each for itself. Raises VaultError where no key is: then nobody can be."""
    approved = Approved()
    for request in chosen:
        try:
            is_given = approve(request, by=by, now=now)
            approved.given += is_given
            approved.waiting += not is_given
        except VaultError:
            raise
        except DomainError as error:
            approved.refused.append((request, error.message))
    return approved


def _approve(request: CreditRequest, *, by: User | None, now: datetime) -> bool:
    taken = CreditRequest.objects.filter(pk=request.pk, state=State.ASKED).update(
        state=State.WAITING, approved_at=now, decided_by=by
    )
    if not taken:
        raise DomainError("This request is decided already; nothing changed.")
    audit.note(request.pool.course_id, "approved", now=now, **audit.ids_of(request.pool, request.enrollment, by))
    grant = _give_code(request, by, now)
    if grant is None:
        request.state = State.WAITING
        letters.post_waiting(request, now=now)
    return grant is not None


def _give_code(request: CreditRequest, by: User | None, now: datetime) -> grants.Grant | None:
    grant = grants.take(request.pool, by=request.enrollment, now=now, actor=by)
    if grant is None:
        return None
    CreditRequest.objects.filter(pk=request.pk).update(state=State.SERVED, closed_at=now)
    request.state = State.SERVED
    letters.post_ready(grant, now=now)
    return grant


def withdraw(request: CreditRequest, *, by: Enrollment, now: datetime) -> None:
    """Take one's own request back, off the waiting list too. Raises DomainError once it is decided otherwise."""
    ids = audit.ids_of(request.pool, by, by.user)
    with audit.logged(request.pool.course, now=now, **ids):
        open_one = CreditRequest.objects.open().filter(pk=request.pk, enrollment=by)
        if not open_one.update(state=State.WITHDRAWN, closed_at=now):
            raise DomainError("This request is not open any more, so there is nothing to withdraw.")
        audit.note(request.pool.course_id, "withdrawn", now=now, **ids)


def decline(request: CreditRequest, *, by: User, reason: str, now: datetime) -> None:
    """Decline a request, for a reason that the student reads. Raises DomainError if it is decided already."""
    publishing.check(reason)
    with audit.logged(request.pool.course, now=now, **audit.ids_of(request.pool, request.enrollment, by)):
        _decline(request, by, reason[:300], now)


def _decline(request: CreditRequest, by: User | None, reason: str, now: datetime) -> None:
    open_one = CreditRequest.objects.open().filter(pk=request.pk)
    if not open_one.update(state=State.DECLINED, closed_at=now, decided_by=by, reason=reason):
        raise DomainError("This request is decided already; nothing changed.")
    request.state, request.reason = State.DECLINED, reason
    ids = audit.ids_of(request.pool, request.enrollment, by)
    audit.note(request.pool.course_id, "declined", now=now, **ids)
    letters.post_declined(request, now=now)


def serve_waiting(pool: CreditPool, *, now: datetime) -> int:
    """Give out what is there to those who wait, faulty codes' owners first, then first come first; how many got one."""
    served = sum(_give_anew(grant, now) for grant in grants.with_faulty_code(pool, now))
    for request in pool.requests.approved().select_related("enrollment__user", "pool__course"):
        if not pool.codes.free().exists():
            break
        served += _give_or_decline(request, now)
    return served


def _give_or_decline(request: CreditRequest, now: datetime) -> int:
    with audit.locked(request.pool.course_id):
        if not CreditRequest.objects.filter(pk=request.pk, state=State.WAITING).exists():
            return 0
        try:
            return int(_give_code(request, None, now) is not None)
        except VaultError:
            raise
        except DomainError as error:
            _decline(request, None, error.message[:300], now)
            return 0


def replace(grant: grants.Grant, *, by: User, now: datetime) -> bool:
    """Take a student's code out of circulation, give them another and tell them; False if none is left."""
    with audit.logged(grant.pool.course, now=now, **audit.ids_of(grant.pool, grant.enrollment, by)):
        if not grants.mark_faulty(grant, by=by, now=now):
            return False
        _tell_anew(grant, now)
        return True


def _give_anew(grant: grants.Grant, now: datetime) -> int:
    """Whether a grant whose code is faulty got another, and its letter, in one transaction."""
    with audit.locked(grant.pool.course_id):
        still = grant.pool.grants.filter(pk=grant.pk, code=grant.code_id)
        if not (still.exists() and grant.pool.codes.free().exists()):
            return 0
        if not grants.put_new_code(grant, by=None, now=now):
            return 0
        _tell_anew(grant, now)
        return 1


def _tell_anew(grant: grants.Grant, now: datetime) -> None:
    letters.post_ready(grants.of_course(grant.pool.course).get(pk=grant.pk), now=now)


def serve_due(now: datetime) -> int:
    """Serve every waiting list for which there are codes; how many got one."""
    from_faulty = CreditPool.objects.filter(grants__in=grants.Grant.objects.faulty())
    pools = (CreditPool.objects.filter(requests__state=State.WAITING) | from_faulty).distinct()
    return sum(serve_waiting(pool, now=now) for pool in pools.select_related("course") if pool.codes.free().exists())


def close_served(pool: CreditPool, person: Enrollment, *, by: User | None, now: datetime) -> None:
    open_one = pool.requests.open().filter(enrollment=person)
    if open_one.update(state=State.SERVED, closed_at=now, decided_by=by):
        audit.note(pool.course_id, "request served otherwise", now=now, **audit.ids_of(pool, person, by))
