from datetime import UTC, datetime

import pytest

from accounts.errors import DomainError
from courses.domain import calendar
from courses.models import Course

LOS_ANGELES = Course(timezone="America/Los_Angeles")


def test_a_local_time_becomes_the_instant_and_comes_back():
    wall = datetime(2023, 11, 28, 23, 59)  # noqa: DTZ001 - a wall-clock time has no zone
    instant = calendar.instant_of(LOS_ANGELES, wall)
    assert instant == datetime(2023, 11, 29, 7, 59, tzinfo=UTC)
    assert calendar.local_time(LOS_ANGELES, instant) == wall


def test_a_time_that_the_clocks_skip_is_refused_in_words():
    with pytest.raises(DomainError, match="02:30 does not exist on Sunday 2024-03-10"):
        calendar.instant_of(LOS_ANGELES, datetime(2024, 3, 10, 2, 30))  # noqa: DTZ001
    assert calendar.instant_of(LOS_ANGELES, datetime(2024, 3, 10, 3, 0)) == datetime(2024, 3, 10, 10, tzinfo=UTC)  # noqa: DTZ001


def test_of_an_hour_that_comes_twice_the_first_is_meant():
    assert calendar.instant_of(LOS_ANGELES, datetime(2023, 11, 5, 1, 30)) == datetime(2023, 11, 5, 8, 30, tzinfo=UTC)  # noqa: DTZ001
