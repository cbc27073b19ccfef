"""Office hours in a real Chromium: from a poll to published hours, booked on a phone, moved, told alike everywhere."""

import os
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import axe_playwright_python
import pytest
import time_machine
import vobject
from django.test import Client
from playwright.sync_api import Browser, Page, sync_playwright

from courses.models import Enrollment
from mail.models import Message
from officehours.domain import calendar_feeds, polls
from officehours.models import AvailabilityPoll
from officehours.tests.factories import fill
from portal.testing import NOON, Cast, client_of, make_cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
THURSDAY_11 = "3 11:00"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # sync Playwright leaves a loop running in its thread
    with sync_playwright() as playwright:
        path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return make_cast()


def signed_in(chromium: Browser, live_server, person: Enrollment, viewport: dict[str, int]) -> Page:
    """A browser of this person's own; errors of its console are failures."""
    cookie = client_of(person).cookies["sessionid"].value
    context = chromium.new_context(viewport=viewport)
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(f"{error}"))
    return page


def inspect(page: Page) -> None:
    """axe finds nothing, light or dark, and nothing is wider than the page."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.evaluate(AXE)
        found = page.evaluate("axe.run()")["violations"]
        assert not found, [(page.url, scheme, one["id"], one["nodes"][0]["html"]) for one in found]
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), page.url


def a_poll_becomes_hours(staff: Page, student: Page, cast: Cast, home: str) -> None:
    staff.goto(f"{home}polls/new")
    inspect(staff)
    staff.get_by_role("button", name="Open the poll").click()
    staff.wait_for_selector("text=The poll is open")
    poll = AvailabilityPoll.objects.get()
    for person in fill(cast.course, 6):
        polls.answer(poll, by=person, given={THURSDAY_11: "yes"})

    student.goto(home)
    student.get_by_role("link", name="When could you come").click()
    inspect(student)
    student.get_by_label("Thursday, 11:00 am–12:00 pm").first.check()
    student.get_by_text("Times that do if need be").click()
    student.get_by_label("Monday, 9:00–10:00 am").last.check()
    inspect(student)
    student.get_by_role("button", name="Send my answer").click()
    student.wait_for_selector("text=Noted")

    staff.reload()
    inspect(staff)
    staff.get_by_role("button", name="Close it for good with 7 answers").click()
    inspect(staff)
    card = staff.locator("article.card").first
    assert "Thursday, 11:00 am–12:00 pm" in card.inner_text() and "Reaches 7 of 7" in card.inner_text()
    card.get_by_label("Place").fill("CP 229")
    card.get_by_role("button", name="Publish this").click()
    staff.wait_for_selector("text=Set from the survey, 7 of 8 answered")
    staff.get_by_role("link", name="Booking", exact=True).click()
    staff.get_by_label("Students can book").check()
    inspect(staff)
    staff.get_by_role("button", name="Save").click()


def a_student_books(student: Page, home: str) -> None:
    student.goto(home)
    inspect(student)
    student.get_by_role("link", name=re.compile("^Thu Apr 11, 11:00")).click()
    student.locator("label.tile", has_text="11:15").click()
    student.get_by_label("What about").fill("Why does my Lambda time out?")
    inspect(student)
    student.get_by_role("button", name="Book this slot").click()
    student.wait_for_selector("text=Booked: Thu Apr 11, 11:15 am PDT")


def staff_move_the_date(staff: Page, home: str) -> None:
    staff.goto(home)
    inspect(staff)
    staff.get_by_role("link", name=re.compile("Change Thu Apr 11")).click()
    staff.get_by_label("Starts").fill("14:00")
    staff.get_by_label("Ends").fill("15:00")
    staff.get_by_label("Place").fill("CP 108")
    staff.get_by_label("Reason").fill("Conference")
    inspect(staff)
    staff.get_by_role("button", name="See what follows").click()
    staff.wait_for_selector("text=Mails 1 person")
    inspect(staff)
    staff.get_by_role("button", name="Change 1 date, mail 1 person").click()
    staff.wait_for_url(home)


def page_and_mail_tell_it(student: Page, cast: Cast, home: str) -> Message:
    student.goto(home)
    inspect(student)
    told = student.locator("main").inner_text()
    assert "Thu Apr 11, 2:15 pm PDT" in told  # the booking
    assert "Thu Apr 11, 2:00–3:00 pm PDT" in told and "CP 108" in told and "Conference" in told
    assert student.locator("del", has_text="11:00 am–12:00 pm PDT, CP 229").count() == 1
    letter = Message.objects.filter(recipient=cast.student.user, kind="appointment").latest("pk")
    assert "2:15 pm PDT" in letter.subject and "CP 108" in letter.text and "Conference" in letter.text
    return letter


def the_calendar_tells_it_too(student: Page, cast: Cast, letter: Message) -> None:
    student.get_by_role("link", name="Into my calendar").click()
    inspect(student)
    address = student.get_by_label("Your address").input_value()
    assert address.endswith(calendar_feeds.feed_of(cast.student).token + ".ics")
    whole = vobject.readOne(Client().get("/calendar/" + address.rpartition("/")[2]).content.decode())
    attached = vobject.readOne(letter.calendar).vevent
    (event,) = [one for one in whole.vevent_list if one.uid.value == attached.uid.value]
    assert (event.dtstart.value, event.sequence.value) == (attached.dtstart.value, attached.sequence.value)
    (hours,) = [one for one in whole.vevent_list if event.dtstart.value - one.dtstart.value == timedelta(minutes=15)]
    assert hours.location.value == event.location.value == "CP 108" and hours.status.value == "CONFIRMED"


def test_from_a_poll_to_a_move_that_page_mail_and_calendar_tell_alike(cast: Cast, chromium: Browser, live_server):
    home = f"{live_server.url}/c/{cast.course.slug}/office-hours/"
    with time_machine.travel(NOON, tick=True):
        staff = signed_in(chromium, live_server, cast.instructor, DESK)
        student = signed_in(chromium, live_server, cast.student, PHONE)
        a_poll_becomes_hours(staff, student, cast, home)
        a_student_books(student, home)
        staff_move_the_date(staff, home)
        letter = page_and_mail_tell_it(student, cast, home)
        the_calendar_tells_it_too(student, cast, letter)


def test_the_queue_refreshes_by_itself(cast: Cast, chromium: Browser, live_server):
    with time_machine.travel(NOON, tick=True):
        from_today = f"{live_server.url}/c/{cast.course.slug}/office-hours/"
        staff = signed_in(chromium, live_server, cast.instructor, DESK)
        staff.goto(f"{from_today}new")
        inspect(staff)
        staff.get_by_label("Weekday").select_option("Tuesday")
        staff.get_by_label("Starts").fill("14:30")
        staff.get_by_label("Ends").fill("15:30")
        staff.get_by_role("button", name="Publish").click()
        staff.get_by_role("link", name=re.compile("^Tue Apr 9, 2:30")).click()
        staff.get_by_role("link", name="Queue").click()
        staff.get_by_role("button", name="Open the queue").click()

        student = signed_in(chromium, live_server, cast.student, PHONE)
        student.goto(staff.url)
        student.get_by_label("What about").fill("Step Functions")
        student.get_by_role("button", name="Join the queue").click()
        student.wait_for_selector("text=You are next")
        inspect(student)

        staff.wait_for_selector("text=Step Functions", timeout=15_000)  # htmx looks again every 10 seconds
        inspect(staff)
        staff.get_by_role("button", name="Call the next").click()
        student.wait_for_selector("text=It is your turn", timeout=15_000)
