"""Every page that somebody can open is usable by everybody: axe-core, targets, widths, titles, a quiet console."""

from dataclasses import dataclass

import pytest
from django.urls import reverse

from portal.tests.browser.furnished import furnish
from portal.tests.browser.inspection import faults, seen
from portal.tests.browser.pages import NO_PAGE
from portal.tests.browser.person import DESK, PHONE, Site, Window
from portal.tests.browser.world import L17, Place, empty, lived_in, nobody, oracle
from portal.tests.routes import Route, all_routes

pytestmark = pytest.mark.browser
ROUTES = [route for route in all_routes() if route.name not in NO_PAGE]


@dataclass
class Looker:
    """Somebody who looks at the pages of one course."""

    who: str
    place: Place
    window: Window


@pytest.fixture(scope="module")
def of_courses(site: Site) -> list[Looker]:
    """A student and the instructor, of a course with everything in it and of one without anything."""
    full = furnish(lived_in(oracle()))
    places = {"with data": full, "empty": empty(full.instructor)}
    return [
        Looker(f"{who}, {state}", place, site.window(getattr(place, who), PHONE))
        for state, place in places.items()
        for who in ("student", "instructor")
    ]


@pytest.fixture(scope="module")
def of_the_portal(site: Site, of_courses: list[Looker]) -> list[Looker]:
    """Somebody signed out, somebody whom no course knows, and somebody with two courses."""
    full = of_courses[0].place
    people = {"signed out": None, "stranger": nobody(), "instructor": full.instructor}
    return [Looker(who, full, site.window(person, PHONE)) for who, person in people.items()]


def look(by: Looker, path: str) -> tuple[int, list[str]]:
    """How an address answered, and the faults of its page if it showed one of its own."""
    answer = by.window.context.request.get(path, max_redirects=0)
    status = answer.status
    if status != 200 or "attachment" in answer.headers.get("content-disposition", ""):
        return status, []
    by.window.complaints.clear()
    by.window.open(path)
    found = faults(by.window.page, by.place.course.code if path.startswith("/c/") else "")
    return status, [f"{by.who}: {fault}" for fault in found + by.window.complaints]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_an_address_shows_a_page_without_fault(route: Route, of_courses, of_the_portal):
    statuses, found = set(), []
    for by in of_courses if route.is_of_a_course else of_the_portal:
        path = by.place.path_of(route)
        if path is not None:
            status, wrong = look(by, path)
            statuses.add(status)
            found += wrong
    assert 200 in statuses or 405 in statuses, f"nobody saw a page: {statuses}"
    assert not found, "\n".join(found)


def test_the_other_states_of_a_page_have_no_fault_either(of_courses: list[Looker]):
    full = [by for by in of_courses if by.place.more]
    for path in full[0].place.more:
        statuses, found = zip(*(look(by, path) for by in full), strict=True)
        assert 200 in statuses, f"nobody saw {path}: {statuses}"
        assert not any(found), (path, found)


def test_the_pages_that_one_comes_to_by_typing_have_no_fault(site: Site, of_courses: list[Looker]):
    student, teacher = of_courses[0], of_courses[1]
    found = []

    def typed(by: Looker, path: str, status: int, **words: str) -> None:
        page = by.window.open(path)
        for label, text in words.items():
            page.locator(f"[name={label}]").fill(text)
        page.evaluate("for (const form of document.forms) form.noValidate = true")
        by.window.expected = status
        with page.expect_navigation() as landed:
            page.locator(f"main form:has([name={label}]) button").last.click()
        assert landed.value.status == status, path
        found.extend(f"{path}: {fault}" for fault in faults(page) + by.window.complaints)

    out = Looker("signed out", student.place, site.window(size=PHONE))
    typed(out, reverse("account_login"), 422, email="no address")
    typed(out, reverse("account_login"), 200, email=student.place.student.user.email)
    typed(out, reverse("account_confirm_login_code"), 422, code="1")
    typed(student, student.place.path("survey", date=L17), 422, question="Only this.")
    typed(teacher, teacher.place.path("survey_plan"), 422, title="", points="-1")
    assert not found


@pytest.mark.parametrize(("path", "status"), [("/no/such/page", 404), ("/c/tcss562-f23/roster/", 403)])
def test_a_page_that_refuses_has_no_fault(path: str, status: int, of_courses: list[Looker]):
    window = of_courses[0].window
    window.complaints.clear()
    window.open(path, status=status)
    assert faults(window.page) + window.complaints == []


@pytest.mark.parametrize(("size", "scheme"), [(PHONE, "dark"), (DESK, "light")])
def test_the_frame_is_readable_in_the_other_light_too(size, scheme, of_courses: list[Looker]):
    for by in of_courses[:2]:
        for name in ("course_home", "feedback", "assignments"):
            by.window.open(by.place.path(name))
            assert seen(by.window.page, size, scheme) == []
