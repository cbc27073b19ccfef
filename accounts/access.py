"""What a page shows to the signed-out is said here, with the reason; and what asks for more than being signed in."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest

View = TypeVar("View", bound=Callable[..., Any])


def public(reason: str) -> Callable[[View], View]:
    """Open a view to the signed-out, for a reason that the route table of the tests repeats."""

    def decorate(view: View) -> View:
        opened = login_not_required(view)
        opened.public_reason = reason  # type: ignore[attr-defined]
        return opened

    return decorate


def secret(view: View) -> View:
    """Let no answer of a view, its errors and redirects among them, be stored or compressed anywhere on its way."""
    view.is_secret = True  # type: ignore[attr-defined]
    return view


def takes_upload(most_bytes: int) -> Callable[[View], View]:
    """Let a view be sent forms of at most so many bytes with a file in them; the file of a longer one is not read."""

    def decorate(view: View) -> View:
        view.most_bytes = most_bytes  # type: ignore[attr-defined]
        return view

    return decorate


def unreferred(view: View) -> View:
    """Let no request that starts from a view's answers say where it came from.

    A page under it can post no form: browsers then send `Origin: null`, which the CSRF check refuses.
    """
    view.is_unreferred = True  # type: ignore[attr-defined]
    return view


def signed_in_recently(request: HttpRequest, now: datetime) -> bool:
    """Whether this person proved within five minutes, in this browser, that they read the mail of their address.

    Coming in through another site's sign-in does not count, however fresh.
    """
    since = now.timestamp() - settings.RECENT_SIGN_IN_SECONDS
    records = get_authentication_records(request, request.user)
    return any(record["method"] == "code" and record["at"] > since for record in records)
