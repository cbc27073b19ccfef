"""The day of a survey, as its people live it: a student answers on a phone, staff freeze, answer and publish."""

import re
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

import pytest
from django.conf import settings
from django.core.management import call_command
from playwright.sync_api import Locator, Page, expect

from courses.models import Enrollment
from feedback.domain import surveys
from mail.tasks import send_due
from portal.testing import log_can_be_emptied
from portal.tests.browser.inspection import faults
from portal.tests.browser.person import PHONE, Site, Window
from portal.tests.browser.world import FINE, L17, Place, answer_questions, oracle

pytestmark = pytest.mark.browser
QUESTION = "When would I pick Fargate over plain EC2?"
REPLY = "- **Fargate** when nobody wants to run servers\n  - mind the price\n- EC2 otherwise"
OTHERS = 23
MATERIAL = str((Decimal(OTHERS * 7 + 10) / (OTHERS + 1)).quantize(Decimal("0.01"), ROUND_HALF_UP))


@pytest.fixture
def day(site: Site) -> Iterator[Place]:
    """The evening of L17, its survey just opened and answered by others."""
    place = oracle()
    answer_questions(place, publish=2)
    meeting = place.course.meetings.get(date=L17)
    survey = surveys.open_survey(meeting, now=meeting.ends_at)
    for person in place.course.enrollments.students().exclude(pk=place.student.pk)[:OTHERS]:
        surveys.submit_response(survey, by=person, answers=surveys.check_answers(survey, FINE), now=meeting.ends_at)
    yield place
    site.close()
    with log_can_be_emptied():
        call_command("flush", interactive=False, verbosity=0)


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def script(request: pytest.FixtureRequest) -> dict[str, bool]:
    return {"java_script_enabled": request.param}


def answer(page: Page) -> None:
    """The first scale by thumb, the second and the question by keyboard alone."""
    page.get_by_role("radio", name="10").first.tap()
    page.keyboard.press("Tab")
    for _ in range(4):  # from 1, where Tab arrives, to 5
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    page.keyboard.type(QUESTION)


def typed(page: Page) -> list[str]:
    """What the form holds."""
    ticked = [one.get_attribute("value") for one in page.locator("input:checked").all()]
    return [*ticked, page.locator("textarea").input_value()]


def press(page: Page, button: str) -> int:
    """How the portal answered to a button."""
    with page.expect_navigation() as landed:
        page.get_by_role("button", name=button).click()
    return landed.value.status


def completions_of(student: Enrollment) -> int:
    return student.completions.filter(survey__meeting__date=L17).count()


def look(window: Window, place: Place, script: dict[str, bool]) -> None:
    """The page has no fault; axe-core needs JavaScript."""
    size = window.page.viewport_size
    found = faults(window.page, place.course.code) if script["java_script_enabled"] else []
    window.page.set_viewport_size(size)
    assert found + window.complaints == []


def test_a_class_is_rated_on_phones_frozen_read_answered_and_published(day: Place, site: Site, script):
    student_answers(day, site, script)
    staff_freeze_and_answer(day, site, script)
    student_reads(day, site, script)


def student_answers(day: Place, site: Site, script: dict[str, bool]) -> None:
    phone = site.window(day.student, PHONE, **script)
    page = phone.open(day.path("course_home"))
    look(phone, day, script)
    page.get_by_role("link", name="Answer the survey").tap()
    page.wait_for_url("**/survey")
    look(phone, day, script)
    stale = Window(site, phone.context, phone.context.new_page())
    answer(stale.open(page.url))
    answer(page)
    assert typed(page) == ["10", "5", QUESTION]
    assert press(page, "Send my answers") == 200
    expect(page.get_by_text("Recorded")).to_be_visible()
    look(phone, day, script)
    assert press(stale.page, "Send my answers") == 200
    for again in (stale.page, phone.open(day.path("survey", date=L17))):
        expect(again.get_by_text("You have answered. Thank you.")).to_be_visible()
        expect(again.get_by_role("button", name="Send my answers")).to_have_count(0)
    assert completions_of(day.student) == 1
    phone.close()


def staff_freeze_and_answer(day: Place, site: Site, script: dict[str, bool]) -> None:
    desk = site.window(day.instructor, **script)
    page = desk.open(day.path("course_home"))
    look(desk, day, script)
    page.get_by_role("link", name="of 69 answered so far, L17").click()
    expect(page.locator("main")).to_contain_text(f"{OTHERS + 1} of 69")
    for told in (QUESTION, MATERIAL, "5.00", day.student.user.name):
        expect(page.locator("main")).not_to_contain_text(told)
    look(desk, day, script)
    page.get_by_text("Freeze the figures now").click()
    expect(page.get_by_text("cannot be undone")).to_be_visible()
    assert press(page, f"Freeze with {OTHERS + 1} answers") == 200
    expect(page.locator("main")).to_contain_text(re.compile(rf"{MATERIAL}\s+↑\s+previous 6.19"))
    expect(page.locator("main")).to_contain_text(re.compile(r"5.00\s+↓\s+previous 5.69"))
    expect(page.get_by_role("img", name=f"Material, {OTHERS + 1} answers")).to_be_visible()
    look(desk, day, script)
    page.get_by_role("link", name="Feedback").first.click()
    page.get_by_role("link", name="Inbox: 1").click()
    look(desk, day, script)
    page.get_by_role("link", name=QUESTION).click()
    page.locator("[name=reply]").fill(REPLY)
    assert press(page, "Save as a draft") == 200
    expect(page.locator("article li li")).to_have_text("mind the price")
    look(desk, day, script)
    assert press(page, "Save and publish") == 200
    expect(page.get_by_role("status")).to_contain_text("students read it")
    desk.close()


def student_reads(day: Place, site: Site, script: dict[str, bool]) -> None:
    phone = site.window(day.student, PHONE, **script)
    page = phone.open(day.path("course_home"))
    page.get_by_role("link", name="Feedback").last.tap()
    page.wait_for_url("**/feedback/")
    answered = article(page, QUESTION)
    expect(answered.locator("li li")).to_have_text("mind the price")
    expect(answered.locator("strong")).to_have_text("Fargate")
    look(phone, day, script)
    phone.close()


def article(page: Page, heading: str) -> Locator:
    return page.locator("article").filter(has=page.get_by_role("heading", name=heading))


def test_a_session_lost_while_writing_loses_no_word(day: Place, site: Site, script):
    phone = site.window(day.student, PHONE, **script)
    page = phone.open(day.path("survey", date=L17))
    answer(page)
    phone.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    phone.expected = 403
    assert press(page, "Send my answers") == 403
    expect(page.get_by_role("alert")).to_contain_text("nothing was sent")
    assert typed(page) == ["10", "5", QUESTION]
    assert completions_of(day.student) == 0
    look(phone, day, script)
    with phone.context.expect_page() as opened:
        page.get_by_role("link", name="Sign in in a new tab").tap()
    sign_in_by_code(opened.value, phone, day.student)
    assert press(page, "Send my answers") == 200
    expect(page.get_by_text("Recorded")).to_be_visible()
    assert completions_of(day.student) == 1
    phone.close()


def sign_in_by_code(tab: Page, window: Window, person: Enrollment) -> None:
    """Ask for a code, read it in the demo's mailbox, type it."""
    tab.get_by_label("E-mail").fill(person.user.email)
    assert press(tab, "Send me a code") == 200
    send_due()
    mailbox = window.context.new_page()
    mailbox.goto("/mail/mailbox/")
    mailbox.locator("main .rows a").first.click()
    code = re.search(r"\b\d{4}-\d{4}\b", mailbox.locator(".letter").inner_text())
    assert code
    tab.get_by_label("Code").fill(code.group())
    assert press(tab, "Sign in") == 200
    expect(tab.get_by_role("button", name="Send my answers")).to_be_visible()
