"""The frame: which tabs a person sees, which is marked, light or dark."""

from types import ModuleType, SimpleNamespace

import pytest
from django.http import HttpRequest
from django.test import RequestFactory, override_settings
from django.urls import path

from courses.models import Enrollment, Role
from portal import context

NAMES = [name for _, _, name, _, _ in context.TABS]


def nothing(request, **kwargs):
    """A page that is never opened."""


def addresses(*names: str) -> ModuleType:
    table = ModuleType("addresses")
    tails = {name: "" if name == "course_home" else f"{name}/" for name in names}
    table.urlpatterns = [path(f"c/<slug:course_slug>/{tail}", nothing, name=name) for name, tail in tails.items()]
    return table


def asks(where: str = "/c/clouds/", *, is_staff: bool = False, theme: str = "") -> HttpRequest:
    request = RequestFactory().get(where)
    request.COOKIES["theme"] = theme
    request.course = SimpleNamespace(slug="clouds")
    request.enrollment = Enrollment(role=Role.INSTRUCTOR if is_staff else Role.STUDENT)
    return request


@pytest.fixture(autouse=True)
def _every_app_is_installed():
    with override_settings(ROOT_URLCONF=addresses(*NAMES)):
        yield


def labels(request: HttpRequest) -> list[str]:
    return [tab.label for tab in context.tabs_of(request)]


def test_staff_see_roster_letters_and_settings_and_students_do_not():
    assert labels(asks(is_staff=True))[-3:] == ["Roster", "Letters", "Settings"]
    assert {"Roster", "Letters", "Settings"}.isdisjoint(labels(asks()))
    assert labels(asks())[0] == "Today"


def test_the_tab_of_an_app_that_is_not_installed_is_left_out():
    with override_settings(ROOT_URLCONF=addresses("course_home", "feedback")):
        assert labels(asks(is_staff=True)) == ["Today", "Feedback"]


@pytest.mark.parametrize(
    ("where", "marked"),
    [
        ("/c/clouds/", [("Today", "page")]),
        ("/c/clouds/feedback/", [("Feedback", "page")]),
        ("/c/clouds/feedback/16/", [("Feedback", "true")]),
        ("/c/clouds/elsewhere/", [("Today", "true")]),
    ],
)
def test_the_tab_that_one_is_in_is_marked(where: str, marked: list[tuple[str, str]]):
    assert [(tab.label, tab.current) for tab in context.tabs_of(asks(where)) if tab.current] == marked


def test_a_phone_shows_five_tabs_at_most_and_the_rest_under_more():
    shown = context.page(asks())
    assert [tab.short for tab in shown["phone_tabs"]] == ["Today", "Feedback", "Talks", "Hours"]
    assert shown["phone_tabs"] + shown["more_tabs"] == shown["tabs"]
    with override_settings(ROOT_URLCONF=addresses(*NAMES[:5])):
        shown = context.page(asks())
    assert (len(shown["phone_tabs"]), shown["more_tabs"]) == (5, [])


def test_outside_a_course_there_are_no_tabs():
    assert context.page(RequestFactory().get("/"))["tabs"] == []


@pytest.mark.parametrize(
    ("cookie", "theme"), [("dark", "dark"), ("light", "light"), ("", "system"), ('"><b', "system")]
)
def test_the_theme_is_one_of_three_whatever_the_cookie_says(cookie: str, theme: str):
    assert context.page(asks(theme=cookie))["theme"] == theme


@pytest.mark.parametrize("demo", [True, False])
def test_the_demo_says_so(demo: bool):
    with override_settings(DEMO=demo):
        assert context.page(asks())["demo"] is demo
