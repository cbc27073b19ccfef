"""The credits in a real Chromium: collected once, gone on Back and after signing out; the desk with two browsers."""

import os
import re
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright

from credits.models import CreditRequest, Grant
from credits.tests.world import make_pool
from mail.models import Message
from portal.testing import client_of, make_cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CODE = re.compile(r"FAKE-Code-\d{4}")


@pytest.fixture(scope="module")
def chromium():
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # sync Playwright leaves a loop running in its thread
    with sync_playwright() as playwright:
        path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def cast(transactional_db):
    return make_cast()


def signed_in(chromium: Browser, live_server, person) -> tuple[BrowserContext, Page]:
    """A browser of this person's own, with clipboard, and errors of its console made failures."""
    client: Client = client_of(person)
    context = chromium.new_context(permissions=["clipboard-read", "clipboard-write"])
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(f"{error}"))
    return context, page


def prove_who_it_is(page: Page) -> None:
    """Our own code form: ask for a code, type it."""
    page.get_by_role("button", name="Send me a code").click()
    page.wait_for_selector("#id_code")
    code = re.search(r"\b\d{4}-?\d{4}\b", Message.objects.filter(kind="sign_in_code").latest("pk").text)[0]
    page.fill("#id_code", code)
    page.get_by_role("button", name="Go on").click()


def back_shows(page: Page) -> str:
    """What Back brings; nothing where Chromium would have to post again (it kept no copy)."""
    with suppress(Error):  # ERR_CACHE_MISS
        page.go_back()
    for _ in range(50):
        try:
            return page.content()
        except Error:  # still on its way
            page.wait_for_timeout(100)
    raise AssertionError("Back brought no page")


def test_request_approve_collect_then_back_sign_out_and_back_again(cast, chromium, live_server):
    make_pool(cast.course)
    home = f"{live_server.url}/c/{cast.course.slug}/credits/"
    context, page = signed_in(chromium, live_server, cast.student)
    page.goto(home)
    page.get_by_role("button", name="Ask for a code").click()
    page.wait_for_selector("text=The staff decide")

    staff_context, staff = signed_in(chromium, live_server, cast.assistant)
    staff.goto(f"{home}requests/")
    staff.get_by_role("button", name="Approve those chosen").click()
    staff.wait_for_selector("text=1 got a code")

    page.goto(home)
    page.get_by_role("button", name="Show my code, once").click()
    prove_who_it_is(page)
    page.wait_for_selector("text=Your code waits for you")
    page.get_by_role("button", name="Show my code, once").click()
    shown = page.locator("[data-code]").inner_text()
    assert CODE.fullmatch(shown)
    page.get_by_role("button", name="Copy", exact=True).click()
    page.wait_for_selector("text=Copied")
    assert page.evaluate("navigator.clipboard.readText()") == shown

    page.goto(home)
    assert shown not in page.content()
    assert shown not in back_shows(page)
    page.goto(home)
    page.locator("details.account summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_load_state()
    assert not any(shown in back_shows(page) for _ in range(4))
    context.close()
    staff_context.close()
    assert CreditRequest.objects.get().state == "served" and Grant.objects.get().revealed_at <= datetime.now(UTC)


def test_the_desk_with_two_browsers(cast, chromium, live_server):
    pool = make_pool(cast.course)
    home = f"{live_server.url}/c/{cast.course.slug}/credits/"
    context, page = signed_in(chromium, live_server, cast.student)
    page.goto(f"{home}{pool.pk}/collect")
    prove_who_it_is(page)
    page.wait_for_selector("#id_digits")

    staff_context, staff = signed_in(chromium, live_server, cast.assistant)
    staff.goto(f"{home}{pool.pk}/desk")
    staff.select_option("#id_student", str(cast.student.pk))
    staff.get_by_role("button", name="Begin").click()
    digits = staff.locator(".figure b").inner_text()

    page.fill("#id_digits", digits)
    page.get_by_role("button", name="Show my code, once").click()
    assert CODE.fullmatch(page.locator("[data-code]").inner_text())
    staff.wait_for_selector("text=has it.")
    assert staff.get_by_role("link", name="Next").is_visible() and staff.locator(".figure").count() == 0
    assert not CODE.search(staff.content())
    context.close()
    staff_context.close()
    assert Grant.objects.get().channel == "class"
