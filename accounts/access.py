"""What a page shows to people who are not signed in is said here, with the reason."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib.auth.decorators import login_not_required

View = TypeVar("View", bound=Callable[..., Any])


def public(reason: str) -> Callable[[View], View]:
    """Open a view to the signed-out, for a reason that the route table of the tests repeats."""

    def decorate(view: View) -> View:
        opened = login_not_required(view)
        opened.public_reason = reason  # type: ignore[attr-defined]
        return opened

    return decorate
