"""Fixtures of the presentations' tests."""

from collections.abc import Iterator

import pytest
import time_machine

from presentations.tests import factories


@pytest.fixture
def before_the_talks() -> Iterator[None]:
    """The clock stands a week before the first talks."""
    with time_machine.travel(factories.BEFORE, tick=False):
        yield
