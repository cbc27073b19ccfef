"""Forming teams: by students until a date, by staff at any time. A person is in one team at most."""

from collections.abc import Iterable
from datetime import datetime
from itertools import count

from django.db import IntegrityError, transaction
from django.db.models import Max

from accounts.errors import DomainError
from courses.domain import letters, publishing
from courses.models import Course, Enrollment
from presentations.domain import plans
from presentations.models import Slot, Team, TeamFeedback, TeamMember


def team_of(person: Enrollment) -> Team | None:
    return Team.objects.filter(members__enrollment=person, members__confirmed_at__isnull=False).first()


def number_of(person: Enrollment) -> int | None:
    team = team_of(person)
    return team.number if team else None


def people_of(course: Course, number: int) -> list[Enrollment]:
    """Who is in the team of a number: confirmed, and still in the course."""
    seats = TeamMember.objects.active().filter(team__course=course, team__number=number)
    return [seat.enrollment for seat in seats.select_related("enrollment__user")]


@transaction.atomic
def start(person: Enrollment, *, now: datetime) -> Team:
    _refuse_unless_open(person.course, now)
    _refuse_unless_presenting(person)
    team = _new_team(person.course)
    _take_seat(team, person, now)
    _drop_invitations(person)
    return team


@transaction.atomic
def invite(team: Team, person: Enrollment, *, by: Enrollment, now: datetime) -> TeamMember:
    """Keep a seat for someone until they confirm or decline; they get a letter.

    Raises DomainError if the team is full, the person has a team, or the asker is not of this team.
    """
    _refuse_unless_open(team.course, now)
    refuse_unless_of(team, by, "invite")
    _refuse_published(team)
    _refuse_unless_presenting(person)
    other = team_of(person)
    if other and other != team:
        raise DomainError(f"{person.user.short_name} is in team {other.number} already; nobody was invited.")
    member = _take_seat(team, person, None)
    if member.confirmed_at is None:
        letters.post_to(
            team.course,
            "team_invitation",
            people=[person],
            key=f"invitation:{member.pk}",
            kind="team_invitation",
            now=now,
            thread=f"team-{team.pk}",
            team=team,
            by=by,
        )
    return member


@transaction.atomic
def confirm(member: TeamMember, *, now: datetime) -> None:
    """Accept an invitation; one's other invitations fall away.

    Raises DomainError for someone in another team, and once the team's talk is published.
    """
    _refuse_unless_open(member.team.course, now)
    _refuse_published(member.team)
    if member.confirmed_at is None:
        _confirm_seat(member, now)


def _confirm_seat(member: TeamMember, now: datetime) -> None:
    try:
        with transaction.atomic():
            updated = TeamMember.objects.filter(pk=member.pk, confirmed_at=None).update(confirmed_at=now)
    except IntegrityError:
        _refuse_second_team(member.enrollment)
    if not updated:
        raise DomainError("This invitation was taken back meanwhile. Nothing was changed; ask the team again.")
    _drop_invitations(member.enrollment)
    member.refresh_from_db()


def _drop_invitations(person: Enrollment) -> None:
    TeamMember.objects.filter(enrollment=person, confirmed_at=None).delete()


@transaction.atomic
def leave(member: TeamMember, *, now: datetime) -> None:
    """Leave a team, or decline its invitation; a team without anyone, and without a talk, is gone.

    Raises DomainError when the time to form teams is over, and for leaving a team whose talk is published.
    """
    _refuse_unless_open(member.team.course, now)
    if member.confirmed_at:
        _refuse_published(member.team)
    _free_seat(member)


def remove_member(member: TeamMember) -> None:
    with transaction.atomic():
        _free_seat(member)


def _free_seat(member: TeamMember) -> None:
    team = member.team
    member.delete()
    if not team.members.exists() and not team.presentations.exists():
        team.delete()


@transaction.atomic
def form_team(
    course: Course, people: Iterable[Enrollment], *, now: datetime, number: int | None = None, title: str = ""
) -> Team:
    """Form a team of these people (staff), all confirmed. Raises DomainError, and forms nothing, if one cannot join."""
    publishing.check(title)
    if number is not None and course.teams.filter(number=number).exists():
        raise DomainError(f"There is a team {number} already; take another number.")
    team = _new_team(course, number=number, title=title)
    for person in people:
        add_member(team, person, now=now)
    return team


@transaction.atomic
def add_member(team: Team, person: Enrollment, *, now: datetime) -> TeamMember:
    """Add someone to a team (staff), confirmed, at any time. Raises DomainError if it is full or they have another."""
    if person.is_staff or person.course_id != team.course_id:
        raise DomainError(f"{person.user.name} is no student of this course; teams are of students.")
    member = _take_seat(team, person, now)
    if member.confirmed_at is None:
        _confirm_seat(member, now)
    _drop_invitations(person)
    return member


@transaction.atomic
def disband(team: Team) -> None:
    """Delete a team and free its people. Raises DomainError if its talk has a place, a review or feedback."""
    for talk in team.presentations.all():
        if TeamFeedback.objects.filter(presentation=talk).exists():
            raise DomainError(
                f"Team {team.number} has read the feedback on its talk, so it stays. Nothing was deleted."
            )
        if talk.slots.exists() or talk.reviews.exists():
            raise DomainError(
                f"Team {team.number} has a talk in the schedule. Remove it from the draft and release first."
            )
        talk.delete()
    team.delete()


def _new_team(course: Course, *, number: int | None = None, title: str = "") -> Team:
    """A team with this number, or the next free one, whoever else makes one this very moment."""
    for _ in count():
        last = course.teams.aggregate(last=Max("number"))["last"] or 0
        try:
            with transaction.atomic():
                return Team.objects.create(course=course, number=number or last + 1, position=last + 1, title=title)
        except IntegrityError:
            if number:
                break
    raise DomainError(f"There is a team {number} already; take another number.")


def _take_seat(team: Team, person: Enrollment, confirmed_at: datetime | None) -> TeamMember:
    """The person's seat in this team: theirs if they have one, else the first free one."""
    most = plans.plan_of(team.course).sizes[1]
    for _ in range(most + 1):
        taken = {member.seat: member for member in team.members.all()}
        own = next((member for member in taken.values() if member.enrollment_id == person.pk), None)
        if own:
            return own
        free = [seat for seat in range(1, most + 1) if seat not in taken]
        if not free:
            break
        try:
            with transaction.atomic():
                return TeamMember.objects.create(team=team, enrollment=person, seat=free[0], confirmed_at=confirmed_at)
        except IntegrityError:
            _refuse_second_team(person, but=team)
    raise DomainError(f"Team {team.number} is full: a team has at most {most} people. Nobody was added.")


def _refuse_second_team(person: Enrollment, but: Team | None = None) -> None:
    other = team_of(person)
    if other and other != but:
        raise DomainError(f"{person.user.short_name} is in team {other.number} already; one is in one team at most.")


def _refuse_unless_open(course: Course, now: datetime) -> None:
    until = plans.plan_of(course).sign_up_until
    if until is not None and now >= until:
        raise DomainError("Teams are settled: the time to form them is over. Ask your instructor, who can still do it.")


def refuse_unless_of(team: Team, person: Enrollment, what: str) -> None:
    if not team.members.active().filter(enrollment=person).exists():
        raise DomainError(f"Only the people of team {team.number} {what}; nothing was changed.")


def refuse_unless_may_change(team: Team, person: Enrollment) -> None:
    """Refuse to change what a team says about its talk. Raises DomainError for anyone but its people and staff."""
    if not person.is_staff:
        refuse_unless_of(team, person, "and staff change this")


def is_settled(team: Team) -> bool:
    return team.presentations.filter(slots__edition=Slot.Edition.LIVE).exists()


def _refuse_published(team: Team) -> None:
    if is_settled(team):
        raise DomainError(
            f"The talk of team {team.number} is published, so its people are settled. Ask your instructor, who can "
            "still change them."
        )


def _refuse_unless_presenting(person: Enrollment) -> None:
    plan = plans.plan_of(person.course)
    if not plans.presents(plan, person):
        names = " and ".join(section.code for section in plans.presenting_sections(plan))
        raise DomainError(f"Only students of {names} present, so {person.user.short_name} needs no team.")
