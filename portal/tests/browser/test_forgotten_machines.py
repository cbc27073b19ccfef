"""A student links an account, reads the letter, snoozes, revokes; every page on the way is without fault."""

from pathlib import Path

import pytest
import yaml
from django.urls import reverse
from playwright.sync_api import Page

from cloudguard.models import AccountLink, Finding
from cloudguard.tasks import sweep_accounts
from cloudguard.tests.cloud import ROLE, an_aws, fill_account
from mail.tasks import send_due
from portal.tests.browser.inspection import faults
from portal.tests.browser.person import PHONE, Site
from portal.tests.browser.world import AFTER_CLASS, Place, oracle

pytestmark = pytest.mark.browser
NOW = AFTER_CLASS.isoformat()


@pytest.fixture(scope="module")
def place(site: Site) -> Place:
    return oracle()


@pytest.fixture
def cloud(settings):
    with an_aws(settings) as invented:
        yield invented


def external_id_in(file: Path) -> str:
    tree = yaml.safe_load(file.read_text())
    (statement,) = tree["Resources"]["PortalGuardRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    return statement["Condition"]["StringEquals"]["sts:ExternalId"]


def give_a_price(page: Page, code: str) -> list[str]:
    """The instructor says what the machine costs; the faults of the pages on the way."""
    found = faults(page, code)
    page.get_by_role("link", name="Add a price").click()
    found += faults(page, code)
    page.select_option("#id_kind", "instance")
    page.fill("#id_size", "c5d.large")
    page.fill("#id_usd", "0.03")
    page.get_by_role("button", name="Save").click()
    page.wait_for_selector("text=0.03 USD an hour, every region, as of Nov 28, 2023")
    return found + faults(page, code)


def test_link_an_account_read_the_letter_snooze_and_revoke(place: Place, site: Site, cloud, tmp_path: Path):
    code, found = place.course.code, []
    desk = site.window(place.instructor)
    found += give_a_price(desk.open(place.path("running_prices")), code)

    phone = site.window(place.student, PHONE, accept_downloads=True)
    page = phone.open(place.path("credits"))
    page.get_by_role("link", name="What it sees").click()
    found += faults(page, code)
    page.set_viewport_size(PHONE)
    page.get_by_label("I let the portal look").check()
    page.get_by_role("button", name="Begin").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download your template").click()
    download.value.save_as(tmp_path / "template.yaml")
    found += faults(page, code)

    phone.expected = 422
    page.fill("#id_role_arn", ROLE)
    page.get_by_role("button", name="Link", exact=True).click()
    page.wait_for_selector("text=AWS did not let the portal use this role")
    assert page.input_value("#id_role_arn") == ROLE
    found += faults(page, code)
    phone.expected = 200
    cloud.make_role(external_id_in(tmp_path / "template.yaml"))
    page.get_by_role("button", name="Link", exact=True).click()
    page.wait_for_selector("text=The first look comes within minutes")
    found += faults(page, code)

    fill_account(cloud)
    assert sweep_accounts(NOW) == {"accounts_swept": 1}
    send_due(NOW)
    page = phone.open(reverse("mailbox"))
    page.get_by_role("link", name="something runs in your AWS account").first.click()
    page.wait_for_selector("text=0.72 USD a day, 5.04 USD a week, 21.90 USD a month, 262.80 USD a year")
    page = phone.open(place.path("guard"))
    page.wait_for_selector("text=262.80 USD")
    found += faults(page, code)

    page.set_viewport_size(PHONE)
    page.locator("summary", has_text="Snooze EC2 instance").click()
    page.get_by_role("button", name="Snooze this one").first.click()
    page.wait_for_selector("h2:has-text('Snoozed')")
    page.get_by_role("button", name="Snooze all letters").click()
    page.wait_for_selector("text=None until")
    found += faults(page, code)

    page.get_by_role("button", name="Revoke and erase").click()
    page.wait_for_selector("text=Revoked. The portal has erased")
    assert not AccountLink.objects.exists() and not Finding.objects.exists()

    found += faults(desk.open(place.path("guard")), code)
    assert not found, "\n".join(found)
    phone.close()
    desk.close()
