"""How often each page asks the database: as often at 9 teams as at 90."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.testing import Cast, client_of
from presentations.domain import feedback, releases, swaps
from presentations.models import PresentationPlan
from presentations.tests import factories
from presentations.tests.pages import url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("before_the_talks")]


QUERIES = {
    "presentations": 14,
    "presentations of staff": 14,
    "review_progress": 14,
    "teams": 12,
    "teams of staff": 12,
    "team": 14,
    "swaps": 10,
    "swaps of staff": 6,
    "arrange": 17,
    "release": 21,
    "presentation_plan": 5,
    "swap_rules": 6,
    "review_plan": 8,
    "talk_review": 14,
    "talk_reviews": 8,
    "talk_feedback": 6,
    "public_schedule": 6,
    "course_home": 28,
}


def asked(client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as found:
        assert client.get(address).status_code == 200
    return len(found)


def fill(cast: Cast, n: int) -> None:
    """n teams in the schedule, a swap asked and a review for each."""
    factories.released(cast, n, swaps_need_approval=False)
    for team in cast.course.teams.exclude(number=1):
        asker = factories.member(team)
        swaps.propose(team, cast.course.teams.get(number=1), by=asker, now=factories.BEFORE)
        talk = factories.talk_of(team)
        factories.submitted_review(talk, cast.student, scores={"content": 3})


@pytest.mark.parametrize("n", [9, 90])
def test_pages_ask_as_often_at_9_teams_as_at_90(cast: Cast, n: int):
    fill(cast, n)
    PresentationPlan.objects.update(is_public=True)
    first = cast.course.teams.get(number=1)
    feedback.release(factories.talk_of(first), now=factories.starts_at(first) + timedelta(days=9), summary="Fine.")
    student, staff = client_of(factories.member(first)), client_of(cast.instructor)
    talk = factories.talk_of(first).pk
    counts = {
        "presentations": asked(student, url(cast, "presentations")),
        "presentations of staff": asked(staff, url(cast, "presentations")),
        "review_progress": asked(staff, url(cast, "review_progress")),
        "teams": asked(student, url(cast, "teams")),
        "teams of staff": asked(staff, url(cast, "teams")),
        "team": asked(student, url(cast, "team", first.pk)),
        "swaps": asked(student, url(cast, "swaps")),
        "swaps of staff": asked(staff, url(cast, "swaps")),
        "arrange": asked(staff, url(cast, "arrange")),
        "release": asked(staff, url(cast, "release")),
        "presentation_plan": asked(staff, url(cast, "presentation_plan")),
        "swap_rules": asked(staff, url(cast, "swap_rules")),
        "review_plan": asked(staff, url(cast, "review_plan")),
        "talk_review": asked(client_of(cast.student), url(cast, "talk_review", talk)),
        "talk_reviews": asked(staff, url(cast, "talk_reviews", talk)),
        "talk_feedback": asked(student, url(cast, "talk_feedback", talk)),
        "public_schedule": asked(Client(), url(cast, "public_schedule")),
        "course_home": asked(student, url(cast, "course_home")),
    }
    assert counts == QUERIES
    assert counts["presentations"] < 15 and counts["review_progress"] < 15
    assert releases.latest(cast.course) is not None
