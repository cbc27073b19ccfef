"""Teams as one person of the course sees them."""

from dataclasses import dataclass
from datetime import datetime

from courses.models import Course, Enrollment
from presentations.domain import plans, schedule
from presentations.domain.schedule import TalkDay
from presentations.models import PresentationPlan, Team, TeamMember, Topic

SIZE_NAMES = {1: "singles", 2: "pairs", 3: "trios"}


def _n(number: int, word: str) -> str:
    return f"{number} {word}{'s' * (number != 1)}"


@dataclass
class TeamSummary:
    teams: int
    talks: int
    kinds: list[tuple[str, int]]  # key and how many teams
    sizes: dict[int, int]  # people -> teams
    placed: int
    students: int
    unplaced: list[Enrollment]
    dropped: list[TeamMember]  # in a team, no longer in the course
    too_small: list[int]  # numbers of teams
    waiting: int  # invitations not answered

    @property
    def sentence(self) -> str:
        """The line that reconciles: "9 teams, 4 technology, 5 papers, 2 pairs, 7 trios, 25 of 25 students placed"."""
        parts = [
            _n(self.teams, "team"),
            *(_n(n, key) if key == "paper" else f"{n} {key}" for key, n in self.kinds if n),
        ]
        parts += [f"{n} {SIZE_NAMES.get(size, f'teams of {size}')}" for size, n in sorted(self.sizes.items())]
        return ", ".join([*parts, f"{self.placed} of {self.students} students placed"])


def team_summary(
    course: Course,
    listed: list[TalkDay] | None = None,
    plan: PresentationPlan | None = None,
    seats: list[TeamMember] | None = None,
) -> TeamSummary:
    plan = plan or plans.plan_of(course)
    seats = schedule.seats_of(course) if seats is None else seats
    listed = schedule.days(course, plan=plan, seats=seats) if listed is None else listed
    presenting = course.enrollments.students().select_related("user", "section")
    if plan.presenting_sections is not None:
        presenting = presenting.filter(section__code__in=plan.presenting_sections)
    students, people, teams = list(presenting), schedule.people_by_team(course, seats), list(course.teams.all())
    talks = [place.talk for place in schedule.places(listed) if place.talk.is_talk]
    kinds = {team.pk: team.kind for team in teams}
    kinds |= {talk.team_id: talk.kind for talk in talks if talk.team_id and talk.kind}
    seated = {person.pk for team in people.values() for person in team}
    counts = [len(people.get(team.pk, [])) for team in teams]
    return TeamSummary(
        teams=len(teams),
        talks=len(talks),
        kinds=[(key, sum(kinds[team.pk] == key for team in teams)) for key in plan.kind_labels],
        sizes={size: counts.count(size) for size in set(counts) if size},
        placed=sum(student.pk in seated for student in students),
        students=len(students),
        unplaced=[student for student in students if student.pk not in seated],
        dropped=[seat for seat in seats if seat.enrollment.dropped_at],
        too_small=[team.number for team in teams if len(people.get(team.pk, [])) < plan.sizes[0]],
        waiting=sum(seat.confirmed_at is None for seat in seats),
    )


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
