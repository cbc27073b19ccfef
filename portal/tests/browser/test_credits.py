"""The credits' pages that one comes to by doing something, in light and dark; the others are in test_every_page."""

import re
import time

import pytest
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore

from credits.domain import requests
from credits.tests.world import fake_codes, fill
from portal.tests.browser.inspection import faults
from portal.tests.browser.person import PHONE, Site, Window
from portal.tests.browser.world import AFTER_CLASS, Place, oracle

pytestmark = pytest.mark.browser
CODE = re.compile(r"FAKE-Code-\d{4}")


@pytest.fixture(scope="module")
def place(site: Site) -> Place:
    place = oracle()
    fill(place.course.credit_pools.get(), fake_codes(9))
    return place


def signed_in_just_now(site: Site, person) -> Window:
    window = site.window(person, PHONE)
    cookies = {one["name"]: one["value"] for one in window.context.cookies()}
    session = SessionStore(cookies[settings.SESSION_COOKIE_NAME])
    session["account_authentication_methods"] = [{"method": "code", "at": time.time()}]
    session["account_authentication_methods_user"] = str(person.user_id)
    session.save()
    return window


def opened(by: Window, path: str) -> list[str]:
    """The faults of a page."""
    return faults(by.open(path)) + by.complaints


def pressed(by: Window, name: str, status: int = 200, **typed: str) -> list[str]:
    """Type, press a button, and name the faults of the page that comes."""
    for field, text in typed.items():
        by.page.locator(f"[name={field}]").fill(text)
    by.page.evaluate("for (const form of document.forms) form.noValidate = true")
    by.expected = status
    with by.page.expect_navigation() as landed:
        by.page.get_by_role("button", name=name).first.click()
    assert landed.value.status == status, f"{name} led to {landed.value.status}"
    return faults(by.page) + by.complaints


def test_asking_approving_and_collecting_show_pages_without_fault(site: Site, place: Place):
    pool, student, staff = (
        place.course.credit_pools.get(),
        signed_in_just_now(site, place.student),
        site.window(place.instructor),
    )
    found = opened(student, place.path("credits")) + pressed(student, "Ask for a code")
    found += pressed(student, "Withdraw my request") + pressed(student, "Ask for a code")
    found += opened(staff, place.path("credit_requests")) + pressed(staff, "Approve those chosen")
    found += opened(student, place.path("credits")) + pressed(student, "Show my code, once")
    assert CODE.fullmatch(student.page.locator("[data-code]").inner_text())
    found += opened(student, place.path("credits"))
    student.page.get_by_text("It did not work").click()
    found += pressed(student, "Tell the staff", words="It says: used already.")
    found += opened(staff, place.path("credits")) + opened(staff, place.path("credit_ledger", pk=pool.pk))
    found += opened(staff, place.path("credit_log")) + opened(staff, place.path("credit_log") + "?kind=withdrawn")
    assert found == []


def test_the_desk_in_two_windows_shows_pages_without_fault(site: Site, place: Place):
    pool, other = place.course.credit_pools.get(), place.course.enrollments.students().exclude(pk=place.student.pk)[3]
    staff, student = site.window(place.instructor), signed_in_just_now(site, other)
    desk, collect = place.path("credit_desk", pk=pool.pk), place.path("credit_collect", pk=pool.pk)
    found = opened(staff, desk) + pressed(staff, "Begin", 422)
    staff.page.select_option("#id_student", str(other.pk))
    found += pressed(staff, "Begin")
    digits = staff.page.locator(".figure b").inner_text().replace(" ", "")
    wrong = f"{(int(digits) + 1) % 1_000_000:06}"
    found += opened(student, collect) + pressed(student, "Show my code, once", 422, digits=wrong)
    found += pressed(student, "Show my code, once", digits=digits)
    assert CODE.fullmatch(student.page.locator("[data-code]").inner_text())
    assert found == []


def test_what_staff_type_and_paste_shows_pages_without_fault(site: Site, place: Place):
    pool, staff = place.course.credit_pools.get(), site.window(place.instructor)
    requests.ask(pool, by=place.course.enrollments.students().order_by("-pk")[0], now=AFTER_CLASS)
    found = opened(staff, place.path("credit_import", pk=pool.pk))
    found += pressed(staff, "Show what it would do", 422)
    found += pressed(staff, "Show what it would do", text="FAKE-Code-7001\nFAKE-Code-7001\nx")
    found += pressed(staff, "Import 1 code")
    for code in ("FAKE-Code-7001", "nothing of ours", ""):
        found += opened(staff, place.path("credit_search"))
        found += pressed(staff, "Look it up", 200 if code else 422, code=code)
    found += opened(staff, place.path("cost_reminder_new")) + pressed(staff, "Save", 422)
    found += pressed(staff, "Save", text="Stop your machines", usd_per_hour="0.03", priced_on="2023-11-01")
    reminder = place.course.cost_reminders.get(text="Stop your machines")
    found += opened(staff, place.path("cost_reminder", pk=reminder.pk))
    found += opened(staff, place.path("credit_pool_new")) + pressed(staff, "Save", 422)
    found += opened(staff, place.path("announcement_new"))
    staff.page.fill("[name=title]", "Codes")
    found += pressed(staff, "Save", 422, text="Take fake code 7001, it is free")
    assert "Nothing was saved" in staff.page.title() and "7001" not in staff.page.content()
    assert found == []
