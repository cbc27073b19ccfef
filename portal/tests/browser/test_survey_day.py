"""The day of a survey, as its people live it: a student answers on a phone, staff freeze, answer and publish."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from feedback.domain import surveys
from feedback.models import Completion
from mail.tasks import send_due
from portal.tests.browser.inspection import faults
from portal.tests.browser.person import PHONE, Site, Window
from portal.tests.browser.world import FINE, L16, L17, Place, answer_questions, oracle

pytestmark = pytest.mark.browser
QUESTION = "When would I pick Fargate\nover plain EC2 for a service?"
REPLY = "- **Fargate** when nobody wants to run servers\n  - mind the price\n- EC2 otherwise"


@pytest.fixture(scope="module")
def day(site: Site) -> Place:
    """The evening of L17, its survey just opened and answered by 23 others."""
    place = oracle()
    answer_questions(place, publish=2)
    meeting = place.course.meetings.get(date=L17)
    survey = surveys.open_survey(meeting, now=meeting.ends_at)
    others = place.course.enrollments.students().exclude(pk=place.student.pk).order_by("-pk")[:23]
    for person in others:
        surveys.submit_response(survey, by=person, answers=surveys.check_answers(survey, FINE), now=meeting.ends_at)
    return place


@pytest.fixture
def student(day: Place, site: Site):
    """A student of their own for each test, who has not answered yet."""
    waiting = day.course.enrollments.students().exclude(completions__survey__meeting__date=L17).order_by("pk")
    return waiting.select_related("user")[0]


def part_of(text: str, page: Page):
    return page.locator("section").filter(has=page.get_by_role("heading", name=text, exact=True))


def tap_and_type(page: Page) -> None:
    """Answer the first scale by thumb, the second by keyboard alone, and ask something."""
    page.get_by_role("radio", name="7").first.tap()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")  # a group that is entered by Tab has no choice yet: right takes the second
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    page.keyboard.type(QUESTION)


def chosen(page: Page) -> list[str]:
    return page.locator("input:checked").evaluate_all("all => all.map(one => one.value)")


def send(page: Page) -> int:
    with page.expect_navigation() as landed:
        page.get_by_role("button", name="Send my answers").click()
    return landed.value.status


def without_fault(window: Window, day: Place) -> None:
    assert faults(window.page, day.course.code) + window.complaints == []
