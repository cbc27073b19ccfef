"""Swaps as one person sees them."""

from dataclasses import dataclass, field
from datetime import datetime

from courses.models import Enrollment
from presentations.domain import plans, schedule, swaps, teams
from presentations.domain.schedule import Place
from presentations.models import SwapRequest, Team


@dataclass
class MySwaps:
    team: Team | None
    place: Place | None = None
    partners: list[Place] = field(default_factory=list)
    pending: list[SwapRequest] = field(default_factory=list)
    settled: list[SwapRequest] = field(default_factory=list)
    needs_approval: bool = True
    is_too_late: bool = False


def swaps_of(person: Enrollment, *, now: datetime) -> MySwaps:
    team = teams.team_of(person)
    listed = person.course.swap_requests.select_related(
        "from_team", "to_team", "from_talk", "to_talk", "from_meeting", "to_meeting"
    )
    found = MySwaps(team, needs_approval=plans.plan_of(person.course).swaps_need_approval)
    for swap in listed:
        if person.is_staff or (team and team.pk in (swap.from_team_id, swap.to_team_id)):
            (found.pending if swap.state in SwapRequest.PENDING else found.settled).append(swap)
    return _with_partners(found, person, now) if team else found


def _with_partners(found: MySwaps, person: Enrollment, now: datetime) -> MySwaps:
    assert found.team is not None
    plan = plans.plan_of(person.course)
    places = {p.talk.team_id: p for p in schedule.places(schedule.days(person.course, plan=plan)) if p.talk.team_id}
    found.place = places.get(found.team.pk)
    asked = {swap.to_team_id for swap in found.pending if swap.from_team_id == found.team.pk}
    others = [places[other.pk] for other in swaps.partners(found.team) if other.pk in places and other.pk not in asked]
    until = now + plan.swaps_until
    found.is_too_late = found.place is not None and found.place.starts_at <= until
    if found.place and not found.is_too_late and not found.place.slot.meeting.is_cancelled:
        found.partners = [place for place in others if place.starts_at > until and not place.slot.meeting.is_cancelled]
    return found
