"""One Chromium and one running portal for every browser test of a worker."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine
from django.core.cache import cache
from django.core.management import call_command
from django.db import connections
from playwright.sync_api import Browser, sync_playwright
from pytest_django import DjangoDbBlocker

from portal.testing import log_can_be_emptied
from portal.tests.browser.person import Site
from portal.tests.browser.serving import served
from portal.tests.browser.world import AFTER_CLASS

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The machine's own Chromium. Playwright leaves a running loop behind, which Django would take for async code."""
    path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    if not Path(path).exists():
        pytest.skip("no Chromium on this machine: apt-get install chromium, or name one in CHROMIUM")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="module")
def db(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The test's database, kept for a module instead of a test.

    pytest-django makes one only for tests that ask for a fixture of this name; else it would be the real database.
    """
    with django_db_blocker.unblock():
        yield
        with log_can_be_emptied():
            call_command("flush", interactive=False, verbosity=0)
        connections.close_all()  # Playwright's loop has one of its own, which nobody would find after it


@pytest.fixture(scope="module")
def site(chromium: Browser, db: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The portal on an empty database at 5:45 pm on the day of L17."""
    with (
        time_machine.travel(AFTER_CLASS, tick=True) as clock,
        served(tmp_path_factory.mktemp("site")) as address,
    ):
        cache.clear()
        open_site = Site(chromium, address, clock)
        yield open_site
        open_site.close()
