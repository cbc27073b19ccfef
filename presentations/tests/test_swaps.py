"""Swaps: the conversation, the policy, and what follows a move."""

from datetime import timedelta

import pytest

from accounts.errors import RuleBroken
from mail.models import Message
from portal.testing import Cast
from presentations.domain import releases, schedule, swaps
from presentations.models import PeerReview, SwapPair, SwapRequest
from presentations.tests import world

pytestmark = pytest.mark.django_db
NOW = world.BEFORE
State = SwapRequest.State


@pytest.fixture
def teams(cast: Cast):
    return world.released(cast, swaps_need_approval=False)


def ask(one, two, now=NOW):
    return swaps.propose(one, two, by=world.member(one), now=now)


def days(teams):
    return [world.day_of(team)[-2:] for team in teams]


def test_a_swap_that_is_accepted_moves_both_talks_and_tells_both_teams(cast: Cast, teams):
    Message.objects.all().delete()
    swap = ask(teams[0], teams[1])
    asked = Message.objects.filter(kind="swap")
    assert {m.recipient for m in asked} == {world.member(teams[1], seat).user for seat in (1, 2)}
    swaps.accept(swap, by=world.member(teams[1], 2), now=NOW)
    assert (swap.state, days(teams)) == (State.ACCEPTED, ["15", "10", "17"])
    told = Message.objects.filter(kind="talk_moved")
    assert {m.recipient for m in told} == {world.member(t, seat).user for t in teams[:2] for seat in (1, 2)}
    assert "Mon Apr 15" in told.get(recipient=world.member(teams[0]).user).text
    made = releases.latest(cast.course)
    assert (made.number, made.note) == (2, "Team 1 and Team 2 changed places")
    assert [change["what"] for change in made.changes] == ["moved", "moved"]
    assert not releases.pending_changes(cast.course), "the draft follows"


def test_with_approval_nothing_moves_before_staff_say_so(cast: Cast):
    teams = world.released(cast)
    swap = ask(teams[0], teams[1])
    swaps.accept(swap, by=world.member(teams[1]), now=NOW)
    assert (swap.state, days(teams)) == (State.AGREED, ["10", "15", "17"])
    with pytest.raises(RuleBroken, match=r"time to answer this swap is over|Nothing was changed"):
        swaps.accept(swap, by=world.member(teams[1]), now=NOW)
    swaps.approve(swap, by=cast.assistant, now=NOW)
    assert (swap.state, days(teams)) == (State.ACCEPTED, ["15", "10", "17"])


def test_declined_withdrawn_and_expired_swaps_move_nothing_and_say_why(cast: Cast, teams):
    one, two, three = teams
    declined, withdrawn = ask(one, two), ask(one, three)
    with pytest.raises(RuleBroken, match="asked team 2 already"):
        ask(one, two)
    swaps.decline(declined, by=world.member(two), now=NOW)
    swaps.withdraw(withdrawn, by=world.member(one), now=NOW)
    with pytest.raises(RuleBroken, match="was declined"):
        swaps.accept(declined, by=world.member(two), now=NOW)
    with pytest.raises(RuleBroken, match="taken back"):
        swaps.accept(withdrawn, by=world.member(three), now=NOW)
    late = ask(one, two)
    with pytest.raises(RuleBroken, match="time to answer"):
        swaps.accept(late, by=world.member(two), now=late.expires_at)
    assert swaps.expire_due(late.expires_at) == 1 and swaps.expire_due(late.expires_at) == 0
    assert days(teams) == ["10", "15", "17"]


def test_the_first_acceptance_voids_every_other_proposal_of_both_teams(cast: Cast, teams):
    one, two, three = teams
    SwapPair.objects.create(course=cast.course, team=two, other=three, position=9)
    first, second, third = ask(one, two), ask(three, one), ask(two, three)
    swaps.accept(first, by=world.member(two), now=NOW)
    states = {s.pk: s.state for s in SwapRequest.objects.all()}
    assert states == {first.pk: State.ACCEPTED, second.pk: State.VOID, third.pk: State.VOID}
    with pytest.raises(RuleBroken, match="no longer available"):
        swaps.accept(second, by=world.member(one), now=NOW)


def test_the_policy_the_cut_off_and_membership_hold(cast: Cast, teams):
    one, two, three = teams
    with pytest.raises(RuleBroken, match="Team 2 may swap with team 1 only, not with team 3"):
        ask(two, three)
    starts = min(world.starts_at(team) for team in (one, two))
    ask(one, two, now=starts - timedelta(hours=24, seconds=1))
    with pytest.raises(RuleBroken, match="too late to swap"):
        ask(one, three, now=starts - timedelta(hours=24))
    with pytest.raises(RuleBroken, match="Only the people of team 1"):
        swaps.propose(one, two, by=world.member(two), now=NOW)
    with pytest.raises(RuleBroken, match="Only the people of team 2"):
        swaps.accept(SwapRequest.objects.get(), by=world.member(one), now=NOW)


def test_a_talk_with_a_submitted_review_never_moves(cast: Cast, teams):
    one, two, _ = teams
    talk = world.talk_of(two)
    review = PeerReview.objects.create(presentation=talk, reviewer=cast.student, saved_at=NOW)
    swap = ask(one, two)
    PeerReview.objects.filter(pk=review.pk).update(submitted_at=NOW)
    for refused in (
        lambda: swaps.accept(swap, by=world.member(two), now=NOW),
        lambda: swaps.swap_by_staff(cast.course, 1, 2, by=None, now=NOW),
        lambda: ask(one, two),
    ):
        with pytest.raises(RuleBroken, match="team 2 was reviewed already"):
            refused()
    assert days(teams) == ["10", "15", "17"]
    assert SwapRequest.objects.get().state == State.OPEN, "the refusal is rolled back whole"


def test_staff_swap_without_asking_even_after_the_talks(cast: Cast, teams):
    swaps.swap_by_staff(cast.course, 1, 3, by=cast.instructor.user, now=NOW + timedelta(days=60))
    assert days(teams) == ["17", "15", "10"]


def test_a_draft_that_staff_arranged_otherwise_is_left_alone(cast: Cast, teams):
    talk = world.talk_of(teams[0])
    talk.slots.draft().update(order=7)
    swaps.swap_by_staff(cast.course, 1, 2, by=None, now=NOW)
    assert talk.slots.draft().get().meeting.date.isoformat() == world.DAYS[0]
    assert days(teams) == ["15", "10", "17"]
    assert len(schedule.places(schedule.days(cast.course))) == 3
