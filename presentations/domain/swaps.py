"""Two teams change places, by consent and inside the instructor's policy."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.text import get_text_list

from accounts.errors import DomainError
from accounts.models import User
from courses.domain import calendar, letters, publishing
from courses.models import Course, Enrollment
from presentations.domain import arranging, plans, published_schedule, schedule, teams
from presentations.domain.schedule import Place, TalkDay
from presentations.models import Presentation, PresentationPlan, Slot, SwapPair, SwapRequest, Team

State = SwapRequest.State
ENDS = frozenset({State.ACCEPTED, State.DECLINED, State.WITHDRAWN, State.EXPIRED, State.SUPERSEDED})
MOVES: dict[str, frozenset[str]] = {State.OPEN: ENDS | {State.AGREED}, State.AGREED: ENDS}
LATER = "Nothing was changed; look at the schedule and ask again."
DECIDE = "decide about its place"
ENDED = {
    State.ACCEPTED: "These two talks have changed places already.",
    State.DECLINED: "This swap was declined.",
    State.WITHDRAWN: "This swap was taken back by the team that asked.",
    State.EXPIRED: "The time to answer this swap is over.",
    State.SUPERSEDED: "This swap is no longer available: one of the talks has moved meanwhile.",
}


# --- The conversation -----------------------------------------------------------------------------
@transaction.atomic
def propose(team: Team, other: Team, *, by: Enrollment, now: datetime, note: str = "") -> SwapRequest:
    publishing.check(note)
    teams.refuse_unless_of(team, by, DECIDE)
    own, theirs = _both_places(team, other)
    _refuse_late(team.course, own, theirs, now)
    _refuse_reviewed(own, theirs)
    if not theirs.people:
        raise DomainError(f"Nobody is left in team {other.number}, so nobody can answer. Ask your instructor.")
    try:
        with transaction.atomic():
            swap = SwapRequest.objects.create(
                course=team.course,
                from_team=team,
                to_team=other,
                from_talk=own.talk,
                to_talk=theirs.talk,
                from_meeting=own.slot.meeting,
                from_order=own.slot.order,
                to_meeting=theirs.slot.meeting,
                to_order=theirs.slot.order,
                asked_by=by,
                note=note,
                created_at=now,
                expires_at=_last_moment(team.course, own, theirs),
            )
    except IntegrityError:
        raise DomainError(f"Your team has asked team {other.number} already; its answer is awaited.") from None
    _post(swap, "swap_asked", _members(other), now, expires_at=swap.expires_at)
    return swap


@transaction.atomic
def accept(swap: SwapRequest, *, by: Enrollment, now: datetime) -> SwapRequest:
    """Say yes, as someone of the team that was asked. The first yes wins; with approval on, staff have the last word.

    Saying it twice changes nothing. Raises DomainError if the swap is no longer available: then nothing is changed.
    """
    teams.refuse_unless_of(swap.to_team, by, DECIDE)
    if not plans.plan_of(swap.course).swaps_need_approval:
        return _carry_out(swap, State.OPEN, by=by.user, now=now)
    if _answer(swap, State.AGREED, origins=(State.OPEN,), by=by.user, now=now):
        _refuse_late(swap.course, *_both_places(swap.from_team, swap.to_team), now)
    return swap


def approve(swap: SwapRequest, *, by: Enrollment, now: datetime) -> SwapRequest:
    return _carry_out(swap, State.AGREED, by=by.user, now=now)


def decline(swap: SwapRequest, *, by: Enrollment, now: datetime) -> SwapRequest:
    """Say no: as someone of the team that was asked, or as staff to what both agreed on."""
    if not by.is_staff:
        teams.refuse_unless_of(swap.to_team, by, DECIDE)
    _answer(swap, State.DECLINED, by=by.user, now=now)
    return swap


def withdraw(swap: SwapRequest, *, by: Enrollment, now: datetime) -> SwapRequest:
    teams.refuse_unless_of(swap.from_team, by, DECIDE)
    _answer(swap, State.WITHDRAWN, by=by.user, now=now)
    return swap


@transaction.atomic
def swap_by_staff(course: Course, number: int, other: int, *, by: User | None, now: datetime) -> None:
    """Swap two teams without asking them; the policy holds, and a talk with a review stays. Raises DomainError."""
    plans.lock_schedule(course)
    named = {team.number: team for team in course.teams.filter(number__in=(number, other))}
    for wanted in (number, other):
        if wanted not in named:
            raise DomainError(f"There is no team {wanted} in this course.")
    first, second = _both_places(named[number], named[other])
    _refuse_reviewed(first, second)
    _exchange(course, first, second, by=by, now=now)


def expire_due(now: datetime) -> int:
    due = SwapRequest.objects.pending().filter(expires_at__lte=now)
    return _end(due.select_related("course", "from_team", "to_team"), State.EXPIRED, now)


def supersede_stale(course: Course, now: datetime) -> int:
    """Close the proposals that saw other places than those that are published now; how many."""
    published = set(course.slots.live().values_list("talk", "meeting", "order"))
    pending = course.swap_requests.pending().select_related("course", "from_team", "to_team")
    return _end([swap for swap in pending if not published.issuperset(_seen(swap))], State.SUPERSEDED, now)


def _seen(swap: SwapRequest) -> list[tuple[int, int, int]]:
    """Where the proposal saw the two talks: talk, class, order."""
    return [
        (swap.from_talk_id, swap.from_meeting_id, swap.from_order),
        (swap.to_talk_id, swap.to_meeting_id, swap.to_order),
    ]


# --- From state to state --------------------------------------------------------------------------
def transition(
    swap: SwapRequest,
    to: str,
    *,
    now: datetime,
    by: User | None = None,
    origins: tuple[str, ...] = SwapRequest.PENDING,
    **conditions: Any,
) -> str:
    """Move a proposal by one conditional update, as the table allows; the state that it left, "" if another was first.

    `conditions` are further lookups that must still hold, such as `expires_at__gt`.
    """
    for origin in origins:
        pending = SwapRequest.objects.filter(pk=swap.pk, state=origin, **conditions)
        if to in MOVES[origin] and pending.update(state=to, answered_at=now, answered_by=by):
            swap.refresh_from_db()
            return origin
    return ""


@transaction.atomic
def _answer(
    swap: SwapRequest, to: str, *, by: User, now: datetime, origins: tuple[str, ...] = SwapRequest.PENDING
) -> bool:
    """Answer a proposal that still waits, and mail; False if this very answer was given before."""
    left = transition(swap, to, now=now, by=by, origins=origins, expires_at__gt=now)
    if left:
        _notify(swap, left=left, now=now)
        return True
    swap.refresh_from_db()
    agreeing = (State.AGREED, State.ACCEPTED)
    if swap.state == to or (to in agreeing and swap.state in agreeing and origins == (State.OPEN,)):
        return False
    raise DomainError(f"{ENDED.get(State(swap.state), ENDED[State.EXPIRED])} {LATER}")


def _end(swaps: Iterable[SwapRequest], to: str, now: datetime) -> int:
    ended = 0
    for swap in swaps:
        if left := transition(swap, to, now=now):
            _notify(swap, left=left, now=now)
            ended += 1
    return ended


# --- The move -------------------------------------------------------------------------------------
@transaction.atomic
def _carry_out(swap: SwapRequest, origin: str, *, by: User, now: datetime) -> SwapRequest:
    """In one transaction: the conditional update, both places as the proposal saw them, the move, and what follows."""
    plans.lock_schedule(swap.course)
    if not _answer(swap, State.ACCEPTED, origins=(origin,), by=by, now=now):
        return swap
    own, theirs = _both_places(swap.from_team, swap.to_team)
    if _seen(swap) != [(place.talk.pk, place.slot.meeting_id, place.slot.order) for place in (own, theirs)]:
        raise DomainError(f"{ENDED[State.SUPERSEDED]} {LATER}")
    _refuse_late(swap.course, own, theirs, now)
    _refuse_reviewed(own, theirs)
    _exchange(swap.course, own, theirs, by=by, now=now)
    return swap


def _exchange(course: Course, first: Place, second: Place, *, by: User | None, now: datetime) -> None:
    """Change places in what is published and in the draft; write it down, mail, and close what it made stale."""
    before = published_schedule.snapshot(schedule.days(course))
    _change_places(first.slot, second.slot)
    _follow_in_draft(course, first, second)
    note = f"{first.talk.who} and {second.talk.who} changed places"
    published_schedule.record(course, before, by=by, now=now, note=note)
    supersede_stale(course, now)


def _change_places(first: Slot, second: Slot) -> None:
    """A talk takes its minutes along; the start belongs to the place. Raises DomainError if a talk moved meanwhile.

    One place is empty for a moment: two saves, and one UPDATE of both, break the unique key of a talk's place.
    """
    here, there = (Slot.objects.filter(pk=s.pk, meeting=s.meeting_id, order=s.order) for s in (first, second))
    parked = here.filter(talk=first.talk_id).update(talk=None)
    moved = there.filter(talk=second.talk_id).update(talk=first.talk_id, minutes=first.minutes)
    filled = here.filter(talk=None).update(talk=second.talk_id, minutes=second.minutes)
    if (parked, moved, filled) != (1, 1, 1):
        raise DomainError(f"{ENDED[State.SUPERSEDED]} {LATER}")


def _follow_in_draft(course: Course, first: Place, second: Place) -> None:
    """A talk still drafted for the class that was published goes along; where staff have moved it, it stays."""
    drafts = {slot.talk_id: slot for slot in course.slots.draft().filter(talk__in=(first.talk, second.talk))}
    pairs = [(place, other) for place, other in ((first, second), (second, first)) if place.talk.pk in drafts]
    pairs = [(p, other) for p, other in pairs if drafts[p.talk.pk].meeting_id == p.slot.meeting_id]
    if len(pairs) == 2:
        _change_places(drafts[first.talk.pk], drafts[second.talk.pk])
    else:
        for place, other in pairs:
            arranging.move(place.talk, other.slot.meeting, position=other.slot.order)


def _both_places(team: Team, other: Team) -> tuple[Place, Place]:
    allowed = partners(team)
    if other not in allowed:
        listed = get_text_list([str(partner.number) for partner in allowed], "and")
        word = "team" if len(allowed) == 1 else "teams"
        may = f"may swap with {word} {listed} only" if allowed else "may not swap with anyone"
        raise DomainError(f"Team {team.number} {may}, not with team {other.number}: so the instructor decided.")
    days = schedule.days(team.course)
    return _published_place(team, days), _published_place(other, days)


def _published_place(team: Team, days: list[TalkDay]) -> Place:
    place = next((place for place in schedule.places(days) if place.talk.team_id == team.pk), None)
    if place is None:
        raise DomainError(f"Team {team.number} has no talk in the published schedule. {LATER}")
    meeting = place.slot.meeting
    if meeting.is_cancelled:
        raise DomainError(f"There is no class on {calendar.long_date(meeting.date)}, so that place is none. {LATER}")
    return place


def _refuse_reviewed(*places: Place) -> None:
    """A talk that was reviewed stays. Asked last: who merely tries must not learn that a review came in."""
    talks = Presentation.objects.reviewed().select_related("team")
    talk = talks.filter(pk__in=[place.talk.pk for place in places]).first()
    if talk:
        raise DomainError(f"The talk of {talk.who.lower()} was reviewed already; it stays where it was held.")


def _last_moment(course: Course, first: Place, second: Place) -> datetime:
    return min(first.starts_at, second.starts_at) - plans.plan_of(course).swaps_until


def _refuse_late(course: Course, first: Place, second: Place, now: datetime) -> None:
    if now >= _last_moment(course, first, second):
        raise DomainError("It is too late to swap: the earlier of the two talks is too close. Ask your instructor.")


# --- Letters --------------------------------------------------------------------------------------
def _notify(swap: SwapRequest, *, left: str, now: datetime) -> None:
    """Mail what became of a proposal to whoever counts on it: who asked, who said yes, staff if they decide."""
    if swap.state == State.ACCEPTED:  # both teams get the letter of the move
        return
    if swap.state != State.WITHDRAWN:
        _post(swap, "swap_answered", _members(swap.from_team), now, other=swap.to_team)
    if left == State.AGREED:
        _post(swap, "swap_answered", _members(swap.to_team), now, other=swap.from_team)
    if swap.state == State.AGREED:
        staff = list(swap.course.enrollments.staff())
        _post(swap, "swap_agreed", staff, now, kind="swap_to_approve", expires_at=swap.expires_at)


def _members(team: Team) -> list[Enrollment]:
    return [member.enrollment for member in team.members.active().select_related("enrollment__user")]


def _post(
    swap: SwapRequest, letter: str, people: list[Enrollment], now: datetime, *, kind: str = "swap", **context: Any
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
        **context,
    )


# --- The instructor's policy ----------------------------------------------------------------------
def partners(team: Team) -> list[Team]:
    pairs = SwapPair.objects.filter(Q(team=team) | Q(other=team)).select_related("team", "other")
    return sorted({pair.other if pair.team_id == team.pk else pair.team for pair in pairs}, key=lambda t: t.number)


def partner_numbers(course: Course) -> list[tuple[Team, list[int]]]:
    """Every team with the numbers of those that it was given to swap with, in a fixed number of queries."""
    numbers: dict[int, list[int]] = {}
    for pair in SwapPair.objects.filter(course=course).select_related("other"):
        numbers.setdefault(pair.team_id, []).append(pair.other.number)
    return [(team, numbers.get(team.pk, [])) for team in course.teams.all()]


@transaction.atomic
def change_policy(plan: PresentationPlan, wanted: Mapping[int, list[int]], **fields: Any) -> None:
    for name, value in fields.items():
        setattr(plan, name, value)
    plan.save()
    allow_pairs(plan.course, wanted)


def allow_pairs(course: Course, wanted: Mapping[int, list[int]]) -> None:
    """Set who may swap with whom, by team numbers; either of the two may ask. Replaces all pairs.

    Raises DomainError for a number that is no team, and for a team with itself; then nothing is changed.
    """
    numbered = {team.number: team for team in course.teams.all()}
    for number, others in wanted.items():
        unknown = {number, *others} - numbered.keys()
        if unknown:
            raise DomainError(f"There is no team {min(unknown)}. Nothing was saved.")
        if number in others:
            raise DomainError(f"Team {number} cannot swap with itself. Nothing was saved.")
    pairs = list(dict.fromkeys((number, other) for number, others in _in_order(course, wanted) for other in others))
    existing = SwapPair.objects.filter(course=course)
    if pairs == list(existing.values_list("team__number", "other__number")):
        return
    existing.delete()
    SwapPair.objects.bulk_create(
        SwapPair(course=course, team=numbered[number], other=numbered[other], position=position)
        for position, (number, other) in enumerate(pairs)
    )


def _in_order(course: Course, wanted: Mapping[int, list[int]]) -> list[tuple[int, list[int]]]:
    """In the order that the pairs had, so that a course file's own order is exported again; new ones after them."""
    before = SwapPair.objects.filter(course=course).values_list("team__number", flat=True)
    return [(number, wanted[number]) for number in dict.fromkeys([*before, *wanted]) if number in wanted]
