from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from courses.models import Enrollment
from credits.domain import desk, grants
from credits.models import CreditPool, CreditRequest, Grant

State = CreditRequest.State


@dataclass(frozen=True)
class MyPool:
    pool: CreditPool
    grants: list[Grant]
    request: CreditRequest | None  # the newest, while it is open, or declined and no code came since
    place: int  # on the waiting list; 0: not on it
    at_desk: bool  # staff have begun to hand one out
    is_over: bool  # no code is given out any more

    @property
    def may_ask(self) -> bool:
        is_open = self.request is not None and self.request.is_open
        return not is_open and not self.is_over and len(self.grants) < self.pool.per_student

    @property
    def may_come(self) -> bool:
        """Whether the desk can have a code for them: theirs to collect, or another, asked for or not."""
        return bool(self.ready) or (not self.is_over and len(self.grants) < self.pool.per_student)

    @property
    def ready(self) -> list[Grant]:
        return [grant for grant in self.grants if grant.is_ready]


def pools_of(person: Enrollment, *, now: datetime) -> list[MyPool]:
    pools = person.course.credit_pools.prefetch_related("sections")
    return [_mine(pool, person, now) for pool in pools if pool.is_for(person)]


def _mine(pool: CreditPool, person: Enrollment, now: datetime) -> MyPool:
    own = list(pool.grants.filter(enrollment=person).select_related("code"))
    request = _to_show(pool.requests.filter(enrollment=person).last(), own)
    return MyPool(
        pool=pool,
        grants=own,
        request=request,
        place=_place(request) if request and request.state == State.WAITING else 0,
        at_desk=any(handover.enrollment_id == person.pk for handover in desk.running(pool, now=now)),
        is_over=grants.is_over(pool, now),
    )


def _to_show(newest: CreditRequest | None, own: list[Grant]) -> CreditRequest | None:
    """A request that says something still: it is open, or was declined and no code came since."""
    if newest is None or newest.is_open:
        return newest
    is_last_word = newest.closed_at and all(grant.fulfilled_at < newest.closed_at for grant in own)
    return newest if newest.state == State.DECLINED and is_last_word else None


def _place(request: CreditRequest) -> int:
    at = request.approved_at
    before = request.pool.requests.waiting().filter(Q(approved_at__lt=at) | Q(approved_at=at, pk__lt=request.pk))
    return before.count() + 1
