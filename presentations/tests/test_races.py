"""Many at once: one accepted, one polite refusal; one paper, one team; one seat, one person."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connections

from accounts.errors import DomainError
from courses.models import Course
from portal.testing import NOON, Cast, enroll, make_cast
from presentations.domain import arranging, swaps, teams, topics
from presentations.models import SwapRequest, Team, Topic
from presentations.tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 24
rounds = pytest.mark.parametrize("round_", range(30 if os.environ.get("LONG") else 2))
State = SwapRequest.State


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return make_cast()


def outcome(call: Callable[[], Any]) -> str:
    try:
        call()
    except DomainError as error:
        return error.message
    return "done"


def at_once(*calls: Callable[[], Any]) -> list[str]:
    """Call all of these in threads that start together, each with a connection of its own."""
    together = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> str:
        together.wait()
        try:
            return outcome(call)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


@rounds
def test_two_proposals_accepted_at_the_same_instant_are_one_swap_and_one_refusal(cast: Cast, round_):
    team1, team2, team3 = factories.released(cast, swaps_need_approval=False)
    asked = [factories.ask_swap(team1, other) for other in (team2, team3)]
    people = [factories.member(team2), factories.member(team3)]

    outcomes = at_once(
        *[lambda s=s, p=p: swaps.accept(s, by=p, now=factories.BEFORE) for s, p in zip(asked, people, strict=True)]
    )

    assert sorted(outcomes)[1] == "done" and "no longer available" in sorted(outcomes)[0], outcomes
    assert sorted(SwapRequest.objects.values_list("state", flat=True)) == [State.ACCEPTED, State.SUPERSEDED]
    for edition in ("draft", "live"):
        slots = cast.course.slots.filter(edition=edition)
        assert slots.exclude(talk=None).count() == 3 and slots.values("talk").distinct().count() == 3


@rounds
def test_the_same_swap_accepted_twice_at_once_moves_once(cast: Cast, round_):
    team1, team2, _ = factories.released(cast, swaps_need_approval=False)
    swap = factories.ask_swap(team1, team2)
    answers = [SwapRequest.objects.get(pk=swap.pk) for _ in range(2)]

    outcomes = at_once(
        *[lambda s=s: swaps.accept(s, by=factories.member(team2), now=factories.BEFORE) for s in answers]
    )

    assert outcomes == ["done", "done"], "asking twice gives the same answer"
    assert cast.course.releases.count() == 2
    assert (factories.day_of(team1), factories.day_of(team2)) == (factories.DAYS[1], factories.DAYS[0])


@rounds
def test_one_of_24_teams_claims_a_paper(cast: Cast, round_):
    factories.make_plan(cast.course)
    formed = [teams.form_team(cast.course, [], now=NOON) for _ in range(AT_ONCE)]
    topic = topics.suggest(cast.course, title="One paper")

    outcomes = at_once(*[lambda team=team: topics.claim(Topic.objects.get(pk=topic.pk), team) for team in formed])

    assert (
        outcomes.count("done") == 1 and sum("was just claimed by" in sentence for sentence in outcomes) == AT_ONCE - 1
    )
    topic.refresh_from_db()
    assert topic.claimed_by == formed[outcomes.index("done")]


@rounds
def test_two_members_who_claim_two_topics_at_once_leave_the_team_with_one(cast: Cast, round_):
    factories.make_plan(cast.course)
    team = teams.form_team(cast.course, [], now=NOON)
    made = [topics.suggest(cast.course, title=title) for title in ("One", "Two")]

    outcomes = at_once(
        *[lambda t=t: topics.claim(Topic.objects.get(pk=t.pk), Team.objects.get(pk=team.pk)) for t in made]
    )

    assert outcomes == ["done", "done"]
    assert Topic.objects.filter(claimed_by=team).values_list("title", flat=True).get() == Team.objects.get().title


@rounds
def test_talks_fetched_many_times_at_once_are_one_a_team(cast: Cast, round_):
    factories.make_plan(cast.course)
    factories.make_teams(cast.course, 3)

    at_once(*[lambda: arranging.make_talks(Course.objects.get(pk=cast.course.pk)) for _ in range(6)])

    assert sorted(cast.course.presentations.values_list("team__number", flat=True)) == [1, 2, 3]


@rounds
def test_a_team_of_three_takes_three_of_twelve(cast: Cast, round_):
    factories.make_plan(cast.course)
    team = teams.form_team(cast.course, [], now=NOON)
    people = [enroll(cast.course, f"Sam S{n}tudent", section=1) for n in range(12)]

    outcomes = at_once(*[lambda person=person: teams.add_member(team, person, now=NOON) for person in people])

    assert outcomes.count("done") == 3 and sum("is full" in sentence for sentence in outcomes) == 9
    assert sorted(team.members.values_list("seat", flat=True)) == [1, 2, 3]
