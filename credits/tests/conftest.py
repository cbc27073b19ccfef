"""Keys of the tests, made anew for each, in memory; and an invented AWS."""

import pytest

from credits.domain import keys
from credits.tests.cloud import an_aws


@pytest.fixture(autouse=True)
def own_keys(settings):
    settings.CREDIT_KEYS = f"first:{keys.new_key()}"
    settings.CREDIT_INDEX_KEY = keys.new_key()


@pytest.fixture
def cloud(settings):
    """AWS, with two regions and no role."""
    with an_aws(settings) as invented:
        yield invented
