"""Keys of the tests: made anew for each, in memory."""

import pytest

from credits.domain import keys


@pytest.fixture(autouse=True)
def own_keys(settings):
    settings.CREDIT_KEYS = f"first:{keys.new_key()}"
    settings.CREDIT_INDEX_KEY = keys.new_key()
