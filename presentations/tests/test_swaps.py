"""Swaps: the conversation, the policy, and what follows a move."""

from datetime import timedelta

import pytest

from accounts.errors import DomainError
from courses.domain import calendar
from courses.models import Enrollment
from mail.models import Message
from portal.testing import Cast
from presentations.domain import arranging, my_swaps, releases, reminders, swaps
from presentations.models import PeerReview, PresentationPlan, SwapPair, SwapRequest
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
    swaps.approve(swap, by=cast.assistant, now=NOW)
    assert (swap.state, days(teams)) == (State.ACCEPTED, ["15", "10", "17"])


def test_declined_withdrawn_and_expired_swaps_move_nothing_and_say_why(cast: Cast, teams):
    one, two, three = teams
    declined, withdrawn = ask(one, two), ask(one, three)
    with pytest.raises(DomainError, match="asked team 2 already"):
        ask(one, two)
    swaps.decline(declined, by=world.member(two), now=NOW)
    swaps.withdraw(withdrawn, by=world.member(one), now=NOW)
    with pytest.raises(DomainError, match="was declined"):
        swaps.accept(declined, by=world.member(two), now=NOW)
    with pytest.raises(DomainError, match="taken back"):
        swaps.accept(withdrawn, by=world.member(three), now=NOW)
    late = ask(one, two)
    with pytest.raises(DomainError, match="time to answer"):
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
    with pytest.raises(DomainError, match="no longer available"):
        swaps.accept(second, by=world.member(one), now=NOW)


def test_the_policy_the_cut_off_and_membership_hold(cast: Cast, teams):
    one, two, three = teams
    with pytest.raises(DomainError, match="Team 2 may swap with team 1 only, not with team 3"):
        ask(two, three)
    starts = min(world.starts_at(team) for team in (one, two))
    ask(one, two, now=starts - timedelta(hours=24, seconds=1))
    with pytest.raises(DomainError, match="too late to swap"):
        ask(one, three, now=starts - timedelta(hours=24))
    with pytest.raises(DomainError, match="Only the people of team 1"):
        swaps.propose(one, two, by=world.member(two), now=NOW)
    with pytest.raises(DomainError, match="Only the people of team 2"):
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
        with pytest.raises(DomainError, match="team 2 was reviewed already"):
            refused()
    assert days(teams) == ["10", "15", "17"]
    assert SwapRequest.objects.get().state == State.OPEN, "the refusal is rolled back whole"


def test_staff_swap_without_asking_even_after_the_talks(cast: Cast, teams):
    swaps.swap_by_staff(cast.course, 1, 3, by=cast.instructor.user, now=NOW + timedelta(days=60))
    assert days(teams) == ["17", "15", "10"]


def drafted(team) -> str:
    slot = world.talk_of(team).slots.draft().select_related("meeting").first()
    return str(slot.meeting.date)[-2:] if slot else "out"


def test_the_next_release_keeps_an_agreed_swap_whatever_staff_put_before_the_talk(cast: Cast, teams):
    guest = arranging.add_guest(cast.course, guest="Gus Guest", title="", kind="guest", do_reviews_count=False)
    arranging.move(guest, cast.course.meetings.get(date=world.DAYS[0]), position=1)
    swaps.accept(ask(teams[0], teams[1]), by=world.member(teams[1]), now=NOW)
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
        talk = world.talk_of(teams[n])
        if day is None:
            arranging.take_out(talk)
        else:
            arranging.move(talk, cast.course.meetings.get(date=world.DAYS[day]))
    swaps.swap_by_staff(cast.course, 1, 2, by=None, now=NOW)
    assert days(teams) == ["15", "10", "17"]
    assert [drafted(team) for team in teams] == after


def test_a_talk_takes_its_minutes_along(cast: Cast, teams):
    arranging.set_hours(world.talk_of(teams[1]), minutes=40, start=None)
    releases.release(cast.course, by=None, now=NOW)
    swaps.swap_by_staff(cast.course, 1, 2, by=None, now=NOW)
    for edition in ("live", "draft"):
        assert [world.talk_of(team).slots.get(edition=edition).minutes for team in teams] == [None, 40, None]


def test_nobody_swaps_into_a_cancelled_class(cast: Cast, teams):
    swap = ask(teams[0], teams[1])
    calendar.cancel_meeting(cast.course.meetings.get(date=world.DAYS[0]), reason="storm", now=NOW)
    for refused in (
        lambda: swaps.accept(swap, by=world.member(teams[1]), now=NOW),
        lambda: swaps.swap_by_staff(cast.course, 1, 2, by=None, now=NOW),
        lambda: ask(teams[2], teams[0]),
    ):
        with pytest.raises(DomainError, match="no class on April 10"):
            refused()
    assert days(teams) == ["10", "15", "17"]
    found = [my_swaps.of(world.member(team), now=NOW) for team in teams[:2]]
    assert [one.partners for one in found] == [[], []]


def test_saying_it_twice_changes_nothing_and_writes_nothing(cast: Cast):
    teams = world.released(cast)
    swap = ask(teams[0], teams[1])
    steps = (
        (swaps.accept, world.member(teams[1]), State.AGREED),
        (swaps.approve, cast.assistant, State.ACCEPTED),
        (swaps.accept, world.member(teams[1], 2), State.ACCEPTED),
    )
    for verb, who, state in steps:
        verb(SwapRequest.objects.get(pk=swap.pk), by=who, now=NOW)
        letters = Message.objects.count()
        assert verb(SwapRequest.objects.get(pk=swap.pk), by=who, now=NOW).state == state
        assert Message.objects.count() == letters
    assert days(teams) == ["15", "10", "17"] and releases.latest(cast.course).number == 2


def test_a_cut_off_that_staff_move_meanwhile_holds_for_the_answer(cast: Cast, teams):
    swap = ask(teams[0], teams[1])
    PresentationPlan.objects.update(swaps_until_hours=96)
    soon = world.starts_at(teams[0]) - timedelta(hours=50)
    for approval in (False, True):
        PresentationPlan.objects.update(swaps_need_approval=approval)
        with pytest.raises(DomainError, match="too late to swap"):
            swaps.accept(swap, by=world.member(teams[1]), now=soon)
    assert SwapRequest.objects.get().state == State.OPEN


# --- Who is told ---------------------------------------------------------------------------------
def agreed(cast: Cast):
    """Teams one and two agree; the letters up to then are gone."""
    teams = world.released(cast)
    swap = ask(teams[0], teams[1])
    swaps.accept(swap, by=world.member(teams[1]), now=NOW)
    return teams, swap


def letters_of(kind):
    return Message.objects.filter(kind=kind).select_related("recipient")


def test_staff_are_told_what_waits_for_them_and_both_teams_what_staff_decide(cast: Cast):
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


def test_who_said_yes_is_told_when_it_is_taken_back_expires_or_becomes_void(cast: Cast):
    (one, two, three), swap = agreed(cast)
    people = {name: [world.member(team, seat).user_id for seat in (1, 2)] for name, team in (("1", one), ("2", two))}
    second = ask(one, three)
    swaps.accept(second, by=world.member(three), now=NOW)
    Message.objects.all().delete()
    swaps.withdraw(second, by=world.member(one), now=NOW)
    assert {letter.recipient_id for letter in letters_of("swap")} == {world.member(three, n).user_id for n in (1, 2)}
    assert all("Team 1 took its proposal back" in letter.text for letter in letters_of("swap"))
    Message.objects.all().delete()
    assert (swaps.expire_due(swap.expires_at), swaps.expire_due(swap.expires_at)) == (1, 0)
    assert {letter.recipient_id for letter in letters_of("swap")} == {*people["1"], *people["2"]}
    assert all("is over. Nothing moves by it" in letter.text for letter in letters_of("swap"))


@pytest.mark.parametrize("by_release", [False, True])
def test_void_is_told_alike_whether_a_swap_or_a_release_moved_the_talk(cast: Cast, by_release):
    (one, two, three), _ = agreed(cast)
    ask(one, three)
    Message.objects.all().delete()
    if by_release:
        arranging.move(world.talk_of(one), cast.course.meetings.get(date=world.DAYS[2]), position=2)
        releases.release(cast.course, by=None, now=NOW)
    else:
        swaps.swap_by_staff(cast.course, 1, 3, by=None, now=NOW)
    assert set(SwapRequest.objects.values_list("state", flat=True)) == {State.VOID}
    of_two = [letter for letter in letters_of("swap") if letter.recipient_id == world.member(two).user_id]
    of_one = [letter for letter in letters_of("swap") if letter.recipient_id == world.member(one).user_id]
    assert [("team 1" in letter.text, "stays as it is" in letter.text) for letter in of_two] == [(True, False)]
    assert len(of_one) == 2 and all("the schedule says where you present" in letter.text for letter in of_one)
    assert not letters_of("swap").filter(recipient=world.member(three).user), "it had not answered"


def test_a_team_in_which_nobody_is_left_is_not_asked(cast: Cast):
    one, two, _ = world.released(cast)
    Enrollment.objects.filter(team_seats__team=two).update(dropped_at=world.BEFORE)
    with pytest.raises(DomainError, match="Nobody is left in team 2"):
        swaps.propose(one, two, by=world.member(one), now=world.BEFORE)
    assert not cast.course.swap_requests.exists()
