"""What is looked for in a text before anybody else reads it: each verb that mails or shows a text asks here."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from django.views.decorators.debug import sensitive_variables

from accounts.domain.registry import Registry
from accounts.errors import DomainError


class TextRefusedError(DomainError):
    """A text that others would read holds what must not be told."""


class TextCheck(Protocol):
    """A rule of a higher app about texts that others read."""

    def __call__(self, *texts: str) -> None:
        """Raise TextRefusedError, with the sentence for who typed it, if one of these must not be shown."""


checks: Registry[TextCheck] = Registry("checks of texts that others read")


@sensitive_variables()
def check(*texts: str) -> None:
    """Let others read these texts, or raise TextRefusedError: then nothing may be kept of what the verb was to do."""
    for rule in checks:
        rule(*texts)


def texts_in(value: object) -> Iterator[str]:
    """Every text in nested lists and mappings, their keys apart."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from texts_in(value.values())
    elif isinstance(value, Iterable):
        for part in value:
            yield from texts_in(part)
