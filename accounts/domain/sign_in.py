"""Who may sign in, the code that proves again who is signed in, and how long a browser is remembered.

The code is kept as a digest, good for ten minutes and three tries.
"""

import unicodedata
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.utils.crypto import constant_time_compare, salted_hmac
from django.views.decorators.debug import sensitive_variables

from accounts.domain import addresses
from accounts.errors import DomainError
from accounts.models import User

MOST_TRIES = 3
NO_CODE = "No code is waiting here any more: it is good for 10 minutes and three tries. Ask for a new one."


def who_signs_in(email: str) -> User | None:
    """The person with this address, in whatever case it is typed; None for the unknown and the closed account."""
    spellings = {email.strip().lower()}
    with suppress(DomainError):
        spellings.add(addresses.normalize(email))  # a domain beyond ASCII is stored as mail needs it
    return User.objects.filter(email__in=spellings, is_active=True).first()


def forget_sessions(*, now: datetime) -> int:
    return Session.objects.filter(expire_date__lt=now).delete()[0]


@sensitive_variables("code")
def begin_confirmation(code: str, *, now: datetime) -> dict[str, Any]:
    """What to remember of a code that is being sent."""
    return {"digest": _digest(code), "at": now.timestamp(), "tries": 0}


@sensitive_variables("typed")
def check_confirmation(pending: dict[str, Any] | None, typed: str, *, now: datetime) -> dict[str, Any] | None:
    """None if this is the code; else what to remember from now on.

    Raises DomainError if there is none to compare with, or this was the last try.
    """
    if pending is None or now.timestamp() - pending["at"] > settings.SIGN_IN_CODE_SECONDS:
        raise DomainError(NO_CODE)
    if not take_try(f"{pending['digest']}:{pending['at']}"):
        raise DomainError(NO_CODE)
    if constant_time_compare(pending["digest"], _digest(typed)):
        return None
    if pending["tries"] + 1 >= MOST_TRIES:
        raise DomainError("That was the third wrong code, so it no longer counts. Ask for a new one.")
    return {**pending, "tries": pending["tries"] + 1}


def take_try(code_id: str) -> bool:
    """Whether this is one of the tries that a code has, sent at once or one after another: each takes its own row."""
    tries = (f"sign_in_try:{code_id}:{number}" for number in range(MOST_TRIES))
    return any(cache.add(key, True, settings.SIGN_IN_CODE_SECONDS) for key in tries)


@sensitive_variables("typed")
def digits_of(typed: str) -> str:
    """The digits of a code in whatever script and with whatever spaces and dashes it was typed or pasted."""
    values = (unicodedata.decimal(sign, None) for sign in typed)
    return "".join(str(value) for value in values if value is not None)


def _digest(code: str) -> str:
    return salted_hmac("accounts.confirmation", digits_of(code)).hexdigest()
