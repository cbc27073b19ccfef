"""Keys of the tests, made anew for each, in memory."""

import pytest
import time_machine

from credits.domain import vault
from credits.tests.world import make_pool
from portal.testing import NOON, Cast


@pytest.fixture(autouse=True)
def own_keys(settings):
    settings.CREDIT_KEYS = f"first:{vault.new_key()}"
    settings.CREDIT_INDEX_KEY = vault.new_key()


@pytest.fixture
def at_noon():
    """The clock stands still at NOON, and can be moved."""
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def pool(cast: Cast):
    """A pool of the cast's course with three codes."""
    return make_pool(cast.course)
