"""Teams, and the swaps between them, as one person of the course sees them."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from courses.models import Course, Enrollment
from presentations.domain import plans, schedule, swaps, teams
from presentations.domain.schedule import Place, TalkDay
from presentations.models import PresentationPlan, SwapRequest, Team, TeamMember, Topic

SIZE_NAMES = {1: "singles", 2: "pairs", 3: "trios"}


@dataclass
class TeamSummary:
    """How teams and roster fit together.

    The sentence reconciles them: "9 teams, 4 technology, 5 papers, 2 pairs, 7 trios, 25 of 25 students placed".
    """

    sentence: str
    unplaced: list[Enrollment]  # who present, and are in no team
    dropped: list[TeamMember]  # in a team, no longer in the course


def team_summary(
    course: Course,
    listed: list[TalkDay] | None = None,
    plan: PresentationPlan | None = None,
    seats: list[TeamMember] | None = None,
) -> TeamSummary:
    plan = plan or plans.plan_of(course)
    seats = schedule.seats_of(course) if seats is None else seats
    listed = schedule.days(course, plan=plan, seats=seats) if listed is None else listed
    students = course.enrollments.students().select_related("user", "section")
    if plan.presenting_sections is not None:
        students = students.filter(section__code__in=plan.presenting_sections)
    people = schedule.people_by_team(course, seats)
    seated = {person.pk for team in people.values() for person in team}
    unplaced = [student for student in students if student.pk not in seated]
    kinds = {team.pk: team.kind for team in course.teams.all()}
    talks = [place.talk for place in schedule.places(listed)]
    kinds |= {talk.team_id: talk.kind for talk in talks if talk.team_id and talk.kind}
    by_kind, by_size = Counter(kinds.values()), Counter(len(team) for team in people.values())
    parts = [_count(len(kinds), "team")]
    for key in plan.kind_labels:
        if n := by_kind[key]:
            parts.append(_count(n, key) if key == "paper" else f"{n} {key}")
    parts += [f"{n} {SIZE_NAMES.get(size, f'teams of {size}')}" for size, n in sorted(by_size.items())]
    parts.append(f"{len(students) - len(unplaced)} of {len(students)} students placed")
    return TeamSummary(", ".join(parts), unplaced, [seat for seat in seats if seat.enrollment.dropped_at])


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'s' * (number != 1)}"


@dataclass
class ShownTeam:
    team: Team
    seats: list[TeamMember]
    kind: str
    is_mine: bool = False

    @property
    def names(self) -> str:
        return ", ".join(
            seat.enrollment.user.short_name
            + (" (dropped)" if seat.enrollment.dropped_at else "" if seat.confirmed_at else " (invited)")
            for seat in self.seats
        )


@dataclass
class TeamsPage:
    plan: PresentationPlan
    teams: list[ShownTeam]
    mine: ShownTeam | None
    invitations: list[TeamMember]
    summary: TeamSummary
    topics: list[Topic]
    may_start: bool
    is_open: bool


def teams_page(person: Enrollment, *, now: datetime) -> TeamsPage:
    course, plan = person.course, plans.plan_of(person.course)
    seats = schedule.seats_of(course)
    shown = []
    for team in course.teams.all():
        own = _seen_by(person, [seat for seat in seats if seat.team_id == team.pk])
        is_mine = any(seat.enrollment_id == person.pk and seat.confirmed_at for seat in own)
        shown.append(ShownTeam(team, own, plan.kind_labels.get(team.kind, ""), is_mine))
    by_pk = {entry.team.pk: entry.team for entry in shown}
    invitations = [seat for seat in seats if seat.enrollment_id == person.pk and not seat.confirmed_at]
    for seat in invitations:
        seat.team = by_pk[seat.team_id]
    mine = next((entry for entry in shown if entry.is_mine), None)
    is_open = plan.sign_up_until is None or now < plan.sign_up_until
    return TeamsPage(
        plan=plan,
        teams=shown,
        mine=mine,
        invitations=invitations,
        summary=team_summary(course, plan=plan, seats=seats),
        topics=list(course.topics.select_related("claimed_by")),
        may_start=is_open and mine is None and plans.presents(plan, person),
        is_open=is_open,
    )


def members_for(person: Enrollment, team: Team) -> list[TeamMember]:
    """The seats of a team as this person may see them."""
    return _seen_by(person, list(team.members.select_related("enrollment__user", "enrollment__section")))


def _seen_by(person: Enrollment, seats: list[TeamMember]) -> list[TeamMember]:
    """Who dropped the course is staff's to know: to classmates the seat is not there."""
    return [seat for seat in seats if person.is_staff or not seat.enrollment.dropped_at]


def without_team(course: Course) -> list[Enrollment]:
    return team_summary(course).unplaced


@dataclass
class MySwaps:
    """The team's place, with whom it may swap, and the conversation so far; for staff, all swaps."""

    team: Team | None
    place: Place | None
    partners: list[Place]
    pending: list[SwapRequest]
    settled: list[SwapRequest]
    needs_approval: bool
    is_too_late: bool


def swaps_of(person: Enrollment, *, now: datetime) -> MySwaps:
    """The swaps that concern this person, in a fixed number of queries."""
    team, plan = teams.team_of(person), plans.plan_of(person.course)
    names = ("from_team", "to_team", "from_talk", "to_talk", "from_meeting", "to_meeting")
    listed = [
        swap
        for swap in person.course.swap_requests.select_related(*names)
        if person.is_staff or (team and team.pk in (swap.from_team_id, swap.to_team_id))
    ]
    pending = [swap for swap in listed if swap.state in SwapRequest.PENDING]
    settled = [swap for swap in listed if swap.state not in SwapRequest.PENDING]
    found = MySwaps(team, None, [], pending, settled, plan.swaps_need_approval, is_too_late=False)
    if team is None:
        return found
    places = {place.talk.team_id: place for place in schedule.places(schedule.days(person.course, plan=plan))}
    found.place, until = places.get(team.pk), now + plan.swaps_until
    found.is_too_late = found.place is not None and found.place.starts_at <= until
    if found.place and not found.is_too_late and not found.place.slot.meeting.is_cancelled:
        asked = {swap.to_team_id for swap in pending if swap.from_team_id == team.pk}
        others = [places[other.pk] for other in swaps.partners(team) if other.pk in places and other.pk not in asked]
        found.partners = [other for other in others if other.starts_at > until and not other.slot.meeting.is_cancelled]
    return found
