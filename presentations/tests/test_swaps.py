"""Swaps: the conversation, the policy, and what follows a move."""

from datetime import timedelta

import pytest

from accounts.errors import DomainError
from courses.domain import calendar
from courses.models import Enrollment
from mail.models import Message
from portal.testing import Cast
from presentations.domain import arranging, releases, reminders, swaps
from presentations.models import (
    PeerReview,
    PresentationPlan,
    SwapPair,
    SwapRequest,
    Team,
)
from presentations.queries import team_pages
from presentations.tests import factories
from presentations.tests.pages import page, post

pytestmark = pytest.mark.django_db
NOW = factories.BEFORE
State = SwapRequest.State


@pytest.fixture
def teams(cast: Cast):
    return factories.released(cast, swaps_need_approval=False)


def days(teams):
    return [factories.day_of(team)[-2:] for team in teams]


def test_a_swap_that_is_accepted_moves_both_talks_and_tells_both_teams(cast: Cast, teams):
    Message.objects.all().delete()
    swap = factories.ask_swap(teams[0], teams[1])
    asked = Message.objects.filter(kind="swap")
    assert {m.recipient for m in asked} == {factories.member(teams[1], seat).user for seat in (1, 2)}
    swaps.accept(swap, by=factories.member(teams[1], 2), now=NOW)
    assert (swap.state, days(teams)) == (State.ACCEPTED, ["15", "10", "17"])
    letters = Message.objects.filter(kind="talk_moved")
    assert {m.recipient for m in letters} == {factories.member(t, seat).user for t in teams[:2] for seat in (1, 2)}
    assert "Mon Apr 15" in letters.get(recipient=factories.member(teams[0]).user).text
    made = releases.latest(cast.course)
    assert (made.number, made.note) == (2, "Team 1 and Team 2 changed places")
    assert [change["what"] for change in made.changes] == ["moved", "moved"]
    assert not releases.pending_changes(cast.course), "the draft follows"


def test_with_approval_nothing_moves_before_staff_say_so(cast: Cast):
    teams = factories.released(cast)
    swap = factories.ask_swap(teams[0], teams[1])
    swaps.accept(swap, by=factories.member(teams[1]), now=NOW)
    assert (swap.state, days(teams)) == (State.AGREED, ["10", "15", "17"])
    swaps.approve(swap, by=cast.assistant, now=NOW)
    assert (swap.state, days(teams)) == (State.ACCEPTED, ["15", "10", "17"])


def test_declined_withdrawn_and_expired_swaps_move_nothing_and_say_why(cast: Cast, teams):
    team1, team2, team3 = teams
    declined, withdrawn = factories.ask_swap(team1, team2), factories.ask_swap(team1, team3)
    with pytest.raises(DomainError, match="asked team 2 already"):
        factories.ask_swap(team1, team2)
    swaps.decline(declined, by=factories.member(team2), now=NOW)
    swaps.withdraw(withdrawn, by=factories.member(team1), now=NOW)
    with pytest.raises(DomainError, match="was declined"):
        swaps.accept(declined, by=factories.member(team2), now=NOW)
    with pytest.raises(DomainError, match="taken back"):
        swaps.accept(withdrawn, by=factories.member(team3), now=NOW)
    late = factories.ask_swap(team1, team2)
    with pytest.raises(DomainError, match="time to answer"):
        swaps.accept(late, by=factories.member(team2), now=late.expires_at)
    assert swaps.expire_due(late.expires_at) == 1 and swaps.expire_due(late.expires_at) == 0
    assert days(teams) == ["10", "15", "17"]


def test_the_first_acceptance_supersedes_every_other_proposal_of_both_teams(cast: Cast, teams):
    team1, team2, team3 = teams
    SwapPair.objects.create(course=cast.course, team=team2, other=team3, position=9)
    first, second, third = (
        factories.ask_swap(team1, team2),
        factories.ask_swap(team3, team1),
        factories.ask_swap(team2, team3),
    )
    swaps.accept(first, by=factories.member(team2), now=NOW)
    states = {s.pk: s.state for s in SwapRequest.objects.all()}
    assert states == {first.pk: State.ACCEPTED, second.pk: State.SUPERSEDED, third.pk: State.SUPERSEDED}
    with pytest.raises(DomainError, match="no longer available"):
        swaps.accept(second, by=factories.member(team1), now=NOW)


@pytest.mark.parametrize("origin", State.values)
def test_only_a_pending_swap_moves_and_never_back_to_open(cast: Cast, teams, origin):
    swap = factories.ask_swap(teams[0], teams[1])
    everything = tuple(swaps.MOVES)
    moved = set()
    for to in State.values:
        SwapRequest.objects.filter(pk=swap.pk).update(state=origin)
        if swaps.transition(swap, to, now=NOW, origins=everything):
            moved.add(to)
        assert SwapRequest.objects.get().state == (to if to in moved else origin)
    ends = set(State.values) - {State.OPEN, State.AGREED}
    assert moved == {State.OPEN: ends | {State.AGREED}, State.AGREED: ends}.get(origin, set())


def test_who_moves_a_swap_second_finds_it_moved(cast: Cast, teams):
    swap = factories.ask_swap(teams[0], teams[1])
    stale = SwapRequest.objects.get(pk=swap.pk)
    assert swaps.transition(swap, State.DECLINED, now=NOW) == State.OPEN
    assert swaps.transition(stale, State.WITHDRAWN, now=NOW) == ""
    assert SwapRequest.objects.get().state == State.DECLINED


def test_the_policy_the_cut_off_and_membership_hold(cast: Cast, teams):
    team1, team2, team3 = teams
    with pytest.raises(DomainError, match="Team 2 may swap with team 1 only, not with team 3"):
        factories.ask_swap(team2, team3)
    starts = min(factories.starts_at(team) for team in (team1, team2))
    factories.ask_swap(team1, team2, now=starts - timedelta(hours=24, seconds=1))
    with pytest.raises(DomainError, match="too late to swap"):
        factories.ask_swap(team1, team3, now=starts - timedelta(hours=24))
    with pytest.raises(DomainError, match="Only the people of team 1"):
        swaps.propose(team1, team2, by=factories.member(team2), now=NOW)
    with pytest.raises(DomainError, match="Only the people of team 2"):
        swaps.accept(SwapRequest.objects.get(), by=factories.member(team1), now=NOW)


def test_a_talk_with_a_submitted_review_never_moves(cast: Cast, teams):
    team1, team2, _ = teams
    talk = factories.talk_of(team2)
    review = PeerReview.objects.create(presentation=talk, reviewer=cast.student, saved_at=NOW)
    swap = factories.ask_swap(team1, team2)
    PeerReview.objects.filter(pk=review.pk).update(submitted_at=NOW)
    for refused in (
        lambda: swaps.accept(swap, by=factories.member(team2), now=NOW),
        lambda: swaps.swap_by_staff(cast.course, 1, 2, by=None, now=NOW),
        lambda: factories.ask_swap(team1, team2),
    ):
        with pytest.raises(DomainError, match="team 2 was reviewed already"):
            refused()
    assert days(teams) == ["10", "15", "17"]
    assert SwapRequest.objects.get().state == State.OPEN, "the refusal is rolled back whole"


def test_staff_swap_without_asking_even_after_the_talks(cast: Cast, teams):
    swaps.swap_by_staff(cast.course, 1, 3, by=cast.instructor.user, now=NOW + timedelta(days=60))
    assert days(teams) == ["17", "15", "10"]


def drafted(team) -> str:
    slot = factories.talk_of(team).slots.draft().select_related("meeting").first()
    return str(slot.meeting.date)[-2:] if slot else "out"


def test_the_next_release_keeps_an_agreed_swap_whatever_staff_put_before_the_talk(cast: Cast, teams):
    guest = arranging.add_guest(cast.course, guest="Gus Guest", title="", kind="guest", do_reviews_count=False)
    arranging.move(guest, factories.meeting(cast, factories.DAYS[0]), position=1)
    swaps.accept(factories.ask_swap(teams[0], teams[1]), by=factories.member(teams[1]), now=NOW)
    made = releases.release(cast.course, by=None, now=NOW)
    assert days(teams) == ["15", "10", "17"]
    assert {(change["who"], change["what"]) for change in made.changes} == {("Gus Guest", "added"), ("Team 2", "moved")}


@pytest.mark.parametrize(
    ("arranged", "after"),
    [
        ({0: 2}, ["17", "10", "17"]),  # staff had moved team 1 to the third day: there it stays
        ({0: 1, 1: 0}, ["15", "10", "17"]),  # they had arranged the very swap
        ({0: None}, ["out", "10", "17"]),
    ],
)
def test_what_staff_had_moved_in_the_draft_stays_and_the_other_talk_follows(cast: Cast, teams, arranged, after):
    for n, day in arranged.items():
        talk = factories.talk_of(teams[n])
        if day is None:
            arranging.unplace(talk)
        else:
            arranging.move(talk, factories.meeting(cast, factories.DAYS[day]))
    swaps.swap_by_staff(cast.course, 1, 2, by=None, now=NOW)
    assert days(teams) == ["15", "10", "17"]
    assert [drafted(team) for team in teams] == after


def test_a_talk_takes_its_minutes_along(cast: Cast, teams):
    arranging.set_hours(factories.talk_of(teams[1]), minutes=40, start=None)
    releases.release(cast.course, by=None, now=NOW)
    swaps.swap_by_staff(cast.course, 1, 2, by=None, now=NOW)
    for edition in ("live", "draft"):
        assert [factories.talk_of(team).slots.get(edition=edition).minutes for team in teams] == [None, 40, None]


def test_nobody_swaps_into_a_cancelled_class(cast: Cast, teams):
    swap = factories.ask_swap(teams[0], teams[1])
    calendar.cancel_meeting(factories.meeting(cast, factories.DAYS[0]), reason="storm", now=NOW)
    for refused in (
        lambda: swaps.accept(swap, by=factories.member(teams[1]), now=NOW),
        lambda: swaps.swap_by_staff(cast.course, 1, 2, by=None, now=NOW),
        lambda: factories.ask_swap(teams[2], teams[0]),
    ):
        with pytest.raises(DomainError, match="no class on April 10"):
            refused()
    assert days(teams) == ["10", "15", "17"]
    found = [team_pages.swaps_of(factories.member(team), now=NOW) for team in teams[:2]]
    assert [page.partners for page in found] == [[], []]


def test_saying_it_twice_changes_nothing_and_writes_nothing(cast: Cast):
    teams = factories.released(cast)
    swap = factories.ask_swap(teams[0], teams[1])
    steps = (
        (swaps.accept, factories.member(teams[1]), State.AGREED),
        (swaps.approve, cast.assistant, State.ACCEPTED),
        (swaps.accept, factories.member(teams[1], 2), State.ACCEPTED),
    )
    for verb, who, state in steps:
        verb(SwapRequest.objects.get(pk=swap.pk), by=who, now=NOW)
        letters = Message.objects.count()
        assert verb(SwapRequest.objects.get(pk=swap.pk), by=who, now=NOW).state == state
        assert Message.objects.count() == letters
    assert days(teams) == ["15", "10", "17"] and releases.latest(cast.course).number == 2


def test_a_cut_off_that_staff_move_meanwhile_holds_for_the_answer(cast: Cast, teams):
    swap = factories.ask_swap(teams[0], teams[1])
    PresentationPlan.objects.update(swaps_until_hours=96)
    soon = factories.starts_at(teams[0]) - timedelta(hours=50)
    for approval in (False, True):
        PresentationPlan.objects.update(swaps_need_approval=approval)
        with pytest.raises(DomainError, match="too late to swap"):
            swaps.accept(swap, by=factories.member(teams[1]), now=soon)
    assert SwapRequest.objects.get().state == State.OPEN


def agreed(cast: Cast):
    """Teams one and two agree; the letters up to then are gone."""
    teams = factories.released(cast)
    swap = factories.ask_swap(teams[0], teams[1])
    swaps.accept(swap, by=factories.member(teams[1]), now=NOW)
    return teams, swap


def letters_of(kind):
    return Message.objects.filter(kind=kind).select_related("recipient")


def test_staff_get_a_letter_of_what_waits_for_them_and_both_teams_of_what_staff_decide(cast: Cast):
    _, swap = agreed(cast)
    letter = letters_of("swap_to_approve").get(recipient=cast.instructor.user)
    assert "Teams 1 and 2 agree to change places" in letter.text and reminders.is_still_true(letter)
    assert letters_of("swap_to_approve").count() == cast.course.enrollments.staff().count()
    Message.objects.all().delete()
    swaps.decline(swap, by=cast.instructor, now=NOW)
    assert len({letter.recipient_id for letter in letters_of("swap")}) == 4
    assert {letter.text.split(". ")[0].rpartition("with ")[2] for letter in letters_of("swap")} == {
        "team 1 was declined",
        "team 2 was declined",
    }
    assert not reminders.is_still_true(letter)


def test_who_said_yes_gets_a_letter_when_a_swap_is_withdrawn_expires_or_is_superseded(cast: Cast):
    (team1, team2, team3), swap = agreed(cast)
    people = {
        name: [factories.member(team, seat).user_id for seat in (1, 2)] for name, team in (("1", team1), ("2", team2))
    }
    second = factories.ask_swap(team1, team3)
    swaps.accept(second, by=factories.member(team3), now=NOW)
    Message.objects.all().delete()
    swaps.withdraw(second, by=factories.member(team1), now=NOW)
    assert {letter.recipient_id for letter in letters_of("swap")} == {
        factories.member(team3, n).user_id for n in (1, 2)
    }
    assert all("Team 1 took its proposal back" in letter.text for letter in letters_of("swap"))
    Message.objects.all().delete()
    assert (swaps.expire_due(swap.expires_at), swaps.expire_due(swap.expires_at)) == (1, 0)
    assert {letter.recipient_id for letter in letters_of("swap")} == {*people["1"], *people["2"]}
    assert all("is over. Nothing moves by it" in letter.text for letter in letters_of("swap"))


@pytest.mark.parametrize("by_release", [False, True])
def test_superseded_is_mailed_alike_whether_a_swap_or_a_release_moved_the_talk(cast: Cast, by_release):
    (team1, team2, team3), _ = agreed(cast)
    factories.ask_swap(team1, team3)
    Message.objects.all().delete()
    if by_release:
        arranging.move(factories.talk_of(team1), factories.meeting(cast, factories.DAYS[2]), position=2)
        releases.release(cast.course, by=None, now=NOW)
    else:
        swaps.swap_by_staff(cast.course, 1, 3, by=None, now=NOW)
    assert set(SwapRequest.objects.values_list("state", flat=True)) == {State.SUPERSEDED}
    of_two = [letter for letter in letters_of("swap") if letter.recipient_id == factories.member(team2).user_id]
    of_one = [letter for letter in letters_of("swap") if letter.recipient_id == factories.member(team1).user_id]
    assert [("team 1" in letter.text, "stays as it is" in letter.text) for letter in of_two] == [(True, False)]
    assert len(of_one) == 2 and all("the schedule says where you present" in letter.text for letter in of_one)
    assert not letters_of("swap").filter(recipient=factories.member(team3).user), "it had not answered"


def test_a_team_in_which_nobody_is_left_is_not_asked(cast: Cast):
    team1, team2, _ = factories.released(cast)
    Enrollment.objects.filter(team_seats__team=team2).update(dropped_at=factories.BEFORE)
    with pytest.raises(DomainError, match="Nobody is left in team 2"):
        factories.ask_swap(team1, team2)
    assert not cast.course.swap_requests.exists()


def test_a_team_that_is_named_twice_is_one_partner(cast: Cast):
    team1, team2, _ = factories.released(cast)
    SwapPair.objects.create(course=cast.course, team=team2, other=team1, position=7)
    assert swaps.partners(team1) == [team2, Team.objects.get(number=3)]


@pytest.mark.usefixtures("before_the_talks")
def test_a_swap_is_a_conversation_of_two_buttons(cast: Cast):
    team1, team2, _ = factories.released(cast, swaps_need_approval=False)
    assert "team 2 gets a letter" in post(cast, factories.member(team1), "swap_ask", team=2, note="A wedding")
    swap = SwapRequest.objects.get()
    assert "“A wedding”" in page(cast, factories.member(team2), "swaps")
    assert "Only the people of team 2" in post(cast, factories.member(team1), "swap_accept", swap.pk)
    assert "changed places" in post(cast, factories.member(team2), "swap_accept", swap.pk)
    assert factories.day_of(team1) == factories.DAYS[1]
    assert "have changed places" in post(cast, factories.member(team2), "swap_accept", swap.pk), "the same answer twice"
    assert "not with team 3" in post(cast, factories.member(team2), "swap_ask", team=3)
    assert "nothing was asked" in post(cast, cast.student, "swap_ask", team="x")
