"""An invented AWS, and a clock that stands still."""

import pytest
import time_machine

from cloudguard.tests.cloud import an_aws
from portal.testing import NOON


@pytest.fixture
def cloud(settings):
    """AWS, with two regions and no role."""
    with an_aws(settings) as invented:
        yield invented


@pytest.fixture
def at_noon():
    """The clock stands still at NOON, and can be moved."""
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock
