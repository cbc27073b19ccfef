"""A list of codes between its preview and its import: sealed, so that no page ever holds it in clear."""

import base64

from django.views.decorators.debug import sensitive_variables

from accounts.models import User
from credits.domain import vault
from credits.domain.vault import Secret
from credits.models import CreditPool


@sensitive_variables("content")
def sealed(content: bytes, pool: CreditPool, person: User) -> str:
    """A list for the hidden field of one person's form."""
    return vault.seal(Secret(base64.b64encode(content).decode()), _place(pool, person))


@sensitive_variables()
def opened(envelope: str, pool: CreditPool, person: User) -> bytes:
    """The list again. Raises VaultError for another person's, another pool's, or a changed one."""
    return base64.b64decode(vault.unseal(envelope, _place(pool, person)).show())


def _place(pool: CreditPool, person: User) -> str:
    return f"import:{pool.pk}:{person.pk}"
