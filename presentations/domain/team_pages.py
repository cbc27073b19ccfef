"""Teams as one person of the course sees them."""

from dataclasses import dataclass
from datetime import datetime

from courses.models import Course, Enrollment
from presentations.domain import plans, schedule
from presentations.domain.schedule import Standing
from presentations.models import PresentationPlan, Team, TeamMember, Topic


@dataclass
class ShownTeam:
    """A team with its seats."""

    team: Team
    seats: list[TeamMember]
    kind: str
    is_mine: bool = False

    @property
    def names(self) -> str:
        """Its people, those invited marked."""
        return ", ".join(
            seat.enrollment.user.short_name
            + (" (dropped)" if seat.enrollment.dropped_at else "" if seat.confirmed_at else " (invited)")
            for seat in self.seats
        )


@dataclass
class TeamsPage:
    """All teams, what waits for this person, and how teams and roster fit together."""

    plan: PresentationPlan
    teams: list[ShownTeam]
    mine: ShownTeam | None
    invitations: list[TeamMember]
    standing: Standing
    topics: list[Topic]
    may_start: bool
    is_open: bool


def of(person: Enrollment, *, now: datetime) -> TeamsPage:
    """The teams page, in a fixed number of queries."""
    course, plan = person.course, plans.plan_of(person.course)
    seats = schedule.seats_of(course)
    shown = []
    for team in course.teams.all():
        own = _seen_by(person, [seat for seat in seats if seat.team_id == team.pk])
        is_mine = any(seat.enrollment_id == person.pk and seat.confirmed_at for seat in own)
        shown.append(ShownTeam(team, own, plan.kind_labels.get(team.kind, ""), is_mine))
    by_pk = {one.team.pk: one.team for one in shown}
    invitations = [seat for seat in seats if seat.enrollment_id == person.pk and not seat.confirmed_at]
    for seat in invitations:
        seat.team = by_pk[seat.team_id]
    mine = next((one for one in shown if one.is_mine), None)
    is_open = plan.sign_up_until is None or now < plan.sign_up_until
    return TeamsPage(
        plan=plan,
        teams=shown,
        mine=mine,
        invitations=invitations,
        standing=schedule.standing(course, plan=plan, seats=seats),
        topics=list(course.topics.select_related("claimed_by")),
        may_start=is_open and mine is None and plans.presents(plan, person),
        is_open=is_open,
    )


def seats_for(person: Enrollment, team: Team) -> list[TeamMember]:
    """The seats of a team as this person may see them."""
    return _seen_by(person, list(team.members.select_related("enrollment__user", "enrollment__section")))


def _seen_by(person: Enrollment, seats: list[TeamMember]) -> list[TeamMember]:
    """Who dropped the course is staff's to know: to classmates the seat is not there."""
    return [seat for seat in seats if person.is_staff or not seat.enrollment.dropped_at]


def without_team(course: Course) -> list[Enrollment]:
    """The students who present and are in no team yet, by name."""
    return schedule.standing(course).unplaced
