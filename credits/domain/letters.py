"""Letters about codes; none of them holds one."""

from datetime import datetime, time, timedelta

from django.db import transaction

from courses.domain import calendar, letters
from courses.models import Course, Enrollment
from credits.domain import audit
from credits.models import AuditHead, CreditPool, CreditRequest, Grant

OWN, STAFF, EXPIRY, LOG = "credit", "credit_stock", "credit_expiry", "credit_log"
DAYS_BEFORE = (30, 7, 1)
EXPIRY_HOUR, LOG_HOUR = time(9), time(18)  # course time


def post_ready(grant: Grant, *, now: datetime) -> None:
    key = f"grant:{grant.pk}:opening:{grant.openings}"
    _post_to_student("credit_ready", grant.pool, grant.enrollment, key, now, grant=grant)


def post_waiting(request: CreditRequest, *, now: datetime) -> None:
    _post_to_student("credit_waiting", request.pool, request.enrollment, f"request:{request.pk}:waiting", now)


def post_declined(request: CreditRequest, *, now: datetime) -> None:
    key = f"request:{request.pk}:declined"
    _post_to_student("credit_declined", request.pool, request.enrollment, key, now, reason=request.reason)


def _post_to_student(
    letter: str, pool: CreditPool, person: Enrollment, key: str, now: datetime, **words: object
) -> None:
    thread = f"credit-{pool.pk}"
    letters.post_to(pool.course, letter, people=[person], key=key, kind=OWN, now=now, thread=thread, pool=pool, **words)


def post_low_stock(now: datetime) -> int:
    """To staff once when a pool runs low, and again after new codes; how many letters."""
    pools = CreditPool.objects.filter(low_stock_told_at=None, codes__isnull=False).distinct().select_related("course")
    return sum(_post_low(pool, now) for pool in pools)


@transaction.atomic
def _post_low(pool: CreditPool, now: datetime) -> int:
    left = pool.codes.free().count()
    if left > pool.low_stock:
        return 0
    if not CreditPool.objects.filter(pk=pool.pk, low_stock_told_at=None).update(low_stock_told_at=now):
        return 0
    key = f"pool:{pool.pk}:low:{now:%Y%m%d%H%M%S}"
    waiting = pool.requests.waiting().count()
    return letters.post_to(
        pool.course,
        "credit_low_stock",
        people=pool.course.enrollments.staff(),
        key=key,
        kind=STAFF,
        now=now,
        thread=f"credit-stock-{pool.pk}",
        pool=pool,
        left=left,
        waiting=waiting,
    )


def remind_of_expiry(now: datetime) -> int:
    """Remind those who hold a code 30, 7 and 1 days before its last day; how many letters."""
    return sum(_remind(pool, now) for pool in CreditPool.objects.select_related("course"))


def _remind(pool: CreditPool, now: datetime) -> int:
    """Of each date the nearest reminder only, to who had a code by then: who got one since knows the date already."""
    local = now.astimezone(pool.course.zone)
    posted = 0
    for what, day in (("redeem", pool.redeem_by), ("expire", pool.expires_on)):
        left = (day - local.date()).days if day else -1
        days = min((days for days in DAYS_BEFORE if left <= days), default=None)
        if day is None or left < 0 or days is None or local.time() < EXPIRY_HOUR:
            continue
        since = calendar.instant(pool.course, day - timedelta(days=days), EXPIRY_HOUR)
        holders = pool.grants.filter(fulfilled_at__lt=since).select_related("enrollment__user")
        if what == "redeem":
            holders = holders.to_collect()
        posted += letters.post_to(
            pool.course,
            "credit_expiry",
            people=[grant.enrollment for grant in holders],
            key=f"pool:{pool.pk}:{what}:{day}:{days}",
            kind=EXPIRY,
            now=now,
            thread=f"credit-{pool.pk}",
            expires_at=calendar.midnight_after(pool.course, day),
            pool=pool,
            day=day,
            left=left,
            is_redeeming=what == "redeem",
        )
    return posted


def post_log_heads(now: datetime) -> int:
    """To staff each evening where the log ends, if it grew; a head in their mailbox cannot be rewritten."""
    from_courses = {course.pk: course for course in Course.objects.filter(credit_pools__isnull=False).distinct()}
    heads = AuditHead.objects.filter(course_id__in=from_courses)
    return sum(_post_head(from_courses[head.course_id], head, now) for head in heads)


@transaction.atomic
def _post_head(course: Course, head: AuditHead, now: datetime) -> int:
    """One letter an evening; what happens after it is in the next evening's, so that every row comes under a letter."""
    local = now.astimezone(course.zone)
    if (head.seq, head.mac) == (head.told_seq, head.told_mac) or local.time() < LOG_HOUR:
        return 0
    posted = letters.post_to(
        course,
        "credit_log",
        people=course.enrollments.staff(),
        key=f"log:{course.pk}:{local.date()}",
        kind=LOG,
        now=now,
        thread=f"credit-log-{course.pk}",
        head=audit.head_words(head.seq, head.mac),
        new=head.seq - head.told_seq,
        expires_at=now + timedelta(days=7),
    )
    if posted:
        AuditHead.objects.filter(pk=head.pk, told_seq=head.told_seq).update(told_seq=head.seq, told_mac=head.mac)
    return posted
