"""Two teams change places, by consent and inside the instructor's policy."""

from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts.errors import RuleBroken
from accounts.models import User
from courses.domain import letters
from courses.models import Course, Enrollment
from presentations.domain import plans, releases, schedule
from presentations.domain.schedule import Place
from presentations.models import Presentation, Slot, SwapPair, SwapRequest, Team

State = SwapRequest.State
LATER = "Nothing was changed; look at the schedule and ask again."
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
    """Ask another team to change places. Raises RuleBroken where the policy, the time or a review stands against it."""
    _refuse_unless_of(team, by)
    one, two = _both(team, other)
    ends = _last_moment(team.course, one, two)
    if now >= ends:
        raise RuleBroken("It is too late to swap: the earlier of the two talks is too close. Ask your instructor.")
    _refuse_reviewed(one, two)
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
                expires_at=ends,
                **_seen(one, two),
            )
    except IntegrityError:
        raise RuleBroken(f"Your team has asked team {other.number} already; its answer is awaited.") from None
    _write(swap, "swap_asked", other, now, occasion="asked")
    return swap


def accept(swap: SwapRequest, *, by: Enrollment, now: datetime) -> SwapRequest:
    """Say yes, as someone of the team that was asked. The first yes wins; with approval on, staff have the last word.

    Raises RuleBroken if the swap is no longer available: then nothing is changed.
    """
    _refuse_unless_of(swap.to_team, by)
    if plans.plan_of(swap.course).swaps_need_approval:
        return _answer(swap, State.AGREED, by=by.user, now=now)
    return _carry_out(swap, State.OPEN, by=by.user, now=now)


def approve(swap: SwapRequest, *, by: Enrollment, now: datetime) -> SwapRequest:
    """Carry out a swap on which both teams agree (staff)."""
    return _carry_out(swap, State.AGREED, by=by.user, now=now)


def decline(swap: SwapRequest, *, by: Enrollment, now: datetime) -> SwapRequest:
    """Say no: as someone of the team that was asked, or as staff to what both agreed on."""
    if not by.is_staff:
        _refuse_unless_of(swap.to_team, by)
    return _answer(swap, State.DECLINED, by=by.user, now=now)


def withdraw(swap: SwapRequest, *, by: Enrollment, now: datetime) -> SwapRequest:
    """Take a proposal back, as someone of the team that asked."""
    _refuse_unless_of(swap.from_team, by)
    return _answer(swap, State.WITHDRAWN, by=by.user, now=now)


def expire_due(now: datetime) -> int:
    """Close the proposals whose time is over; how many."""
    over = SwapRequest.objects.pending().filter(expires_at__lte=now)
    return over.update(state=State.EXPIRED, answered_at=now)


@transaction.atomic
def swap_by_staff(course: Course, number: int, other: int, *, by: User | None, now: datetime) -> None:
    """Swap two teams without asking them; the policy holds, and a talk with a review stays. Raises RuleBroken."""
    releases.lock(course)
    teams = {team.number: team for team in course.teams.filter(number__in=(number, other))}
    missing = [n for n in (number, other) if n not in teams]
    if missing:
        raise RuleBroken(f"There is no team {missing[0]} in this course.")
    one, two = _both(teams[number], teams[other])
    _refuse_reviewed(one, two)
    _exchange(course, one, two, by=by, now=now)
    _void_others(course, (one.talk, two.talk), now)


@transaction.atomic
def _carry_out(swap: SwapRequest, before: str, *, by: User, now: datetime) -> SwapRequest:
    """In one transaction: the conditional update, both places as the proposal saw them, the move, and what follows."""
    releases.lock(swap.course)
    _answer(swap, State.ACCEPTED, by=by, now=now, before=before)
    one, two = _both(swap.from_team, swap.to_team)
    seen = {name: getattr(swap, f"{name}_id" if "meeting" in name else name) for name in _seen(one, two)}
    if seen != {name: getattr(value, "pk", value) for name, value in _seen(one, two).items()}:
        raise RuleBroken(f"{WHY_NOT[State.VOID]} {LATER}")
    _refuse_reviewed(one, two)
    _exchange(swap.course, one, two, by=by, now=now)
    _void_others(swap.course, (one.talk, two.talk), now)
    return swap


@transaction.atomic
def _answer(swap: SwapRequest, state: str, *, by: User, now: datetime, before: str = "") -> SwapRequest:
    """Move a proposal on if it still waits; the first answer wins."""
    waits = SwapRequest.objects.filter(pk=swap.pk, state__in=_waiting(state, before), expires_at__gt=now)
    if not waits.update(state=state, answered_at=now, answered_by=by):
        swap.refresh_from_db()
        raise RuleBroken(f"{WHY_NOT.get(State(swap.state), WHY_NOT[State.EXPIRED])} {LATER}")
    swap.refresh_from_db()
    if state in (State.DECLINED, State.AGREED):
        _write(swap, "swap_answered", swap.from_team, now, occasion=state)
    return swap


def _waiting(state: str, before: str) -> tuple[str, ...]:
    if before:
        return (before,)
    return (State.OPEN,) if state == State.AGREED else SwapRequest.PENDING


def _both(team: Team, other: Team) -> tuple[Place, Place]:
    """The published places of two teams that may swap. Raises RuleBroken in words."""
    allowed = partners(team)
    if other not in allowed:
        numbers = [str(one.number) for one in allowed]
        may = f"may swap with {_listed(numbers)} only" if numbers else "may not swap with anyone"
        raise RuleBroken(f"Team {team.number} {may}, not with team {other.number}: so the instructor decided.")
    days = schedule.days(team.course)
    return _place(team, days), _place(other, days)


def _listed(numbers: list[str]) -> str:
    word = "team" if len(numbers) == 1 else "teams"
    return f"{word} {' and '.join(filter(None, [', '.join(numbers[:-1]), numbers[-1]]))}"


def _place(team: Team, days: list[schedule.Day]) -> Place:
    places = [place for place in schedule.places(days) if place.talk.team_id == team.pk]
    if not places:
        raise RuleBroken(f"Team {team.number} has no talk in the published schedule. {LATER}")
    return places[0]


def _refuse_reviewed(*places: Place) -> None:
    """A talk that was reviewed stays. Asked last: who merely tries must not learn that a review came in."""
    for place in places:
        if place.talk.reviews.submitted().exists():
            raise RuleBroken(f"The talk of {place.talk.who.lower()} was reviewed already; it stays where it was held.")


def _last_moment(course: Course, one: Place, two: Place) -> datetime:
    until: timedelta = plans.plan_of(course).swaps_until
    return min(one.starts_at, two.starts_at) - until


def _seen(one: Place, two: Place) -> dict[str, Any]:
    return {
        "from_meeting": one.slot.meeting,
        "from_order": one.slot.order,
        "to_meeting": two.slot.meeting,
        "to_order": two.slot.order,
    }


def _exchange(course: Course, one: Place, two: Place, *, by: User | None, now: datetime) -> None:
    """Change places in what is published, and in the draft where it says the same; write it down and tell."""
    before = releases.snapshot(schedule.days(course))
    for edition in Slot.Edition.values:
        _change_places(course, edition, one, two)
    note = f"{one.talk.who} and {two.talk.who} changed places"
    releases.record(course, before, by=by, now=now, note=note)


def _change_places(course: Course, edition: str, one: Place, two: Place) -> None:
    places = [
        course.slots.filter(edition=edition, meeting=p.slot.meeting_id, order=p.slot.order, talk=p.talk)
        for p in (one, two)
    ]
    first, second = places
    one_slot, two_slot = first.first(), second.first()
    if edition == Slot.Edition.DRAFT and not (one_slot and two_slot):
        return  # staff are arranging these talks anew
    parked = first.update(talk=None)
    moved = second.update(talk=one.talk)
    filled = course.slots.filter(pk=one_slot.pk if one_slot else 0, talk=None).update(talk=two.talk)
    if (parked, moved, filled) != (1, 1, 1):
        raise RuleBroken(f"{WHY_NOT[State.VOID]} {LATER}")


def _void_others(course: Course, talks: tuple[Presentation, ...], now: datetime) -> None:
    """Proposals that counted on a place of these talks, each asker told."""
    others = course.swap_requests.pending().filter(Q(from_talk__in=talks) | Q(to_talk__in=talks))
    for swap in others.select_related("from_team", "to_team"):
        if others.filter(pk=swap.pk).update(state=State.VOID, answered_at=now):
            swap.state = State.VOID
            _write(swap, "swap_answered", swap.from_team, now, occasion=State.VOID)


def _write(swap: SwapRequest, letter: str, to: Team, now: datetime, *, occasion: str) -> None:
    people = [seat.enrollment for seat in to.members.active().select_related("enrollment__user")]
    letters.post_to(
        swap.course,
        letter,
        people=people,
        key=f"swap:{swap.pk}:{occasion}",
        kind="swap",
        now=now,
        thread=f"swap-{swap.pk}",
        swap=swap,
        expires_at=swap.expires_at if letter == "swap_asked" else None,
    )


def _refuse_unless_of(team: Team, person: Enrollment) -> None:
    if not team.members.confirmed().filter(enrollment=person).exists():
        raise RuleBroken(f"Only the people of team {team.number} decide about its place.")
