"""The demo's people picker, and that it is nowhere else."""

import pytest
from django.test import Client

from accounts.models import User
from portal.testing import Cast, enroll, make_course

pytestmark = pytest.mark.django_db
PAGE = "/demo/people"


@pytest.fixture
def demo(settings):
    settings.DEMO, settings.DEBUG = True, False


def who(browser: Client) -> int:
    return int(browser.session.get("_auth_user_id", 0))


def test_one_click_makes_one_anybody_and_leads_where_one_wanted(demo, cast: Cast):
    browser = Client()
    page = browser.get(PAGE).content.decode()
    for person in (cast.instructor, cast.assistant, cast.student, cast.other_student):
        assert person.user.name in page
        wanted = f"/c/{cast.course.slug}/"
        landed = browser.post(PAGE, {"person": str(person.user_id), "next": wanted})
        assert (landed.status_code, landed["Location"], who(browser)) == (302, wanted, person.user_id)
    assert "Students of CS 501" in page


def test_the_stranger_is_in_no_course(demo, cast: Cast):
    browser = Client()
    for _ in range(2):
        browser.post(PAGE, {"person": "stranger"})
    stranger = User.objects.get(pk=who(browser))
    assert not stranger.enrollments.exists()
    assert browser.get(f"/c/{cast.course.slug}/").status_code == 404


def test_a_person_who_was_dropped_is_not_listed(demo, cast: Cast):
    cast.student.dropped_at = cast.course.created_at
    cast.student.save()
    assert cast.student.user.name not in Client().get(PAGE).content.decode()


@pytest.mark.parametrize("choice", ["", "0", "999999", "-1", "²", "x", "9" * 30])
def test_nobody_is_nobody(demo, cast: Cast, choice: str):
    browser = Client()
    assert browser.post(PAGE, {"person": choice}).status_code == 404
    assert not who(browser)


def test_it_leads_to_no_other_site(demo, cast: Cast):
    landed = Client().post(PAGE, {"person": str(cast.student.user_id), "next": "https://elsewhere.example/"})
    assert landed["Location"] == "/"


def test_without_demo_and_debug_it_is_not_there(settings, cast: Cast):
    settings.DEMO, settings.DEBUG = False, False
    browser = Client()
    assert browser.get(PAGE).status_code == 404
    assert browser.post(PAGE, {"person": str(cast.student.user_id)}).status_code == 404
    assert not who(browser)
    assert PAGE not in browser.get("/sign-in").content.decode()


def test_its_queries_do_not_grow_with_people(demo, cast: Cast, django_assert_max_num_queries):
    for name in ("Bea Made", "Cy Made", "Di Made"):
        enroll(cast.course, name)
    make_course("cs102-s24")
    with django_assert_max_num_queries(2):
        Client().get(PAGE)
