"""Finding a code without opening any: by its fingerprint."""

import re
from collections.abc import Iterator
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
from credits.models import SHORTEST, CreditCode

CHUNK = 500
Spot = tuple[int, str]  # where a letter stands in a text, and the letter as codes are compared


@sensitive_variables()
def find_code(course: Course, typed: Secret, *, by: User, now: datetime) -> CreditCode | None:
    """A code of this course, with its grant; None if it is none of its codes. Every search is in the log."""
    codes = CreditCode.objects.select_related("pool", "grant__enrollment__user", "grant__enrollment__section")
    code = codes.filter(pool__course=course, fingerprint=vault.fingerprint(typed)).first()
    words = "known" if code else "not known"
    ids = audit.ids_of(None, None, by)
    audit.note(course.pk, "code looked up", now=now, note=words, code_id=code.pk if code else None, **ids)
    return code


@sensitive_variables()
def refuse_codes_in(*texts: str) -> None:
    """Stop texts that hold a code of any pool, however it is spaced. Raises TextRefusedError.

    Without its keys the portal can give out no code, and texts pass.
    """
    try:
        is_found = bool(_known_in(*texts))
    except VaultError:
        return
    if is_found:
        raise TextRefusedError(
            "This text holds a credit code, so it was not taken and nobody was mailed. "
            "Take the code out: codes are collected on the credits page only."
        )


@sensitive_variables()
def without_codes(text: str) -> str:
    """A text with dots in the place of each code of any pool; nothing of one in which they have no place."""
    known = _known_in(text)
    if not known:
        return text
    masked = _masked(text, _lengths(), known)
    return "" if _known_in(masked) else masked


@sensitive_variables()
def _known_in(*texts: str) -> set[str]:
    """The fingerprints of the codes that stand in these, as typed or as HTML and addresses write them."""
    long_enough = [way for text in texts for way in _ways(text) if len(way) >= SHORTEST]
    lengths = _lengths() if long_enough else []
    marks = {mark for text in long_enough for mark in _fingerprints_in(text, lengths)} if lengths else set()
    if len(marks) > CHUNK:  # one look at all the codes there are, not hundreds for pieces of text
        return marks & set(CreditCode.objects.values_list("fingerprint", flat=True).iterator())
    found = CreditCode.objects.filter(fingerprint__in=marks) if marks else CreditCode.objects.none()
    return set(found.values_list("fingerprint", flat=True))


@sensitive_variables()
def _ways(text: str) -> list[str]:
    """A text as it was typed, and as what will show it reads it: "&#45;" and "%2D" are dashes."""
    return list(dict.fromkeys((text, unescape(text), unquote(text))))


def _lengths() -> list[int]:
    return list(CreditCode.objects.order_by().values_list("length", flat=True).distinct())


@sensitive_variables()
def _fingerprints_in(text: str, lengths: list[int]) -> set[str]:
    """Those of every piece that is as long as a code may be, whatever stands between its parts."""
    whole = vault.folded(Secret(text)).show()
    runs = {whole, "".join(filter(str.isalnum, whole))}
    return set(map(vault.fingerprinter(), {piece for run in runs for _, piece in _pieces(run, lengths)}))


@sensitive_variables()
def _pieces(run: str, lengths: list[int]) -> Iterator[tuple[int, str]]:
    for length in lengths:
        for start in range(len(run) - length + 1):
            yield start, run[start : start + length]


@sensitive_variables()
def _masked(text: str, lengths: list[int], known: set[str]) -> str:
    letters = [vault.folded(Secret(letter)).show() for letter in text]
    spots = [(place, letter) for place, folded in enumerate(letters) for letter in folded]
    if "".join(letters) != vault.folded(Secret(text)).show():
        return ""
    gone = _places_of(spots, lengths, known)
    gone |= _places_of([(place, letter) for place, letter in spots if letter.isalnum()], lengths, known)
    kept = ("\0" if place in gone else letter for place, letter in enumerate(text))
    return re.sub("\0+", "…", "".join(kept))


@sensitive_variables()
def _places_of(spots: list[Spot], lengths: list[int], known: set[str]) -> set[int]:
    """Where, in the text as it was typed, the pieces of these fingerprints stand."""
    run, fingerprint = "".join(letter for _, letter in spots), vault.fingerprinter()
    gone: set[int] = set()
    for start, piece in _pieces(run, lengths):
        if fingerprint(piece) in known:
            gone |= set(range(spots[start][0], spots[start + len(piece) - 1][0] + 1))
    return gone
