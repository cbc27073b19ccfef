from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.views.decorators.debug import sensitive_variables

from accounts.errors import DomainError
from accounts.models import User
from courses.domain import calendar, publishing
from courses.models import Course, Enrollment
from credits.domain import audit, letters, vault
from credits.domain.vault import Secret
from credits.models import Channel, CreditCode, CreditPool, Grant, Reveal

State = CreditCode.State


def take(
    pool: CreditPool, *, by: Enrollment, now: datetime, channel: str = Channel.PORTAL, actor: User | None = None
) -> Grant | None:
    """Give a student the next free code of a pool; None if there is none left.

    Inside a transaction of the caller's, who notes the refusal. Two that reach for the same code get two codes.
    Raises DomainError for someone who may not have one (any more).
    """
    number = refuse_ineligible(pool, by, now)
    try:
        with transaction.atomic():  # a code that cannot be given goes back to the stock
            code_id = _take_free(pool, now)
            if code_id is None:
                return None
            grant = Grant.objects.create(
                pool=pool, enrollment=by, number=number, code_id=code_id, channel=channel, fulfilled_at=now
            )
    except IntegrityError:
        raise DomainError(ALREADY) from None
    note(grant, "code given", actor, now, channel)
    return grant


def of_course(course: Course) -> QuerySet[Grant]:
    return Grant.objects.filter(pool__course=course).select_related("pool__course", "enrollment__user", "code")


ALREADY = "All the codes that one student may have are given already; they stand on the credits page."


def refuse_ineligible(pool: CreditPool, person: Enrollment, now: datetime) -> int:
    """The number of a student's next code.

    Raises DomainError for someone not eligible, who has all theirs, or after the last day.
    """
    if not _is_eligible(pool, person):
        raise DomainError("These codes are for the active students of other sections; nothing was given out.")
    if is_over(pool, now):
        raise DomainError("The last day to redeem these codes is over, so nothing is given out.")
    number = next_number(pool, set(pool.grants.filter(enrollment=person).values_list("number", flat=True)))
    if number is None:
        raise DomainError(ALREADY)
    return number


def is_over(pool: CreditPool, now: datetime) -> bool:
    """Whether a code would be worth nothing any more: the last day to redeem it, or of the credit, has ended."""
    return pool.last_day is not None and now >= calendar.midnight_after(pool.course, pool.last_day)


def may_take(pool: CreditPool, now: datetime) -> list[int]:
    """The students who may be given a code now, or have one to collect: the ids of their enrolments."""
    taken: dict[int, set[int]] = {}
    for person, number in pool.grants.values_list("enrollment_id", "number"):
        taken.setdefault(person, set()).add(number)
    ready, over = set(pool.grants.to_collect().values_list("enrollment_id", flat=True)), is_over(pool, now)
    people = pool.students(now).values_list("pk", flat=True)
    return [pk for pk in people if pk in ready or (not over and next_number(pool, taken.get(pk, ())) is not None)]


def _is_eligible(pool: CreditPool, person: Enrollment) -> bool:
    """`is_for`, as the person's row stands this moment."""
    return pool.is_for(Enrollment.objects.get(pk=person.pk))


def next_number(pool: CreditPool, taken: Collection[int]) -> int | None:
    """The first number not taken yet; None for someone who has all the codes of a pool that one may have."""
    free = [number for number in range(1, pool.per_student + 1) if number not in taken]
    return free[0] if free and len(taken) < pool.per_student else None


def _take_free(pool: CreditPool, now: datetime) -> Any:
    free = pool.codes.free().order_by("position").values_list("pk", flat=True)
    while (code_id := free.first()) is not None:  # another may take it first
        if CreditCode.objects.free().filter(pk=code_id).update(state=State.GIVEN, given_at=now):
            return code_id
    return None


@sensitive_variables()
def reveal(grant: Grant, *, by: Enrollment, now: datetime, channel: str | None = None) -> Secret:
    """The code, for its student, once an opening. It is marked as shown, and logged, before it leaves.

    Raises DomainError for anyone else, the second time, and where the seal does not open; then nothing changes.
    """
    ids = {"grant_id": grant.pk, "code_id": grant.code_id, **audit.ids_of(grant.pool, by, by.user)}
    with audit.logged(grant.pool.course, now=now, **ids):
        return show(grant, by=by, now=now, channel=channel)


@sensitive_variables()
def show(grant: Grant, *, by: Enrollment, now: datetime, channel: str | None = None) -> Secret:
    """`reveal` inside a transaction of the caller's, who notes the refusal."""
    if grant.enrollment_id != by.pk or not _is_eligible(grant.pool, by):
        raise DomainError("This code is not yours, or you are no longer in an eligible section; it was not shown.")
    if not Grant.objects.filter(pk=grant.pk, is_open=True).update(is_open=False):
        raise DomainError(
            "Your code was shown already, and it is shown once only. If it did not reach you, ask your "
            "instructor or assistant to open it again: they can, without seeing it."
        )
    Grant.objects.filter(pk=grant.pk, revealed_at=None).update(revealed_at=now)
    shown = Grant.objects.select_related("code", "pool", "enrollment").get(pk=grant.pk)
    if shown.code.state != State.GIVEN:
        raise DomainError("This code turned out to be faulty; ask your instructor for another.")
    where = channel or shown.channel
    Reveal.objects.create(grant=shown, opening=shown.openings, at=now, channel=where)
    text = vault.unseal(shown.code.sealed, vault.place_of(shown.code_id, shown.pool_id))
    note(shown, "code shown", by.user, now, f"opening {shown.openings}, {where}")
    return text


def reopen(grant: Grant, *, by: User, now: datetime) -> None:
    """Let a code be shown once more that was lost on the way, or is sound though reported; that answers the report.

    Raises DomainError if it was never shown.
    """
    with audit.logged(grant.pool.course, now=now, **_ids(grant, by)):
        shown = Grant.objects.filter(pk=grant.pk, code__state=State.GIVEN).exclude(is_open=True, reported_at=None)
        if not shown.update(is_open=True, openings=F("openings") + 1, reported_at=None, report=""):
            raise DomainError("This code waits to be collected already; there is nothing to open again.")
        note(grant, "opened again", by, now, "reported, and sound" if grant.reported_at else "")
        letters.post_ready(of_course(grant.pool.course).get(pk=grant.pk), now=now)


def report_faulty(grant: Grant, *, by: Enrollment, words: str, now: datetime) -> None:
    """A student says that a code did not work; staff decide. Raises DomainError for a code not seen yet.

    What they write is refused if it holds a code: it is kept in clear, and staff read it.
    """
    publishing.check(words)
    with audit.logged(grant.pool.course, now=now, **_ids(grant, by.user)):
        own = Grant.objects.filter(pk=grant.pk, enrollment=by).exclude(revealed_at=None)
        if not own.update(reported_at=now, report=words[:300]):
            raise DomainError("Collect the code first: only one that you have tried can be reported.")
        note(grant, "reported faulty", by.user, now)


def mark_faulty(grant: Grant, *, by: User, now: datetime) -> bool:
    """Take a code out of circulation and give its student another; False if none goes out, then they wait.

    Inside a transaction of the caller's, who notes the refusal and writes the letter. Their grant goes on with the
    new code, so that they count once. Raises DomainError if it is marked already.
    """
    given = CreditCode.objects.filter(pk=grant.code_id, state=State.GIVEN)
    if not given.update(state=State.FAULTY, faulty_at=now):
        raise DomainError("This code is marked as faulty already; nothing changed.")
    return put_new_code(grant, by=by, now=now)


def put_new_code(grant: Grant, *, by: User | None, now: datetime) -> bool:
    """Put a new code in the place of a faulty one, to be shown anew; False if one may have none, or none is left."""
    if not _may_have(grant, now):
        note(grant, "faulty, not replaced", by, now, "too late, or no longer eligible")
        return False
    code_id = _take_free(grant.pool, now)
    if code_id is None:
        note(grant, "faulty, none left", by, now)
        return False
    unchanged = Grant.objects.filter(pk=grant.pk, code_id=grant.code_id)
    changed = unchanged.update(
        code_id=code_id, is_open=True, openings=F("openings") + 1, reported_at=None, report="", revealed_at=None
    )
    if not changed:
        raise DomainError("Somebody else replaced this code this very moment; nothing changed.")
    note(grant, "faulty, replaced", by, now, f"new code {code_id}")
    return True


def _may_have(grant: Grant, now: datetime) -> bool:
    return not is_over(grant.pool, now) and _is_eligible(grant.pool, grant.enrollment)


def spare(grant: Grant, now: datetime) -> int | None:
    """How many codes could take this one's place; None if its student may have none any more."""
    return grant.pool.codes.free().count() if _may_have(grant, now) else None


def with_faulty_code(pool: CreditPool, now: datetime) -> list[Grant]:
    """Those whose code is faulty and who wait for another, first come first; not who may have none any more."""
    if is_over(pool, now):
        return []
    return [grant for grant in pool.grants.faulty().select_related("enrollment") if pool.is_for(grant.enrollment)]


def note(grant: Grant, kind: str, by: User | None, now: datetime, words: str = "") -> None:
    audit.note(grant.pool.course_id, kind, now=now, note=words, **_ids(grant, by))


def _ids(grant: Grant, by: User | None) -> dict[str, Any]:
    return {"grant_id": grant.pk, "code_id": grant.code_id, **audit.ids_of(grant.pool, grant.enrollment, by)}
