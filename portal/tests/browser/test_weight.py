"""How heavy a page is over the wire, at the oracle's size, and that nobody else is asked for anything."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import CDPSession

from portal.tests.browser.pages import NO_PAGE
from portal.tests.browser.person import PHONE, Site, Window
from portal.tests.browser.world import Place, lived_in, oracle
from portal.tests.routes import all_routes

pytestmark = pytest.mark.browser
KB = 1024
FIRST, AGAIN, REQUESTS = 40 * KB, 10 * KB, 6
PARTS = {"Document": 8 * KB, "Stylesheet": 12 * KB, "Script": 18 * KB}


@dataclass
class Wire:
    """What one page load brought over the wire, headers and all: bytes by kind, and the requests that left."""

    bytes: Counter[str] = field(default_factory=Counter)
    asked: dict[str, str] = field(default_factory=dict)

    def listen(self, session: CDPSession) -> None:
        session.on("Network.requestWillBeSent", lambda e: self.asked.setdefault(e["requestId"], e["type"]))
        session.on("Network.requestServedFromCache", lambda e: self.asked.pop(e["requestId"], None))
        session.on("Network.responseReceived", self._received)
        session.on("Network.loadingFinished", self._finished)

    def _received(self, event: dict[str, Any]) -> None:
        if event["response"].get("fromDiskCache"):
            self.asked.pop(event["requestId"], None)

    def _finished(self, event: dict[str, Any]) -> None:
        if event["requestId"] in self.asked:
            self.bytes[self.asked[event["requestId"]]] += event["encodedDataLength"]

    @property
    def total(self) -> int:
        return sum(self.bytes.values())

    def over(self, limit: int) -> dict[str, int]:
        """What is too heavy, by kind."""
        found = {kind: self.bytes[kind] for kind, most in PARTS.items() if self.bytes[kind] > most}
        return found | ({"total": self.total} if self.total > limit else {})


def weighed(window: Window, session: CDPSession, path: str) -> Wire:
    wire = Wire()
    wire.listen(session)
    window.open(path)
    return wire


@pytest.fixture(scope="module")
def place(site: Site) -> Place:
    return lived_in(oracle())


def pages(place: Place, window: Window) -> list[str]:
    """Every address that shows this person a page."""
    paths = [place.path_of(route) for route in all_routes() if route.name not in NO_PAGE]
    fetch = window.context.request.get
    return [path for path in [*filter(None, paths), *place.more] if fetch(path, max_redirects=0).status == 200]


@pytest.mark.parametrize("who", ["student", "instructor", "signed out"])
def test_every_page_is_light_at_the_first_visit_and_lighter_after(who: str, site: Site, place: Place):
    window = site.window(getattr(place, who, None), PHONE)
    found = {}
    for path in pages(place, window):
        cache = window.context.new_cdp_session(window.page)
        cache.send("Network.enable")
        cache.send("Network.clearBrowserCache")
        first = weighed(window, cache, path)
        cache.detach()
        cache = window.context.new_cdp_session(window.page)
        cache.send("Network.enable")
        again = weighed(window, cache, path)
        cache.detach()
        found[path] = (first, again)
    heaviest = sorted(found.items(), key=lambda entry: -entry[1][0].total)[:5]
    for path, (first, again) in heaviest:
        print(f"{path}: {first.total} bytes in {len(first.asked)} requests, then {again.total}; {dict(first.bytes)}")
    assert {path: first.over(FIRST) for path, (first, _) in found.items() if first.over(FIRST)} == {}
    assert {path: again.total for path, (_, again) in found.items() if again.total > AGAIN} == {}
    assert {path: first.asked for path, (first, _) in found.items() if len(first.asked) > REQUESTS} == {}
    assert {"Document", "Stylesheet", "Script"} <= set(heaviest[0][1][0].bytes), "nothing was weighed"
    window.close()
