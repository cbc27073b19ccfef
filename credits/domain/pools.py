"""How a pool is given out: who may have how many codes, and by which rule. That is money, so each change is logged."""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

from django.db import IntegrityError, transaction

from accounts.errors import DomainError
from accounts.models import User
from courses.domain import publishing
from courses.models import Section
from credits.domain import audit
from credits.models import CreditPool

TOLD = ("program", "value_usd", "redeem_by", "expires_on", "per_student", "approves_by_rule", "low_stock")
SETTINGS = (*TOLD, "note")


def version_of(pool: CreditPool) -> str:
    """What stands in the settings now, as one short word; nothing for a pool that is not stored yet."""
    stored = CreditPool.objects.filter(pk=pool.pk).first()
    return sha256(repr(_settings(stored, stored.sections.all())).encode()).hexdigest()[:16] if stored else ""


def keep(pool: CreditPool, *, sections: Iterable[Section], version: str, by: User | None, now: datetime) -> None:
    """Store a pool's settings, that were read as `version`; what changed stands in the log (`by` none: the file).

    Raises DomainError if somebody else changed them meanwhile, with what is stored now.
    """
    publishing.check(pool.program, pool.note)
    with audit.logged(pool.course, now=now, **audit.ids_of(pool if pool.pk else None, None, by)):
        before = CreditPool.objects.filter(pk=pool.pk).first()
        old, new = _settings(before, before.sections.all()) if before else {}, _settings(pool, sections)
        changed = [name for name in new if new[name] != old.get(name)]
        if before and version and version != version_of(before):
            stored = ", ".join(f"{_label(name)} {old[name]}" for name in changed)
            raise DomainError(
                f"Somebody else changed these settings meanwhile, so nothing was saved. Stored now: {stored}. "
                "Below is what you typed; save again to put it in the place of theirs."
            )
        _store(pool, sections, is_new=before is None)
        words = "; ".join(f"{_label(name)} {old.get(name, 'none')} → {new[name]}" for name in changed if name != "note")
        if changed:
            kind = "pool changed" if before else "pool made"
            audit.note(pool.course_id, kind, now=now, note=words, **audit.ids_of(pool, None, by))


def _store(pool: CreditPool, sections: Iterable[Section], *, is_new: bool) -> None:
    try:
        with transaction.atomic():
            pool.save(update_fields=None if is_new else SETTINGS)
    except IntegrityError:
        raise DomainError("There is a pool of this name already.") from None
    pool.sections.set(sections)


def _settings(pool: CreditPool, sections: Iterable[Section]) -> dict[str, str]:
    amount = "" if pool.value_usd is None else f"{pool.value_usd:.2f}"
    shown = {name: str(getattr(pool, name)) for name in SETTINGS} | {"value_usd": amount}
    return shown | {"sections": ", ".join(sorted(section.code for section in sections)) or "all"}


def _label(name: str) -> str:
    return name.replace("_", " ")
