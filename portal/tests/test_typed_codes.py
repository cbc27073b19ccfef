"""A credit code typed into any form: the form is given back, and nothing of it is kept."""

import re
from hashlib import sha256

import pytest
import time_machine
from django.apps import apps
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.errors import DomainError
from courses.domain import announcements
from credits.domain import search, vault
from credits.models import AuditEvent
from credits.tests.world import fill, make_pool
from portal.testing import NOON, Cast, client_of
from portal.tests.routes import all_routes
from portal.tests.test_lost_session import fields_of
from portal.tests.world import World, make_world
from portal.typed_codes import MOST

pytestmark = pytest.mark.django_db
CODE, TYPED = "FAKE-Code-9999", "take fake code–9999, it is free"
LEFT = re.compile(r"fake.?code.?9999", re.IGNORECASE)
TAKE_CODES = {"credit_import", "credit_search"}


@pytest.fixture(autouse=True)
def own_keys(settings):
    settings.CREDIT_KEYS, settings.CREDIT_INDEX_KEY = f"first:{vault.new_key()}", vault.new_key()
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def world(cast: Cast) -> World:
    world = make_world(cast)
    fill(make_pool(cast.course, stock=0, program="Other credits"), [CODE])
    return world


def texts() -> str:
    """Every text of every row."""
    found = []
    for model in apps.get_models():
        names = [f.name for f in model._meta.fields if isinstance(f, models.CharField | models.TextField)]
        found += [str(row) for row in model._base_manager.values_list(*names)]
    return "\n".join(found)


NAMED = ["text", "note", "reason", "reply", "line-0-text"]


def test_whatever_is_typed_anywhere_no_code_is_kept(world: World):
    form = dict.fromkeys(NAMED, TYPED) | {"count": "1", "line-0-kind": "lecture", "do": "save", "version": "0"}
    given_back = set()
    for route in all_routes():
        answer = world.browser_of(world.cast.instructor).post(world.url_of(route), form)
        if answer.status_code != 405 and route.name not in TAKE_CODES:
            assert answer.status_code == 422 and "no-store" in answer["Cache-Control"], route.name
            assert not LEFT.search(answer.content.decode())
            given_back.add(route.name)
    assert len(given_back) > 50 and not LEFT.search(texts())


def test_a_draft_with_a_code_is_given_back_and_saved_without_it(world: World):
    browser, where = world.browser_of(world.cast.instructor), reverse("announcement_new", args=[world.cast.course.slug])
    page = browser.post(where, {"title": "Codes", "text": TYPED})
    assert page.status_code == 422 and "Nothing was saved" in page.content.decode()
    event = AuditEvent.objects.last()
    assert (event.kind, event.actor_id) == ("refused", world.cast.instructor.user_id)
    assert event.note == "a text held a code and was given back"
    kept = fields_of(page)
    assert (kept["title"], kept["text"]) == ("Codes", "take …, it is free")
    assert f'action="{where}"' in page.content.decode()
    assert browser.post(where, kept | {"text": "Collect them here."}).status_code == 302
    assert [one.text for one in world.cast.course.announcements.filter(title="Codes")] == ["Collect them here."]


HIDDEN = [
    r"FAKE\-Code\-9999",
    "FAKE&#45;Code&#x2d;9999",
    "F&#65;KE-Code-9999",
    "FAKE_Code.9999",
    "F/A/K/E/C/o/d/e/9999",
    "FAKE\u2043Code\u20439999",
    "FAKE-**Code**-9999",
    "FAKE%2DCode%2D9999",
    "FAKE\u034f-Code-9999",
]


@pytest.mark.parametrize("hidden", HIDDEN)
def test_a_code_is_known_in_any_dress(world: World, hidden):
    typed = f"take {hidden}, it is free"
    browser, where = world.browser_of(world.cast.instructor), reverse("announcement_new", args=[world.cast.course.slug])
    page = browser.post(where, {"title": "Codes", "text": typed})
    assert page.status_code == 422 and "9999" not in page.content.decode()
    draft = world.cast.course.announcements.create(title="Codes", text=typed, created_at=NOON)
    with pytest.raises(DomainError, match="holds a credit code"):
        announcements.post_announcement(draft, now=NOON)


def test_a_code_that_only_the_page_puts_together_is_not_announced(world: World):
    draft = world.cast.course.announcements.create(
        title="Codes", text="FAKE-[Code](https://example.edu)-9999", created_at=NOON
    )
    with pytest.raises(DomainError, match="holds a credit code"):
        announcements.post_announcement(draft, now=NOON)


def test_a_long_text_costs_as_many_questions_as_a_short_one(world: World, django_assert_num_queries):
    with django_assert_num_queries(2):
        assert not search.holds_a_code(["".join(sha256(bytes([n])).hexdigest() for n in range(80))])


def test_it_costs_a_text_two_questions_and_a_short_word_none(world: World):
    def queries(typed: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            browser.post(reverse("home"), {"text": typed})
        return len(asked)

    browser = world.browser_of(world.cast.stranger)
    queries("")
    assert [queries(typed) - queries("") for typed in ("short", "a text as long as a code")] == [0, 2]


def test_without_its_keys_the_portal_still_takes_texts(world: World, settings):
    settings.CREDIT_KEYS, settings.IS_PRIVATE = "", True
    where = reverse("announcement_new", args=[world.cast.course.slug])
    assert client_of(world.cast.instructor).post(where, {"title": "News", "text": "A plain text."}).status_code == 302


def test_the_signed_out_get_their_form_back_as_ever(world: World):
    answer = Client().post(reverse("announcement_new", args=[world.cast.course.slug]), {"title": "x", "text": TYPED})
    assert answer.status_code == 403 and re.search("You are signed out", answer.content.decode())


def test_a_form_beyond_all_measure_is_not_even_looked_through(world: World, monkeypatch):
    monkeypatch.setattr("credits.domain.search.holds_a_code", lambda _: pytest.fail("looked through"))
    where = reverse("announcement_new", args=[world.cast.course.slug])
    answer = client_of(world.cast.student).post(where, {"title": "x", "text": "y" * MOST})
    assert answer.status_code == 400
