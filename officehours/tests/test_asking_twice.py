"""Publishing the same twice, by a double click, is publishing it once."""

from datetime import date, time

import pytest

from officehours.domain import polls, series
from officehours.domain.series import terms_of
from officehours.models import AvailabilityPoll, HoursSeries
from officehours.tests.factories import end_before, make_hours
from portal.testing import NOON, Cast, client_of

pytestmark = pytest.mark.django_db
HOME = "/c/cs101-s24/office-hours/"
GRID = {"question": "When?", "weekdays": [3, 1], "start": time(9), "end": time(12), "minutes": 60}


def test_the_same_weekly_hours_are_made_once(cast: Cast):
    hours = make_hours(cast)
    assert make_hours(cast) == hours
    assert make_hours(cast, place="HALL 9") != hours and make_hours(cast, weekday=3) != hours
    span = {"terms": terms_of(hours), "first_on": hours.first_on, "last_on": hours.last_on, "now": NOON}
    assert series.create(cast.course, host=cast.assistant.user, **span) != hours
    assert HoursSeries.objects.count() == 4


def test_hours_that_were_ended_since_are_published_anew(cast: Cast):
    hours = make_hours(cast)
    end_before(hours, date(2024, 4, 9), reason="Over", now=NOON)
    assert make_hours(cast) != hours


def test_the_same_question_is_asked_once_while_it_is_open(cast: Cast):
    asked = polls.ask(cast.course, **GRID, now=NOON)
    assert asked.weekdays == [1, 3]
    assert polls.ask(cast.course, **GRID, now=NOON) == asked
    assert polls.ask(cast.course, **{**GRID, "minutes": 30}, now=NOON) != asked
    polls.close(asked, now=NOON)
    assert polls.ask(cast.course, **GRID, now=NOON) != asked


def test_a_double_click_leads_to_the_same_page(cast: Cast, time_machine):
    time_machine.move_to(NOON, tick=False)
    staff = client_of(cast.assistant)
    hours = {"host": cast.instructor.user_id, "weekday": "1", "start": "14:30", "end": "15:30", "mode": "in_person",
             "place": "HALL 2", "first_on": "2024-04-09", "last_on": "2024-06-04"}  # fmt: skip
    grid = {"question": "When?", "weekdays": ["1", "3"], "start": "09:00", "end": "12:00", "minutes": "60"}
    for url, sent in (("new", hours), ("polls/new", grid)):
        first, second = (staff.post(f"{HOME}{url}", sent) for _ in range(2))
        assert first.status_code == second.status_code == 302 and first["Location"] == second["Location"]
    assert HoursSeries.objects.count() == AvailabilityPoll.objects.count() == 1
