"""The door of the room: who is turned away is in the log, and what no page sends is refused in words."""

import pytest
import time_machine

from credits.tests.browsing import url
from credits.tests.world import make_pool
from portal.testing import NOON, Cast, client_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_noon():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def pool(cast: Cast):
    return make_pool(cast.course)


@pytest.mark.parametrize("at", ["9999-12-31T23:59", "0001-01-01T00:00", "x"])
def test_the_ledger_of_no_real_year_is_refused(cast: Cast, pool, at):
    page = client_of(cast.assistant).get(url("credit_ledger", cast.course, pk=pool.pk), {"at": at})
    assert page.status_code == 422


@pytest.mark.parametrize("chosen", ["9" * 26, "٣", "-1", "\x00"])
def test_a_request_that_is_none_is_not_approved(cast: Cast, pool, chosen):
    answer = client_of(cast.assistant).post(url("credit_requests", cast.course), {"request": [chosen]}, follow=True)
    assert "Nobody was chosen" in answer.content.decode()


def test_with_keys_that_cannot_be_read_a_stranger_is_turned_away_as_ever(cast: Cast, pool, settings):
    settings.CREDIT_KEYS = "no ring"
    assert client_of(cast.stranger).post(url("credit_ask", cast.course, pk=pool.pk)).status_code == 404
