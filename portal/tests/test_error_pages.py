"""Pages of errors: plain words, and nothing of the portal's inside."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from accounts.access import public
from portal.testing import NOON, Cast, client_of
from portal.urls import urlpatterns as real

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]
SECRET = "invented-inside"


@public("a test")
def breaks(request: HttpRequest) -> HttpResponse:
    raise RuntimeError(SECRET)


urlpatterns = [path("breaks", breaks), *real]


@pytest.fixture
def browser(cast: Cast) -> Client:
    browser = client_of(cast.student)
    browser.raise_request_exception = False
    return browser


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("/no-such-page", 404, "Nothing is at this address"),
        ("/c/cs101-s24/roster/", 403, "This page is not for you"),
        ("/c/cs101-s24/office-hours/1/book", 405, "It only takes what a form sends"),
        ("/breaks", 500, "Something broke on our side"),
    ],
)
def test_an_error_page_says_it_in_words_and_leaks_nothing(browser: Client, address: str, status: int, words: str):
    answer = browser.get(address)
    page = answer.content.decode()
    assert answer.status_code == status
    assert words in page and page.count("<h1>") == 1
    assert not [
        inside for inside in (SECRET, "Traceback", "RuntimeError", "urlpatterns", "No such course") if inside in page
    ]
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert "private" in answer["Cache-Control"]


def test_a_form_that_was_open_too_long_says_so(cast: Cast):
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post("/sign-in", {"email": "ada@students.example.edu"})
    assert answer.status_code == 403 and b"open too long" in answer.content
    assert b'value="ada@students.example.edu"' in answer.content


@pytest.mark.parametrize("address", ["/healthz", "/readyz"])
def test_a_load_balancer_is_answered_without_a_session(address: str, django_assert_max_num_queries):
    with django_assert_max_num_queries(1):
        answer = Client().get(address)
    assert answer.json() == {"status": "ok"} and not answer.cookies


def test_the_choice_of_colours_is_kept_and_leads_back_here_only():
    browser = Client()
    answer = browser.post("/theme", {"value": "dark"}, headers={"referer": "http://testserver/sign-in"})
    assert answer["Location"] == "http://testserver/sign-in"
    assert b'data-theme="dark"' in browser.get("/sign-in").content
    away = browser.post("/theme", {"value": "<x>"}, headers={"referer": "https://elsewhere.example/"})
    assert away["Location"] == "/" and browser.cookies["theme"].value == "system"


def test_someone_dropped_reads_whose_roster_they_are_no_longer_on(cast: Cast):
    browser = client_of(cast.student)
    cast.course.enrollments.filter(pk=cast.student.pk).update(dropped_at=NOON)
    page = browser.get("/").content.decode()
    assert "You are no longer on the roster of CS 101/501" in page
    assert "No course knows this address" not in page
    assert browser.get(f"/c/{cast.course.slug}/").status_code == 404


def test_my_courses_leads_straight_to_the_only_one_and_lists_several(cast: Cast):
    assert client_of(cast.student).get("/")["Location"] == f"/c/{cast.course.slug}/"
    assert b"No course knows this address" in client_of(cast.stranger).get("/").content
