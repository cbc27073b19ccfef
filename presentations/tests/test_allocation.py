"""Teams are placed by their wishes, in an order that a seed repeats."""

import pytest

from accounts.errors import DomainError
from portal.testing import Cast
from presentations.domain import arranging
from presentations.models import PresentationDay, Team
from presentations.tests import factories

pytestmark = pytest.mark.django_db


def test_wishes_are_met_in_a_drawn_order_that_a_seed_repeats(cast: Cast):
    factories.make_plan(cast.course, minutes=40)
    teams = factories.make_teams(cast.course, 5)
    for team in teams[:4]:
        Team.objects.filter(pk=team.pk).update(preferred_days=[factories.DAYS[0], factories.DAYS[1]])
    placed = arranging.allocate(cast.course, seed=7, now=factories.BEFORE)
    first = factories.order_of(cast.course)
    assert [len(talks) for _, talks in first] == [2, 2, 1], "two fit a day of 90 minutes; whoever had no wish, the rest"
    assert first[2][1] == ["Team 5"]
    why = {placement.team.number: placement.why for placement in placed}
    assert why[5].endswith("it asked for no day, so the day with most room")
    assert sorted("had no room left" in words for words in why.values()) == [False, False, False, True, True]
    cast.course.slots.all().delete()
    arranging.allocate(cast.course, seed=7, now=factories.BEFORE)
    assert factories.order_of(cast.course) == first
    assert arranging.allocate(cast.course, seed=8, now=factories.BEFORE) == []


def test_without_a_presentation_day_nothing_is_placed(cast: Cast):
    factories.make_plan(cast.course)
    PresentationDay.objects.all().delete()
    with pytest.raises(DomainError, match="choose the days first"):
        arranging.allocate(cast.course, seed=1, now=factories.BEFORE)


def test_no_team_is_placed_on_a_day_that_is_over(cast: Cast):
    factories.make_plan(cast.course)
    (team,) = factories.make_teams(cast.course, 1)
    team.preferred_days = [factories.DAYS[0]]
    team.save()
    last, first = (factories.meeting(cast, day) for day in (factories.DAYS[-1], factories.DAYS[0]))
    with pytest.raises(DomainError, match="All presentation days are over"):
        arranging.allocate(cast.course, seed=1, now=last.ends_at)
    (placed,) = arranging.allocate(cast.course, seed=1, now=first.ends_at)
    assert placed.day.meeting.date > first.date
