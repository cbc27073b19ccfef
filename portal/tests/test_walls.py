"""Access: no address without a role, nobody past it, nothing of a page kept by a cache."""

import ast
import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from courses.models import Role
from portal.testing import NOON, Cast, client_of, enroll, make_course
from portal.tests.route_table import ROUTES
from portal.tests.routes import Route, all_routes
from portal.tests.world import World, make_world

pytestmark = pytest.mark.django_db
OF_COURSES = [route for route in all_routes() if route.is_of_a_course]
OTHERS = [route for route in all_routes() if not route.is_of_a_course]
RANK = {role.value: role.rank for role in Role}
SERVED = {200, 204, 302, 303, 304, 409, 422}  # 405 besides: the view has no such method


def named(routes: list[Route]):
    return pytest.mark.parametrize("route", routes, ids=lambda route: route.name or route.pattern)


def knock(browser: Client, method: str, url: str):
    """One request, and what every answer is held to; whatever it changed is put back."""
    with transaction.atomic():
        answer = getattr(browser, method)(url)
        b"".join(answer) if answer.streaming else answer.content  # a page that is made late breaks late
        transaction.set_rollback(True)
    assert answer.status_code < 500
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "script-src 'self'" in policy
    assert "unsafe" not in policy and "http" not in policy
    assert answer["X-Frame-Options"] == "DENY"
    assert {"private", "no-store"} & set(re.split(r",\s*", answer["Cache-Control"])), "a shared cache may keep this"
    return answer


@pytest.fixture
def world(cast: Cast) -> Iterator[World]:
    with time_machine.travel(NOON, tick=False):
        yield make_world(cast)


# --- Every address says whom it is for ---------------------------------------------------------
@named(OF_COURSES)
def test_every_address_of_a_course_carries_a_role(route: Route):
    assert route.role in RANK or (route.is_public and "without a reason" not in route.opens_to)


def test_addresses_have_one_name_each():
    names = [route.name for route in all_routes()]
    assert all(names) and len(names) == len(set(names))


def line_of(name: str, opens_to: str) -> str:
    """The table's line for an address."""
    who = opens_to.upper().replace(" ", "_") if opens_to in {*RANK, "signed in"} else f'"{opens_to}"'
    return f'    "{name}": {who},'


def test_the_table_of_routes_says_what_the_url_conf_says():
    found = {route.name: route.opens_to for route in all_routes() if route.name != "style"}
    wrong = {name: opens_to for name, opens_to in found.items() if ROUTES.get(name) != opens_to}
    lines = [line_of(name, opens_to) for name, opens_to in wrong.items()]
    assert not wrong, "is this meant? then put into portal/tests/route_table.py:\n" + "\n".join(lines)
    assert not set(ROUTES) - set(found), "these addresses are gone: take them out of the table"


# --- Every address, walked as everybody --------------------------------------------------------
def leads_to_sign_in(answer, method: str) -> bool:
    """Whether it shows a signed-out one the way in, and nothing else; a form sent is given back."""
    if method == "get":
        return answer.status_code == 302 and answer["Location"].startswith("/sign-in?next=/")
    return answer.status_code == 403 and next(template.name for template in answer.templates) == "session_expired.html"


@named(OF_COURSES)
def test_every_course_address_asks_for_its_role(route: Route, world: World):
    url = world.url_of(route)
    answered = set()
    for method in ("get", "post"):
        out = knock(Client(), method, url)
        if not route.is_public:
            assert leads_to_sign_in(out, method)
        if not route.role:
            continue
        for nobody in world.outsiders:
            assert knock(world.browser_of(nobody), method, url).status_code in {404, 405}, (method, nobody)
        for person in world.insiders:
            status = knock(world.browser_of(person), method, url).status_code
            may = RANK[person.role] >= RANK[route.role]
            assert status in ({*SERVED, 405} if may else {403, 405}), (method, person.role, status)
            answered |= {status} if may else set()
    assert answered & SERVED or not route.role, "nobody got anything but 405 here"


@named(OTHERS)
def test_every_other_address_answers_everybody(route: Route, world: World):
    url = world.url_of(route)
    for method in ("get", "post"):
        out = knock(Client(), method, url)
        if not route.is_public:
            assert leads_to_sign_in(out, method)
        for person in (*world.insiders, *world.outsiders):
            knock(world.browser_of(person), method, url)


@named([route for route in OF_COURSES if "pk" in route.wants])
def test_rows_of_another_course_are_not_reached_through_ones_own(route: Route, world: World):
    own = world.url_of(route, course=world.elsewhere.course)
    for method in ("get", "post"):
        assert knock(world.browser_of(world.elsewhere), method, own).status_code in {404, 405}


def test_a_student_who_is_dropped_finds_nothing_at_once(world: World):
    browser = client_of(world.cast.student)
    world.cast.student.dropped_at = timezone.now()
    world.cast.student.save()
    answers = {route.name: knock(browser, "get", world.url_of(route)).status_code for route in OF_COURSES if route.role}
    assert set(answers.values()) == {404, 405}
    assert answers["course_home"] == answers["survey"] == 404


# --- No view goes round access.py ---------------------------------------------------------------
def modules_of_views() -> list[Path]:
    ours = {inspect.unwrap(route.view).__module__.partition(".")[0] for route in all_routes()} & set(
        settings.INSTALLED_APPS
    )
    holding = {inspect.unwrap(route.view).__module__ for route in all_routes()}
    files = {Path(sys.modules[name].__file__) for name in holding if name.partition(".")[0] in ours}
    for app in ours:
        files |= {*(settings.BASE_DIR / app).glob("views*.py"), *(settings.BASE_DIR / app).glob("views/**/*.py")}
    return sorted(files)


def reaches_round_the_door(source: str) -> list[int]:
    """Lines that use a manager: `Model.objects`, or another name for it."""
    managers = {"objects", "_default_manager", "_base_manager"}
    return [n.lineno for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Attribute) and n.attr in managers]


def test_no_view_takes_a_row_but_through_the_course():
    found = {str(file): reaches_round_the_door(file.read_text()) for file in modules_of_views()}
    assert len(found) >= 3
    assert not {file: lines for file, lines in found.items() if lines}


def test_a_view_that_goes_round_the_access_check_is_found():
    assert reaches_round_the_door("def survey(request, pk):\n    return Survey.objects.get(pk=pk)") == [2]


def test_a_course_that_is_not_there_and_one_that_one_is_not_in_look_the_same(cast: Cast):
    enroll(make_course("cs102-s24"), "Di Elsewhere")
    browser = client_of(cast.student)
    pages = [browser.get(reverse("course_home", kwargs={"course_slug": slug})) for slug in ("cs102-s24", "no-such")]
    assert [page.status_code for page in pages] == [404, 404]
    assert len({re.sub(r'value="\w{64}"', "", page.content.decode()) for page in pages}) == 1


def statements(browser: Client, method: str, url: str) -> tuple[int, list[str]]:
    """How an address answers, and what it asks of which tables on the way."""
    with CaptureQueriesContext(connection) as queries:
        status = knock(browser, method, url).status_code
    return status, [query["sql"].split(" WHERE ")[0] for query in queries if "SAVEPOINT" not in query["sql"]]


def test_a_row_of_another_course_and_one_that_is_nowhere_cost_the_same(world: World):
    browser = world.browser_of(world.elsewhere)
    for route in OF_COURSES:
        if "pk" not in route.wants or not route.role:
            continue
        foreign = world.url_of(route, course=world.elsewhere.course)
        nowhere = re.sub(r"/\d+(?=/|$)", "/987654321", foreign)
        for method in ("get", "post"):
            statements(browser, method, foreign)  # fills what is cached
            assert statements(browser, method, foreign) == statements(browser, method, nowhere), route.name
