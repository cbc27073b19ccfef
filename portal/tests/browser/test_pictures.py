"""The pictures in docs/: taken anew with SHOTS=1, and into a folder of the test otherwise."""

import os
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Page

from feedback.domain import surveys
from portal.tests.browser.person import PHONE, Site
from portal.tests.browser.world import AFTER_CLASS, BEFORE_CLASS, L16, L17, Place, answer_questions, oracle

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def place(site: Site) -> Place:
    found = oracle()
    answer_questions(found, publish=1)
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(settings.BASE_DIR) / "docs" if os.environ.get("SHOTS") else tmp_path


def take(page: Page, file: Path, *, dark: bool = False, whole: bool = True) -> None:
    """A picture without the demo's banner, which is not part of the page."""
    page.emulate_media(color_scheme="dark" if dark else "light", reduced_motion="reduce")
    page.evaluate("document.querySelector('.demo')?.remove()")
    size = page.viewport_size
    if whole:  # a taller window, so that what is fixed to its edges stands there
        page.set_viewport_size({**size, "height": page.evaluate("document.documentElement.scrollHeight")})
    page.screenshot(path=file)
    page.set_viewport_size(size)
    assert file.stat().st_size > 10_000


def test_pictures_of_the_staffs_day_and_the_recap(place: Place, site: Site, folder: Path):
    desk = site.window(place.instructor)
    with site.at(BEFORE_CLASS):
        take(desk.open(place.path("course_home")), folder / "home-staff.png", whole=False)
        page = desk.open(place.path("survey_recap", date=L16))
        for text in ("6.19", "5.69", "33/44 - 75.0%", "19/25 - 76.0%", "52/69 - 75.4%"):
            assert page.get_by_text(text).first.is_visible()
        take(page, folder / "recap.png")
        take(page, folder / "recap-dark.png", dark=True)
    desk.close()


def test_pictures_of_a_students_phone(place: Place, site: Site, folder: Path):
    meeting = place.course.meetings.get(date=L17)
    surveys.open_survey(meeting, now=meeting.ends_at)
    phone = site.window(place.student, PHONE, device_scale_factor=2)
    with site.at(AFTER_CLASS):
        take(phone.open(place.path("course_home")), folder / "home-student-phone.png", whole=False)
        page = phone.open(place.path("survey", date=L17))
        page.get_by_role("radio", name="7").first.check()
        page.get_by_role("radio", name="5 Just right").check()
        page.get_by_role("textbox").fill("When would I pick Fargate over plain EC2 for a service?")
        page.get_by_role("textbox").blur()
        page.mouse.move(0, 0)
        take(page, folder / "survey-phone.png")
    phone.close()
