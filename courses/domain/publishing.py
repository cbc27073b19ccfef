"""What is looked for in a text before anybody else reads it: each verb that mails or shows a text asks here."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from django.views.decorators.debug import sensitive_variables

from accounts.domain.registry import Registry
from accounts.errors import DomainError


class TextRefusedError(Exception):
    """A text that others would read holds what must not be told.

    No DomainError: no form may show the text again as it was typed. portal/middleware/text_refused.py gives it back.
    """

    @property
    def message(self) -> str:
        return str(self)


class TextCheck(Protocol):
    def __call__(self, *texts: str) -> None:
        """Raise TextRefusedError, with the sentence for who typed it, if one of these must not be shown."""


NOT_LOOKED_THROUGH = "This text could not be looked through for codes, so it was not taken. Try again in a minute."
logger = logging.getLogger(__name__)
checks: Registry[TextCheck] = Registry("checks of texts that others read")


@sensitive_variables()
def check(*texts: str) -> None:
    """Let others read these texts, or raise TextRefusedError: then nothing may be kept of what the verb was to do.

    A rule that breaks refuses them too: a report of its error would show them.
    """
    try:
        for rule in checks:
            rule(*texts)
    except TextRefusedError:
        raise
    except Exception as error:
        logger.error("texts could not be looked through: %s", type(error).__name__)
        raise TextRefusedError(NOT_LOOKED_THROUGH) from None


@sensitive_variables()
def check_file(*texts: str) -> None:
    """The same for the texts of a file, which no page shows again. Raises DomainError."""
    try:
        check(*texts)
    except TextRefusedError as error:
        raise DomainError(error.message) from None


def texts_in(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from texts_in(value.values())
    elif isinstance(value, Iterable):
        for part in value:
            yield from texts_in(part)
