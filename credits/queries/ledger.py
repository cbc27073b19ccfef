from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce, Least

from courses.models import Course
from credits.models import Channel, CreditCode, CreditPool, CreditRequest, Grant

PACE_OVER = timedelta(days=14)


@dataclass(frozen=True)
class LedgerCounts:
    at: datetime
    fulfilled: int
    eligible: int
    stock: int
    waiting: int
    text: str

    @property
    def figures(self) -> dict[str, int | str]:
        """As `credits_as_of --format json` prints them."""
        return {name: getattr(self, name) for name in ("fulfilled", "eligible", "stock", "waiting", "text")}


@dataclass(frozen=True)
class BreakdownLine:
    label: str
    fulfilled: int
    of: int | None = None


@dataclass(frozen=True)
class Forecast:
    """How long the stock lasts: at the pace of the last two weeks, and against those who have no code yet."""

    stock: int
    without: int  # eligible students who have none
    lasts_days: int | None  # None: nobody asked for one in two weeks

    @property
    def missing(self) -> int:
        """How many codes are short if everyone eligible asks."""
        return max(0, self.without - self.stock)


def as_of(course: Course, at: datetime, *, pool: CreditPool | None = None) -> LedgerCounts:
    """The counts up to and with an instant, of one pool or of all of a course."""
    pools = [pool] if pool else list(course.credit_pools.all())
    fulfilled = Grant.objects.filter(pool__in=pools, fulfilled_at__lte=at).count()
    return LedgerCounts(
        at=at,
        fulfilled=fulfilled,
        eligible=len({pk for each in pools for pk in each.students(at).values_list("pk", flat=True)}),
        stock=sum(stock(each, at) for each in pools),
        waiting=_waiting(pools, at),
        text=words(course, fulfilled, at),
    )


def words(course: Course, fulfilled: int, at: datetime) -> str:
    """As the slide says it: "62 credit requests fulfilled as of Nov 27 @ 11:59p"."""
    local = at.astimezone(course.zone)
    clock = f"{local.hour % 12 or 12}:{local:%M}{'a' if local.hour < 12 else 'p'}"
    requests = "credit request" if fulfilled == 1 else "credit requests"
    return f"{fulfilled} {requests} fulfilled as of {local:%b} {local.day} @ {clock}"


def stock(pool: CreditPool, at: datetime) -> int:
    """Sound codes that were there by then, less those handed out by then, whether or not they were replaced since.

    A code handed out before it was imported was there when it was handed out.
    """
    there = Least("imported_at", Coalesce("given_at", "imported_at"))
    codes = pool.codes.annotate(there_at=there).filter(there_at__lte=at)
    sound = codes.filter(Q(faulty_at=None) | Q(faulty_at__gt=at))
    return sound.filter(Q(given_at=None) | Q(given_at__gt=at)).count()


def _waiting(pools: list[CreditPool], at: datetime) -> int:
    requests = CreditRequest.objects.filter(pool__in=pools, approved_at__lte=at)
    here = requests.filter(Q(enrollment__dropped_at=None) | Q(enrollment__dropped_at__gt=at))
    return here.filter(Q(closed_at=None) | Q(closed_at__gt=at)).count()


def by_section(pool: CreditPool, at: datetime) -> list[BreakdownLine]:
    """Hand-outs of each eligible section, of how many students; and of who is in none of them any more."""
    people = Counter(pool.students(at).values_list("section", flat=True))
    given = Counter(pool.grants.filter(fulfilled_at__lte=at).values_list("enrollment__section", flat=True))
    sections = pool.sections.all() or pool.course.sections.all()
    lines = [BreakdownLine(section.code, given.pop(section.pk, 0), people[section.pk]) for section in sections]
    return [*lines, BreakdownLine("Others, by now", given.total(), 0)] if given else lines


def by_channel(pool: CreditPool, at: datetime) -> list[BreakdownLine]:
    given = Counter(pool.grants.filter(fulfilled_at__lte=at).values_list("channel", flat=True))
    return [BreakdownLine(str(channel.label), given[channel.value]) for channel in Channel if given[channel.value]]


def forecast(pool: CreditPool, at: datetime) -> Forecast:
    left = stock(pool, at)
    recent = pool.grants.filter(fulfilled_at__lte=at, fulfilled_at__gt=at - PACE_OVER).count()
    have = pool.grants.filter(fulfilled_at__lte=at).values("enrollment")
    without = pool.students(at).exclude(pk__in=have).count()
    return Forecast(left, without, left * PACE_OVER.days // recent if recent else None)


def rows(pool: CreditPool, at: datetime) -> list[Grant]:
    """Every hand-out up to an instant, newest first; without codes."""
    made = pool.grants.filter(fulfilled_at__lte=at).order_by("-fulfilled_at", "-pk")
    return list(made.select_related("enrollment__user", "enrollment__section", "code"))


def cells(grant: Grant) -> list[str]:
    zone, person = grant.pool.course.zone, grant.enrollment
    collected = grant.revealed_at.astimezone(zone).isoformat() if grant.revealed_at else ""
    who = [person.login, person.user.name, str(person.section or "")]
    return [*who, grant.channel, grant.fulfilled_at.astimezone(zone).isoformat(), collected]


def free(course: Course) -> int:
    return CreditCode.objects.free().filter(pool__course=course).count()


def reported(course: Course) -> QuerySet[Grant]:
    """Codes that a student said did not work and that nobody has answered."""
    return Grant.objects.filter(pool__course=course, code__state=CreditCode.State.GIVEN).exclude(reported_at=None)


@dataclass(frozen=True)
class PoolOverview:
    pool: CreditPool
    counts: LedgerCounts
    forecast: Forecast
    asked: int
    reported: list[Grant]
    faulty: int


def overview_of(pool: CreditPool, now: datetime) -> PoolOverview:
    return PoolOverview(
        pool=pool,
        counts=as_of(pool.course, now, pool=pool),
        forecast=forecast(pool, now),
        asked=pool.requests.asked().count(),
        reported=list(pool.grants.exclude(reported_at=None).select_related("enrollment__user", "code")),
        faulty=pool.codes.filter(state=CreditCode.State.FAULTY).count(),
    )
