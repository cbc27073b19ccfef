"""A proposal moves from state to state, the first one wins; and who is told of it."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from accounts.models import User
from courses.domain import letters
from courses.models import Enrollment
from presentations.models import SwapRequest, Team

State = SwapRequest.State


def move_on(
    swap: SwapRequest, to: str, *, waiting: tuple[str, ...], now: datetime, by: User | None = None, **still: Any
) -> str:
    """Move a proposal on from one of the states in which it waits; from which one, empty if another was first."""
    for was in waiting:
        held = SwapRequest.objects.filter(pk=swap.pk, state=was, **still)
        if held.update(state=to, answered_at=now, answered_by=by):
            swap.refresh_from_db()
            return was
    return ""


def void(swaps: "QuerySet[SwapRequest]", *, now: datetime) -> int:
    """Close the proposals, one of whose talks moved, and tell those who counted on them; how many."""
    return _end(swaps, State.VOID, now)


def expire(swaps: "QuerySet[SwapRequest]", *, now: datetime) -> int:
    """Close the proposals whose time is over, and tell those who counted on them; how many."""
    return _end(swaps, State.EXPIRED, now)


def _end(swaps: "QuerySet[SwapRequest]", to: str, now: datetime) -> int:
    n = 0
    for swap in swaps.filter(state__in=SwapRequest.PENDING).select_related("course", "from_team", "to_team"):
        was = move_on(swap, to, waiting=SwapRequest.PENDING, now=now)
        n += bool(was)
        tell(swap, was=was, now=now)
    return n


def ask(swap: SwapRequest, *, now: datetime) -> None:
    """Tell the team that is asked."""
    _write(swap, "swap_asked", _people(swap.to_team), now, expires_at=swap.expires_at)


def tell(swap: SwapRequest, *, was: str, now: datetime) -> None:
    """Tell who waits for it what became of a proposal: the team that asked, who said yes, and staff if it is theirs."""
    if not was or swap.state == State.ACCEPTED:  # of a move both teams get the letter of the move
        return
    if swap.state != State.WITHDRAWN:
        _write(swap, "swap_answered", _people(swap.from_team), now, other=swap.to_team)
    if was == State.AGREED:
        _write(swap, "swap_answered", _people(swap.to_team), now, other=swap.from_team)
    if swap.state == State.AGREED:
        staff = list(swap.course.enrollments.staff())
        _write(swap, "swap_agreed", staff, now, kind="swap_to_approve", expires_at=swap.expires_at)


def _people(team: Team) -> list[Enrollment]:
    return [seat.enrollment for seat in team.members.active().select_related("enrollment__user")]


def _write(
    swap: SwapRequest, letter: str, people: list[Enrollment], now: datetime, *, kind: str = "swap", **what: Any
) -> None:
    occasion = "asked" if letter == "swap_asked" else swap.state
    letters.post_to(
        swap.course,
        letter,
        people=people,
        key=f"swap:{swap.pk}:{occasion}",
        kind=kind,
        now=now,
        thread=f"swap-{swap.pk}",
        swap=swap,
        **what,
    )
