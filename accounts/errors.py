"""The one error of the portal's rules."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class DomainError(Exception):
    """A rule of the course refused; `message` is what the person reads: what happened, what was kept, what to do."""

    @property
    def message(self) -> str:
        return str(self)


@contextmanager
def shown_on(form: Any, field: str | None = None) -> Iterator[None]:
    """What a rule refuses inside stands on this form, at a field or above all, and everything typed is kept."""
    try:
        yield
    except DomainError as error:
        form.add_error(field, error.message)
