"""Somebody at a browser: a window of their own, and a record of every complaint that the browser made."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from time import time
from typing import Any

from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request

from accounts.models import User
from courses.models import Enrollment
from portal.testing import client_of

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


@dataclass
class Site:
    """The running portal and its clock."""

    browser: Browser
    address: str
    clock: Any
    windows: list[BrowserContext] = field(default_factory=list)

    def window(self, person: Enrollment | User | None = None, size: dict[str, int] = DESK, **options: Any) -> "Window":
        """A new browser window, in which this person is signed in."""
        context = self.browser.new_context(
            base_url=self.address, viewport=size, has_touch=size is PHONE, locale="en-US", **options
        )
        context.set_default_timeout(5_000)
        self.windows.append(context)
        if person is not None:
            session = _just_signed_in(client_of(person).session)
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": self.address}])
        return Window(self, context, context.new_page())

    @contextmanager
    def at(self, instant: datetime) -> Iterator[None]:
        """The portal at another time."""
        before = datetime.now().astimezone()
        self.clock.move_to(instant)
        yield
        self.clock.move_to(before)

    def close(self) -> None:
        """Close whatever a test left open."""
        for context in self.windows:
            context.close()


def _just_signed_in(session: Any) -> str:
    """The session's key, with a code typed a moment ago on record as allauth writes it."""
    session["account_authentication_methods"] = [{"method": "code", "at": time()}]
    session["account_authentication_methods_user"] = session["_auth_user_id"]
    session.save()
    return str(session.session_key)


class Window:
    """One window with one page; `complaints` holds console errors, broken loads and requests to other hosts."""

    def __init__(self, site: Site, context: BrowserContext, page: Page) -> None:
        self.site, self.context, self.page = site, context, page
        self.complaints: list[str] = []
        self.expected = 200
        context.on("console", self._heard)
        context.on("weberror", lambda error: self.complaints.append(f"script: {error.error}"))
        context.on("request", self._asked)

    def open(self, path: str, status: int = 200) -> Page:
        """Go to an address that answers with this status."""
        self.expected = status
        answer = self.page.goto(path)
        assert answer and answer.status == status, f"{path} answered {answer and answer.status}"
        return self.page

    def close(self) -> None:
        """Close the window; the browser must not have complained."""
        self.context.close()
        self.site.windows.remove(self.context)
        assert self.complaints == []

    def _heard(self, message: ConsoleMessage) -> None:
        announced = self.expected >= 400 and f"status of {self.expected}" in message.text
        if message.type in {"error", "warning"} and not announced:
            self.complaints.append(f"{message.page.url if message.page else ''}: {message.text}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((f"{self.site.address}/", "data:", "about:")):
            self.complaints.append(f"asked elsewhere: {request.url}")
