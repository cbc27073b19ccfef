"""The drop-in queue over time: what watching pages offer, who is no longer in the course, queues that nobody closed."""

from datetime import date

import pytest

from officehours.domain import queues
from officehours.models import HoursQueue, HoursSeries
from officehours.tests.world import make_hours
from portal.testing import NOON, Cast, client_of

pytestmark = pytest.mark.django_db
TODAY = date(2024, 4, 9)
PIECE = {"HX-Request": "true"}


@pytest.fixture
def hours(cast: Cast) -> HoursSeries:
    return make_hours(cast)


@pytest.fixture
def queue(hours: HoursSeries) -> HoursQueue:
    return queues.open_queue(hours.course, hours.pk, TODAY, now=NOON)


def address(hours: HoursSeries) -> str:
    return f"/c/{hours.course.slug}/office-hours/{hours.pk}/{TODAY}/queue"


def test_the_buttons_of_staff_follow_the_queue_as_they_watch(cast: Cast, hours: HoursSeries):
    desk = client_of(cast.assistant)
    assert "Open the queue" in desk.get(address(hours), headers=PIECE).content.decode()
    queue = queues.open_queue(cast.course, hours.pk, TODAY, now=NOON)
    opened = desk.get(address(hours), {"seen": "none"}, headers=PIECE).content.decode()
    assert "Call the next" in opened and "Open the queue" not in opened
    queues.join(queue, by=cast.student, topic="Lambdas", team=None, now=NOON)
    entry = queues.call_next(queue, now=NOON)
    assert f'id="note-of-{entry.pk}" hx-preserve' in desk.get(address(hours), headers=PIECE).content.decode()
    assert desk.get(address(hours)).content.decode().count("Call the next") == 1
    assert b"Call the next" not in client_of(cast.student).get(address(hours), headers=PIECE).content
