"""Sealing every code anew with the first key of the ring, while claims and reveals go on."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.views.decorators.debug import sensitive_variables

from credits.domain import audit, vault
from credits.errors import VaultError
from credits.models import CreditCode, CreditPool

STEP = 100  # codes in one transaction


def codes_by_key() -> dict[str, int]:
    """How many codes each key seals; keys of the ring that seal none too."""
    counts = Counter(_key_of(sealed) for sealed in CreditCode.objects.values_list("sealed", flat=True).iterator())
    return {**dict.fromkeys(vault.ring().sealing, 0), **counts}


def _key_of(envelope: str) -> str:
    try:
        return vault.key_of(envelope)
    except VaultError:
        return "(not an envelope)"


def rotate(*, now: datetime) -> dict[str, int]:
    """Seal anew what another key than the first sealed, step by step; how many were, and how many do not open.

    Stopped anywhere it can be run again: what is done is done.
    """
    counts = {"rotated": 0, "unreadable": 0}
    for pool in CreditPool.objects.all():
        for step in _steps(pool):
            with audit.locked(pool.course_id):
                done = [_seal_anew(code) for code in CreditCode.objects.filter(pk__in=step)]
                if sealed := done.count("rotated"):
                    audit.note(pool.course_id, "key rotated", now=now, note=f"{sealed} codes", pool_id=pool.pk)
            for outcome in counts:
                counts[outcome] += done.count(outcome)
    return counts


def _steps(pool: CreditPool) -> Iterator[list[UUID]]:
    first = f"{vault.VERSION}.{vault.ring().first}."
    rows = pool.codes.values_list("pk", "sealed").iterator()  # compared here: LIKE takes k for K on SQLite
    others = [pk for pk, sealed in rows if not sealed.startswith(first)]
    for start in range(0, len(others), STEP):
        yield others[start : start + STEP]


@sensitive_variables()
def _seal_anew(code: CreditCode) -> str:
    place = vault.place_of(code.pk, code.pool_id)
    try:
        sealed = vault.seal(vault.unseal(code.sealed, place), place)
    except VaultError:
        return "unreadable"
    changed = CreditCode.objects.filter(pk=code.pk, sealed=code.sealed).update(sealed=sealed)
    return "rotated" if changed else "changed meanwhile"
