"""Coming as a team: only those who are in it, with one slot a date and one place a queue."""

from datetime import date, timedelta

import pytest

from accounts.errors import RuleBroken
from officehours.domain import asking, bookings, queues
from officehours.domain.bookings import Wish
from officehours.models import Appointment
from officehours.tests.world import make_hours, turn_booking_on
from portal.testing import NOON, Cast, enroll

pytestmark = pytest.mark.django_db
TODAY, APRIL_16 = date(2024, 4, 9), date(2024, 4, 16)


def test_a_team_number_is_not_anybodys(cast: Cast):
    turn_booking_on(cast)
    hours = make_hours(cast)
    queue = queues.open_queue(cast.course, hours.pk, TODAY, now=NOON)
    who, wish, times = cast.student, Wish(team=9), [NOON + timedelta(days=1)]
    for verb in (
        lambda: bookings.book(cast.course, by=who, series=hours.pk, on=APRIL_16, offset=0, wish=wish, now=NOON),
        lambda: asking.ask(cast.course, by=who, host=cast.instructor, times=times, wish=wish, now=NOON),
        lambda: queues.join(queue, by=who, topic="x", team=9, now=NOON),
    ):
        with pytest.raises(RuleBroken, match="You are not in team 9"):
            verb()
    assert not Appointment.objects.exists() and not queue.entries.exists()


def test_a_team_holds_one_slot_a_date_and_keeps_its_turn_whoever_comes(cast: Cast, settings):
    settings.TEAM_NUMBER = "officehours.tests.world.in_team_3"
    turn_booking_on(cast)
    hours = make_hours(cast)
    book = {"series": hours.pk, "on": APRIL_16, "wish": Wish(team=3), "now": NOON}
    first = bookings.book(cast.course, by=cast.student, offset=0, **book)
    assert bookings.book(cast.course, by=cast.student, offset=0, **book) == first
    with pytest.raises(RuleBroken, match="Team 3 holds a slot of this date"):
        bookings.book(cast.course, by=cast.other_student, offset=15, **book)
    queue = queues.open_queue(cast.course, hours.pk, TODAY, now=NOON)
    queues.join(queue, by=cast.student, topic="x", team=3, now=NOON)
    queues.close(queue, now=NOON)
    later = queues.open_queue(cast.course, hours.pk, APRIL_16, now=NOON)
    queues.join(later, by=enroll(cast.course, "Early Bird"), topic="x", team=None, now=NOON)
    assert queues.join(later, by=cast.other_student, topic="x", team=3, now=NOON).has_priority
