"""Whoever posts to a page of the codes that is not theirs stands in the log, whatever page it is."""

import pytest

from courses.models import Role
from credits.domain import vault
from credits.models import AuditEvent
from portal.testing import Cast, client_of
from portal.tests.routes import all_routes
from portal.tests.world import make_world

pytestmark = pytest.mark.django_db
VIEWS = {"credits.views.collecting", "credits.views.staff", "credits.views.stock"}


@pytest.fixture(autouse=True)
def own_keys(settings):
    settings.CREDIT_KEYS, settings.CREDIT_INDEX_KEY = f"first:{vault.new_key()}", vault.new_key()


def test_who_is_refused_at_a_page_of_codes_is_noted(cast: Cast):
    world, turned_away = make_world(cast), 0
    for route in all_routes():
        who = [cast.stranger, *([cast.student] if route.role != Role.STUDENT else [])]
        for person in who if route.view.__module__ in VIEWS else []:
            before = AuditEvent.objects.filter(kind="refused").count()
            answer = client_of(person).post(world.url_of(route), {"text": "x"})
            if answer.status_code != 405:
                assert answer.status_code in (403, 404), route.name
                assert AuditEvent.objects.filter(kind="refused").count() == before + 1, route.name
                turned_away += 1
    assert turned_away >= 20
