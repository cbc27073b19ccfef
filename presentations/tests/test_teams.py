"""Forming teams: seats, invitations, one team a person."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.errors import DomainError
from mail.models import Message
from portal.testing import NOON, Cast, client_of, enroll
from presentations.domain import feedback, reminders, teams
from presentations.models import Team, TeamFeedback, TeamMember
from presentations.queries import team_pages
from presentations.tests import factories

pytestmark = pytest.mark.django_db
AFTER = datetime.fromisoformat("2024-04-10T19:00:00+00:00")  # the first talk is over


@pytest.fixture
def people(cast: Cast):
    factories.make_plan(cast.course)
    return [enroll(cast.course, name, section=1) for name in ("Ann One", "Bo Two", "Cy Three", "Di Four")]


def test_a_team_is_started_invited_and_confirmed(cast: Cast, people):
    team = teams.start(people[0], now=NOON)
    seat = teams.invite(team, people[1], by=people[0], now=NOON)
    assert Message.objects.get(kind="team_invitation").recipient == people[1].user
    assert teams.team_of(people[1]) is None
    assert (teams.number_of(people[0]), teams.number_of(people[1])) == (team.number, None)
    assert teams.people_of(cast.course, team.number) == [people[0]]
    teams.confirm(seat, now=NOON)
    assert teams.team_of(people[1]) == team
    assert teams.people_of(cast.course, team.number) == people[:2]
    teams.invite(team, people[1], by=people[0], now=NOON)
    assert Message.objects.filter(kind="team_invitation").count() == 1


def test_a_person_is_in_one_team_whichever_way_they_join(cast: Cast, people):
    team1, team2 = (teams.start(person, now=NOON) for person in people[:2])
    with pytest.raises(DomainError, match="is in team 1 already"):
        teams.start(people[0], now=NOON)
    with pytest.raises(DomainError, match="is in team 1 already"):
        teams.invite(team2, people[0], by=people[1], now=NOON)
    with pytest.raises(DomainError, match="is in team 1 already"):
        teams.add_member(team2, people[0], now=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        TeamMember.objects.create(team=team2, enrollment=people[0], seat=3, confirmed_at=NOON)
    first, second = (
        teams.invite(team, people[2], by=by, now=NOON) for team, by in ((team1, people[0]), (team2, people[1]))
    )
    teams.confirm(first, now=NOON)
    with pytest.raises(DomainError, match=r"in team 1 already|taken back"):
        teams.confirm(second, now=NOON)
    assert [seat.team for seat in TeamMember.objects.filter(enrollment=people[2])] == [team1]


def test_a_fourth_person_finds_the_team_full(cast: Cast, people):
    team = teams.form_team(cast.course, people[:3], now=NOON)
    with pytest.raises(DomainError, match="at most 3 people"):
        teams.add_member(team, people[3], now=NOON)
    with pytest.raises(DomainError, match="at most 3 people"):
        teams.invite(team, people[3], by=people[0], now=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        TeamMember.objects.create(team=team, enrollment=people[3], seat=3, confirmed_at=NOON)
    others = [people[3], cast.student, cast.other_student, enroll(cast.course, "Eve Five")]
    with pytest.raises(DomainError, match="at most 3 people"):
        teams.form_team(cast.course, others, now=NOON, number=9)
    assert not Team.objects.filter(number=9).exists(), "nothing is formed by half"


def test_students_are_refused_after_the_date_and_staff_are_not(cast: Cast, people):
    team = teams.form_team(cast.course, people[:2], now=NOON)
    cast.course.presentation_plan.sign_up_until = NOON
    cast.course.presentation_plan.save()
    late = NOON + timedelta(seconds=1)
    for refused in (
        lambda: teams.start(people[2], now=late),
        lambda: teams.leave(team.members.get(seat=1), now=late),
        lambda: teams.invite(team, people[2], by=people[0], now=late),
    ):
        with pytest.raises(DomainError, match="Teams are settled"):
            refused()
    teams.remove_member(team.members.get(seat=1))
    teams.add_member(team, people[2], now=late)
    assert [seat.enrollment for seat in team.members.all()] == [people[2], people[1]]


def test_only_those_who_present_need_a_team(cast: Cast, people):
    cast.course.presentation_plan.presenting_sections = ["CS 501"]
    cast.course.presentation_plan.save()
    with pytest.raises(DomainError, match="Only students of CS 501 present"):
        teams.start(cast.student, now=NOON)
    with pytest.raises(DomainError, match="no student of this course"):
        teams.add_member(teams.start(people[0], now=NOON), cast.assistant, now=NOON)
    with pytest.raises(DomainError, match="Only the people of team 1 invite"):
        teams.invite(Team.objects.get(), people[2], by=people[1], now=NOON)


def test_once_its_talk_is_published_only_staff_change_who_is_in_a_team(cast: Cast):
    team = factories.released(cast)[0]
    own, newcomer = factories.member(team), enroll(cast.course, "New Comer", section=1)
    kept = TeamMember.objects.create(team=team, enrollment=cast.student, seat=3)
    for refused in (
        lambda: teams.leave(team.members.get(enrollment=own), now=NOON),
        lambda: teams.invite(team, newcomer, by=own, now=NOON),
        lambda: teams.confirm(kept, now=NOON),
    ):
        with pytest.raises(DomainError, match="talk of team 1 is published"):
            refused()
    page = client_of(own).get(reverse("team", args=[cast.course.slug, team.pk])).content.decode()
    assert "only staff change who is in this team" in page and "Leave this team" not in page
    teams.leave(kept, now=NOON)
    teams.remove_member(team.members.get(enrollment=own))
    teams.add_member(team, newcomer, now=NOON)
    assert [seat.enrollment for seat in team.members.all()] == [newcomer, factories.member(team, 2)]


def test_whoever_gets_a_team_frees_the_seats_that_others_kept(cast: Cast, people):
    team1 = teams.start(people[0], now=NOON)
    for person in people[1:3]:
        teams.invite(team1, person, by=people[0], now=NOON)
    teams.start(people[1], now=NOON)
    teams.add_member(teams.start(people[3], now=NOON), people[2], now=NOON)
    assert [seat.enrollment for seat in team1.members.all()] == [people[0]]


def test_the_letter_of_an_invitation_that_is_gone_stays(cast: Cast, people):
    seat = teams.invite(teams.start(people[0], now=NOON), people[1], by=people[0], now=NOON)
    letter = Message.objects.get(kind="team_invitation")
    assert reminders.is_still_true(letter)
    teams.leave(seat, now=NOON)
    assert not reminders.is_still_true(letter)


def test_someone_who_dropped_is_no_longer_of_the_team(cast: Cast, people):
    team = teams.form_team(cast.course, people[:2], now=NOON)
    type(people[0]).objects.filter(pk=people[0].pk).update(dropped_at=NOON)
    with pytest.raises(DomainError, match="Only the people of team 1"):
        teams.refuse_unless_may_change(team, people[0])


def test_the_last_to_leave_takes_the_team_along(cast: Cast, people):
    team = teams.start(people[0], now=NOON)
    teams.leave(team.members.get(), now=NOON)
    assert not Team.objects.exists()


def test_a_team_with_a_place_is_not_disbanded(cast: Cast):
    team = factories.released(cast)[0]
    with pytest.raises(DomainError, match="talk in the schedule"):
        teams.disband(team)
    teams.disband(teams.form_team(cast.course, [], now=NOON, number=40))
    assert [team.number for team in cast.course.teams.all()] == [1, 2, 3]
    with pytest.raises(DomainError, match="There is a team 1 already"):
        teams.form_team(cast.course, [], now=NOON, number=1)


def test_staff_see_who_is_in_no_team_and_who_was_dropped(cast: Cast, people):
    teams.form_team(cast.course, people[:2], now=NOON)
    type(people[0]).objects.filter(pk=people[0].pk).update(dropped_at=NOON)
    summary = team_pages.team_summary(cast.course)
    assert [seat.enrollment for seat in summary.dropped] == [people[0]]
    assert {person.user.name for person in summary.unplaced} == {
        "Cy Three",
        "Di Four",
        "Ada Fictive",
        "Timo Placeholder",
    }
    assert summary.sentence == "1 team, 1 singles, 1 of 5 students placed"


def test_a_team_that_has_read_its_feedback_is_not_deleted(cast: Cast):
    team = factories.released(cast)[0]
    talk = factories.talk_of(team)
    feedback.release(talk, now=AFTER, summary="Well told.")
    talk.slots.all().delete()
    with pytest.raises(DomainError, match="read the feedback"):
        teams.disband(team)
    assert TeamFeedback.objects.get().presentation.team == team
