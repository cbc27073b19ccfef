"""What one student sees of a course's codes."""

from dataclasses import dataclass
from datetime import datetime

from courses.models import Enrollment
from credits.domain import desk
from credits.models import CreditPool, CreditRequest, Grant

State = CreditRequest.State


@dataclass(frozen=True)
class Mine:
    """A pool as it stands for one student."""

    pool: CreditPool
    grants: list[Grant]
    request: CreditRequest | None  # the newest, unless it is served
    place: int  # on the waiting list; 0: not on it
    at_desk: bool  # staff have begun to hand one out

    @property
    def may_ask(self) -> bool:
        """Whether another code can be asked for."""
        is_open = self.request is not None and self.request.state in (State.ASKED, State.WAITING)
        return not is_open and len(self.grants) < self.pool.per_student

    @property
    def ready(self) -> list[Grant]:
        """Codes that wait to be collected."""
        return [grant for grant in self.grants if grant.is_open and grant.code.state == "given"]


def of(person: Enrollment, *, now: datetime) -> list[Mine]:
    """The pools for which a student is eligible."""
    pools = person.course.credit_pools.prefetch_related("sections")
    return [_mine(pool, person, now) for pool in pools if pool.is_for(person)]


def _mine(pool: CreditPool, person: Enrollment, now: datetime) -> Mine:
    request = pool.requests.filter(enrollment=person).exclude(state__in=(State.SERVED, State.WITHDRAWN)).last()
    return Mine(
        pool=pool,
        grants=list(pool.grants.filter(enrollment=person).select_related("code")),
        request=request,
        place=_place(request) if request and request.state == State.WAITING else 0,
        at_desk=any(one.enrollment_id == person.pk for one in desk.running(pool, now=now)),
    )


def _place(request: CreditRequest) -> int:
    return [pk for (pk,) in request.pool.requests.waiting().values_list("pk")].index(request.pk) + 1
