"""What nobody means to plan is said, or refused: odd hours, an empty release, days that are over."""

from datetime import time

import pytest

from accounts.errors import DomainError
from portal.testing import Cast
from presentations.domain import allocation, arranging, releases
from presentations.tests import world

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("start", "said"), [(time(3), "from 03:00 to 03:20"), (time(10, 20), "from 10:20 to 10:40"), (time(9, 30), "")]
)
def test_a_talk_outside_class_hours_is_found(cast: Cast, start: time, said: str):
    talk = world.talk_of(world.released(cast)[0])
    arranging.set_hours(talk, minutes=20, start=start)
    found = [finding.message for finding in arranging.check_draft(cast.course)]
    assert any(said in sentence and "class is from 09:00" in sentence for sentence in found) == bool(said), found


def test_an_empty_schedule_is_not_released(cast: Cast):
    world.make_plan(cast.course)
    with pytest.raises(DomainError, match="No talk has a place yet"):
        releases.release(cast.course, by=cast.instructor.user, now=world.BEFORE)
    assert not cast.course.releases.exists()


def test_no_team_is_placed_on_a_day_that_is_over(cast: Cast):
    world.make_plan(cast.course)
    (team,) = world.make_teams(cast.course, 1)
    team.preferred_days = [world.DAYS[0]]
    team.save()
    last, first = (cast.course.meetings.get(date=day) for day in (world.DAYS[-1], world.DAYS[0]))
    with pytest.raises(DomainError, match="All presentation days are over"):
        allocation.allocate(cast.course, seed=1, now=last.ends_at)
    (placed,) = allocation.allocate(cast.course, seed=1, now=first.ends_at)
    assert placed.day.meeting.date > first.date
