"""Finding a code without opening any: by its fingerprint."""

from dataclasses import dataclass
from datetime import datetime

from django.views.decorators.debug import sensitive_variables

from accounts.errors import RuleBroken
from accounts.models import User
from courses.models import Course
from credits.domain import audit, vault
from credits.domain.vault import Secret
from credits.models import CreditCode, Grant

CHUNK = 500


@dataclass(frozen=True)
class Found:
    """What is known of a code that was typed: its row, and whose it is."""

    code: CreditCode
    grant: Grant | None


@sensitive_variables()
def find(course: Course, typed: Secret, *, by: User, now: datetime) -> Found | None:
    """The state of a code of this course; None if it is none of its codes. Every search is in the log."""
    code = CreditCode.objects.filter(pool__course=course, fingerprint=vault.fingerprint(typed)).first()
    audit.note(
        course.pk,
        "code looked up",
        now=now,
        note="known" if code else "not known",
        actor_id=by.pk,
        code_id=code.pk if code else None,
    )
    if code is None:
        return None
    grants = Grant.objects.filter(code=code).select_related("enrollment__user", "enrollment__section")
    return Found(code, grants.first())


@sensitive_variables()
def refuse_codes_in(text: str) -> None:
    """Stop a text that holds a code of any pool, however it is spaced (settings.ANNOUNCEMENT_CHECKS).

    Raises RuleBroken, without saying which.
    """
    lengths = sorted(set(CreditCode.objects.order_by().values_list("length", flat=True).distinct()))
    if lengths and _holds_a_code(vault.folded(Secret(text)).show(), lengths):
        raise RuleBroken(
            "This text holds a credit code, so it was not taken and nobody was mailed. "
            "Take the code out: codes are collected on the credits page only."
        )


@sensitive_variables()
def _holds_a_code(run: str, lengths: list[int]) -> bool:
    pieces = {run[start : start + length] for length in lengths for start in range(len(run) - length + 1)}
    marks = [vault.fingerprint(Secret(piece)) for piece in pieces]
    return any(
        CreditCode.objects.filter(fingerprint__in=marks[start : start + CHUNK]).exists()
        for start in range(0, len(marks), CHUNK)
    )
