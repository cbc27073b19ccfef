"""The door's way back."""

import pytest
from django.test import RequestFactory

from courses.access import back_of
from courses.models import Course


@pytest.mark.parametrize(
    ("came_from", "leads_to"),
    [
        ("http://testserver/c/cs101/roster/?q=a", "http://testserver/c/cs101/roster/?q=a"),
        ("http://testserver//elsewhere.example/x", "http://testserver//elsewhere.example/x"),
        ("https://elsewhere.example/", "/c/cs101/"),
        ("http://testserver.elsewhere.example/", "/c/cs101/"),
        ("", "/c/cs101/"),
    ],
)
def test_the_way_back_never_leaves_the_portal(came_from: str, leads_to: str):
    request = RequestFactory().post("/", headers={"referer": came_from})
    request.course = Course(slug="cs101")
    assert back_of(request) == leads_to
