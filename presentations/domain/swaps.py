"""Two teams change places, by consent and inside the instructor's policy."""

from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts.errors import DomainError
from accounts.models import User
from courses.domain import calendar, publishing
from courses.models import Course, Enrollment
from presentations.domain import arranging, plans, releases, schedule, swap_states, teams
from presentations.domain.schedule import Place
from presentations.models import Presentation, Slot, SwapPair, SwapRequest, Team

State = SwapRequest.State
LATER = "Nothing was changed; look at the schedule and ask again."
DECIDE = "decide about its place"
AGREEING = (State.AGREED, State.ACCEPTED)
WHY_NOT = {
    State.ACCEPTED: "These two talks have changed places already.",
    State.DECLINED: "This swap was declined.",
    State.WITHDRAWN: "This swap was taken back by the team that asked.",
    State.EXPIRED: "The time to answer this swap is over.",
    State.VOID: "This swap is no longer available: one of the talks has moved meanwhile.",
}


def partners(team: Team) -> list[Team]:
    """The teams with which this one may swap, by number."""
    pairs = SwapPair.objects.filter(Q(team=team) | Q(other=team)).select_related("team", "other")
    return sorted({pair.other if pair.team_id == team.pk else pair.team for pair in pairs}, key=lambda t: t.number)


@transaction.atomic
def propose(team: Team, other: Team, *, by: Enrollment, now: datetime, note: str = "") -> SwapRequest:
    """Ask another team to change places. Raises DomainError where policy, time or a review forbid it."""
    publishing.check(note)
    teams.refuse_unless_of(team, by, DECIDE)
    one, two = _both(team, other)
    _refuse_late(team.course, one, two, now)
    _refuse_reviewed(one, two)
    if not two.people:
        raise DomainError(f"Nobody is left in team {other.number}, so nobody can answer. Ask your instructor.")
    try:
        with transaction.atomic():
            swap = SwapRequest.objects.create(
                course=team.course,
                from_team=team,
                to_team=other,
                from_talk=one.talk,
                to_talk=two.talk,
                asked_by=by,
                note=note,
                created_at=now,
                expires_at=_last_moment(team.course, one, two),
                **_seen(one, two),
            )
    except IntegrityError:
        raise DomainError(f"Your team has asked team {other.number} already; its answer is awaited.") from None
    swap_states.ask(swap, now=now)
    return swap


@transaction.atomic
def accept(swap: SwapRequest, *, by: Enrollment, now: datetime) -> SwapRequest:
    """Say yes, as someone of the team that was asked. The first yes wins; with approval on, staff have the last word.

    Saying it twice changes nothing. Raises DomainError if the swap is no longer available: then nothing is changed.
    """
    teams.refuse_unless_of(swap.to_team, by, DECIDE)
    if not plans.plan_of(swap.course).swaps_need_approval:
        return _carry_out(swap, State.OPEN, by=by.user, now=now)
    if _answer(swap, State.AGREED, waiting=(State.OPEN,), by=by.user, now=now):
        _refuse_late(swap.course, *_both(swap.from_team, swap.to_team), now)
    return swap


def approve(swap: SwapRequest, *, by: Enrollment, now: datetime) -> SwapRequest:
    """Carry out a swap on which both teams agree (staff)."""
    return _carry_out(swap, State.AGREED, by=by.user, now=now)


def decline(swap: SwapRequest, *, by: Enrollment, now: datetime) -> SwapRequest:
    """Say no: as someone of the team that was asked, or as staff to what both agreed on."""
    if not by.is_staff:
        teams.refuse_unless_of(swap.to_team, by, DECIDE)
    _answer(swap, State.DECLINED, waiting=SwapRequest.PENDING, by=by.user, now=now)
    return swap


def withdraw(swap: SwapRequest, *, by: Enrollment, now: datetime) -> SwapRequest:
    """Take a proposal back, as someone of the team that asked."""
    teams.refuse_unless_of(swap.from_team, by, DECIDE)
    _answer(swap, State.WITHDRAWN, waiting=SwapRequest.PENDING, by=by.user, now=now)
    return swap


def expire_due(now: datetime) -> int:
    """Close the proposals whose time is over, and tell those who counted on them; how many."""
    return swap_states.expire(SwapRequest.objects.filter(expires_at__lte=now), now=now)


@transaction.atomic
def swap_by_staff(course: Course, number: int, other: int, *, by: User | None, now: datetime) -> None:
    """Swap two teams without asking them; the policy holds, and a talk with a review stays. Raises DomainError."""
    releases.lock(course)
    named = {team.number: team for team in course.teams.filter(number__in=(number, other))}
    missing = [n for n in (number, other) if n not in named]
    if missing:
        raise DomainError(f"There is no team {missing[0]} in this course.")
    one, two = _both(named[number], named[other])
    _refuse_reviewed(one, two)
    _exchange(course, one, two, by=by, now=now)
    _void_others(course, (one.talk, two.talk), now)


@transaction.atomic
def _carry_out(swap: SwapRequest, before: str, *, by: User, now: datetime) -> SwapRequest:
    """In one transaction: the conditional update, both places as the proposal saw them, the move, and what follows."""
    releases.lock(swap.course)
    if not _answer(swap, State.ACCEPTED, waiting=(before,), by=by, now=now):
        return swap
    one, two = _both(swap.from_team, swap.to_team)
    seen = {name: getattr(swap, f"{name}_id" if "meeting" in name else name) for name in _seen(one, two)}
    if seen != {name: getattr(value, "pk", value) for name, value in _seen(one, two).items()}:
        raise DomainError(f"{WHY_NOT[State.VOID]} {LATER}")
    _refuse_late(swap.course, one, two, now)
    _refuse_reviewed(one, two)
    _exchange(swap.course, one, two, by=by, now=now)
    _void_others(swap.course, (one.talk, two.talk), now)
    return swap


@transaction.atomic
def _answer(swap: SwapRequest, state: str, *, waiting: tuple[str, ...], by: User, now: datetime) -> bool:
    """Move a proposal on if it still waits, and tell; False if this very answer was given before."""
    was = swap_states.move_on(swap, state, waiting=waiting, by=by, now=now, expires_at__gt=now)
    if not was:
        swap.refresh_from_db()
        if swap.state == state or (state in AGREEING and swap.state in AGREEING and waiting == (State.OPEN,)):
            return False
        raise DomainError(f"{WHY_NOT.get(State(swap.state), WHY_NOT[State.EXPIRED])} {LATER}")
    swap_states.tell(swap, was=was, now=now)
    return True


def _both(team: Team, other: Team) -> tuple[Place, Place]:
    """The published places of two teams that may swap. Raises DomainError in words."""
    allowed = partners(team)
    if other not in allowed:
        numbers = [str(one.number) for one in allowed]
        may = f"may swap with {_listed(numbers)} only" if numbers else "may not swap with anyone"
        raise DomainError(f"Team {team.number} {may}, not with team {other.number}: so the instructor decided.")
    days = schedule.days(team.course)
    return _place(team, days), _place(other, days)


def _listed(numbers: list[str]) -> str:
    word = "team" if len(numbers) == 1 else "teams"
    return f"{word} {' and '.join(filter(None, [', '.join(numbers[:-1]), numbers[-1]]))}"


def _place(team: Team, days: list[schedule.Day]) -> Place:
    places = [place for place in schedule.places(days) if place.talk.team_id == team.pk]
    if not places:
        raise DomainError(f"Team {team.number} has no talk in the published schedule. {LATER}")
    meeting = places[0].slot.meeting
    if meeting.is_cancelled:
        raise DomainError(f"There is no class on {calendar.long_date(meeting.date)}, so that place is none. {LATER}")
    return places[0]


def _refuse_reviewed(*places: Place) -> None:
    """A talk that was reviewed stays. Asked last: who merely tries must not learn that a review came in."""
    for place in places:
        if place.talk.reviews.submitted().exists():
            raise DomainError(f"The talk of {place.talk.who.lower()} was reviewed already; it stays where it was held.")


def _last_moment(course: Course, one: Place, two: Place) -> datetime:
    until: timedelta = plans.plan_of(course).swaps_until
    return min(one.starts_at, two.starts_at) - until


def _refuse_late(course: Course, one: Place, two: Place, now: datetime) -> None:
    if now >= _last_moment(course, one, two):
        raise DomainError("It is too late to swap: the earlier of the two talks is too close. Ask your instructor.")


def _seen(one: Place, two: Place) -> dict[str, Any]:
    return {
        "from_meeting": one.slot.meeting,
        "from_order": one.slot.order,
        "to_meeting": two.slot.meeting,
        "to_order": two.slot.order,
    }


def _exchange(course: Course, one: Place, two: Place, *, by: User | None, now: datetime) -> None:
    """Change places in what is published and in the draft; write it down and tell."""
    before = releases.snapshot(schedule.days(course))
    _change_places(one.slot, two.slot)
    _follow_in_draft(course, one, two)
    note = f"{one.talk.who} and {two.talk.who} changed places"
    releases.record(course, before, by=by, now=now, note=note)


def _change_places(one: Slot, two: Slot) -> None:
    """A talk takes its minutes along; the start belongs to the place. Raises DomainError if one is elsewhere by now."""
    first, second = (Slot.objects.filter(pk=s.pk, meeting=s.meeting_id, order=s.order) for s in (one, two))
    parked = first.filter(talk=one.talk_id).update(talk=None)
    moved = second.filter(talk=two.talk_id).update(talk=one.talk_id, minutes=one.minutes)
    filled = first.filter(talk=None).update(talk=two.talk_id, minutes=two.minutes)
    if (parked, moved, filled) != (1, 1, 1):
        raise DomainError(f"{WHY_NOT[State.VOID]} {LATER}")


def _follow_in_draft(course: Course, one: Place, two: Place) -> None:
    """Who still stands in the class that was published goes along; where staff have moved a talk, it stays."""
    drafts = {slot.talk_id: slot for slot in course.slots.draft().filter(talk__in=(one.talk, two.talk))}
    pairs = [(place, other) for place, other in ((one, two), (two, one)) if place.talk.pk in drafts]
    pairs = [(p, other) for p, other in pairs if drafts[p.talk.pk].meeting_id == p.slot.meeting_id]
    if len(pairs) == 2:
        _change_places(drafts[one.talk.pk], drafts[two.talk.pk])
    else:
        for place, other in pairs:
            arranging.move(place.talk, other.slot.meeting, position=other.slot.order)


def _void_others(course: Course, talks: tuple[Presentation, ...], now: datetime) -> None:
    """Proposals that counted on a place of these talks."""
    swap_states.void(course.swap_requests.filter(Q(from_talk__in=talks) | Q(to_talk__in=talks)), now=now)
