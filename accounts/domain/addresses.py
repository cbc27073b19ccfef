"""E-mail addresses as people type and paste them, and as accounts hold them."""

import re

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.errors import DomainError

LONGEST = 254  # RFC 5321, section 4.5.3.1.3, less its brackets


def normalize(text: str) -> str:
    """The address in small letters, its domain in the ASCII form that mail needs (`xn--`).

    `Ada <ada@example.edu>` and `ada@example.edu,` are understood. Raises DomainError with a sentence.
    """
    pasted = re.fullmatch(r"[^<>]*<([^<>]+)>[\s,;]*", text)
    address = (pasted[1] if pasted else text).strip(" \t\r\n,;").lower()
    local, at, domain = address.rpartition("@")
    try:
        known = f"{local}{at}{domain.encode('idna').decode()}"
        validate_email(known)
        if len(known) > LONGEST:
            raise ValidationError("too long")
    except (UnicodeError, ValidationError):
        raise DomainError(f'"{address}" is not an e-mail address.') from None
    return known
