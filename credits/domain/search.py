"""Finding a code without opening any: by its fingerprint."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from urllib.parse import unquote

from django.views.decorators.debug import sensitive_variables

from accounts.models import User
from courses.domain.publishing import TextRefusedError
from courses.models import Course
from credits.domain import audit, vault
from credits.domain.vault import Secret
from credits.errors import VaultError
from credits.models import SHORTEST, CreditCode, Grant

CHUNK = 500


@dataclass(frozen=True)
class Found:
    code: CreditCode
    grant: Grant | None


@sensitive_variables()
def find_code(course: Course, typed: Secret, *, by: User, now: datetime) -> Found | None:
    """The state of a code of this course; None if it is none of its codes. Every search is in the log."""
    code = CreditCode.objects.filter(pool__course=course, fingerprint=vault.fingerprint(typed)).first()
    audit.note(
        course.pk,
        "code looked up",
        now=now,
        note="known" if code else "not known",
        code_id=code.pk if code else None,
        **audit.ids_of(None, None, by),
    )
    if code is None:
        return None
    grants = Grant.objects.filter(code=code).select_related("enrollment__user", "enrollment__section")
    return Found(code, grants.first())


@sensitive_variables()
def refuse_codes_in(*texts: str) -> None:
    """Stop texts that hold a code of any pool, however it is spaced. Raises TextRefusedError.

    Without its keys the portal can give out no code, and texts pass.
    """
    try:
        is_found = holds_a_code(texts)
    except VaultError:
        return
    if is_found:
        raise TextRefusedError(
            "This text holds a credit code, so it was not taken and nobody was mailed. "
            "Take the code out: codes are collected on the credits page only."
        )


@sensitive_variables()
def holds_a_code(texts: Iterable[str]) -> bool:
    """Whether any of these holds a code of any pool; nothing is opened and nothing kept to learn that."""
    return bool(_known_in([Secret(text) for text in texts]))


@sensitive_variables()
def without_codes(text: str) -> str:
    """A text with dots in the place of each code of any pool."""
    known = _known_in([Secret(text)])
    left = vault.mask_codes(Secret(text), _lengths(), known) if known else text
    return "" if known and _known_in([Secret(left)]) else left


@sensitive_variables()
def _known_in(texts: list[Secret]) -> set[str]:
    """The fingerprints of the codes that stand in these, as typed or as HTML and addresses write them."""
    long_enough = [way for text in texts for way in _ways(text.show()) if len(way.show()) >= SHORTEST]
    lengths = _lengths() if long_enough else []
    marks = {mark for text in long_enough for mark in vault.fingerprints_in(text, lengths)} if lengths else set()
    if len(marks) > CHUNK:  # one look at all the codes there are, not hundreds for pieces of text
        return marks & set(CreditCode.objects.values_list("fingerprint", flat=True).iterator())
    found = CreditCode.objects.filter(fingerprint__in=marks) if marks else CreditCode.objects.none()
    return set(found.values_list("fingerprint", flat=True))


@sensitive_variables()
def _ways(text: str) -> list[Secret]:
    """A text as it was typed, and as what will show it reads it: "&#45;" and "%2D" are dashes."""
    return [Secret(way) for way in dict.fromkeys((text, unescape(text), unquote(text)))]


def _lengths() -> list[int]:
    return list(CreditCode.objects.order_by().values_list("length", flat=True).distinct())
