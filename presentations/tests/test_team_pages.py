"""The pages of all teams and of each team: what students and staff read and do there."""

import pytest
from django.urls import reverse

from accounts.models import User
from courses.models import Enrollment
from portal.testing import Cast, client_of, enroll
from presentations.domain import topics
from presentations.models import (
    Presentation,
    Team,
    TeamMember,
    Topic,
)
from presentations.tests import factories
from presentations.tests.pages import page, post, post_refused, url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("before_the_talks")]


TOO_BIG = "9" * 20  # for a database
TOO_LONG = "9" * 5000  # for a number at all


def pages(cast: Cast, who: Enrollment, team: object) -> list[str]:
    """The page of all teams, and the page of one."""
    names = [("teams", []), ("team", [team.pk])]
    return [client_of(who).get(reverse(n, args=[cast.course.slug, *args])).content.decode() for n, args in names]


def test_only_staff_read_who_dropped_the_course(cast: Cast):
    team = factories.released(cast)[0]
    gone, stays = factories.member(team), factories.member(team, 2)
    User.objects.filter(pk=gone.user_id).update(name="Odo Elsewhere")
    Enrollment.objects.filter(pk=gone.pk).update(dropped_at=factories.BEFORE)
    for who in (cast.student, stays):
        for text in pages(cast, who, team):
            assert "dropped" not in text and "Odo" not in text
    for text in pages(cast, cast.assistant, team):
        assert "dropped" in text and "Odo" in text


def test_classmates_read_short_names_and_no_section(cast: Cast):
    team = factories.released(cast)[0]
    person = factories.member(team)
    by_classmate, by_staff = (pages(cast, who, team)[1] for who in (cast.student, cast.assistant))
    assert person.user.short_name in by_classmate and person.user.name not in by_classmate
    assert person.user.name in by_staff and str(person.section) in by_staff


def test_students_form_a_team_and_claim_a_topic(cast: Cast):
    factories.make_plan(cast.course)
    assert "Team 1 is yours" in post(cast, cast.student, "team_start")
    team = Team.objects.get()
    post(cast, cast.student, "team_invite", team.pk, person=cast.other_student.pk)
    assert "Join team 1" in page(cast, cast.other_student, "teams")
    post(cast, cast.other_student, "team_confirm", team.pk)
    assert team.members.confirmed().count() == 2
    post(cast, cast.student, "team", team.pk, title="A Berkeley View", kind="paper")
    post(cast, cast.student, "team_days", team.pk, choice_1=factories.DAYS[1], choice_2=factories.DAYS[0])
    team.refresh_from_db()
    assert (team.title, team.preferred_days) == ("A Berkeley View", [factories.DAYS[1], factories.DAYS[0]])
    assert "name each day once" in post(
        cast, cast.student, "team_days", team.pk, choice_1=factories.DAYS[1], choice_2=factories.DAYS[1]
    )
    other = enroll(cast.course, "Ann Other")
    client_of(other).post(url(cast, "team_start"))
    second = Team.objects.get(number=2)
    answer = client_of(other).post(url(cast, "team", second.pk), {"title": "a berkeley view"})
    assert answer.status_code == 422 and "claimed by Team 1" in answer.content.decode()
    assert "Only the people of team 1" in post(cast, other, "team", team.pk, title="Mine")


def test_staff_see_who_is_in_no_team_and_change_teams(cast: Cast):
    team1 = factories.released(cast)[0]
    read = page(cast, cast.assistant, "teams")
    assert "In no team: 2" in read and "6 of 8 students placed" in read
    post(cast, cast.assistant, "team_form", person=cast.student.pk)
    made = TeamMember.objects.get(enrollment=cast.student)
    assert (made.team.number, made.confirmed_at is None) == (4, False)
    post(cast, cast.assistant, "team_member_remove", made.team.pk, person=cast.student.pk)
    assert not Team.objects.filter(number=4).exists()
    assert "talk in the schedule" in post(cast, cast.assistant, "team_disband", team1.pk)


def test_a_topic_and_a_teams_days(cast: Cast):
    team = factories.released(cast)[0]
    topics.suggest(cast.course, title="A Berkeley View")
    read = post_refused(cast, cast.assistant, "topic_add", title="A Berkeley View", url="https://example.edu/view")
    assert 'value="https://example.edu/view"' in read and "on the list already" in read
    read = post_refused(cast, cast.assistant, "topic_add", title="Another", url="no address")
    assert 'value="Another"' in read and Topic.objects.filter(is_suggested=True).count() == 1
    own = factories.member(team)
    read = post_refused(cast, own, "team_days", team.pk, choice_1=factories.DAYS[1], choice_2=factories.DAYS[1])
    assert "A day stands twice" in read and read.count(f'<option value="{factories.DAYS[1]}" selected>') == 2
    read = post_refused(cast, own, "team_days", team.pk, choice_1=factories.DAYS[1], choice_2="never")
    assert "A day stands twice" not in read and f'<option value="{factories.DAYS[1]}" selected>' in read
    assert Team.objects.get(pk=team.pk).preferred_days == []


@pytest.mark.parametrize("number", [TOO_BIG, TOO_LONG, "0", "²"])
def test_a_number_that_is_nobodys_removes_nobody(cast: Cast, number: str):
    team = factories.released(cast)[0]
    answer = client_of(cast.instructor).post(
        reverse("team_member_remove", args=[cast.course.slug, team.pk]), {"person": number}, follow=True
    )
    assert "not in this team any more" in answer.content.decode() and team.members.count() == 2


def test_a_title_keeps_no_control_character_and_the_word_form_takes_any(cast: Cast):
    team = factories.released(cast)[0]
    assert "Saved." in post(cast, factories.member(team), "team", team.pk, title="Edge\x0bcases \x1f now")
    team.refresh_from_db()
    assert team.title == "Edge cases now"
    talk = factories.talk_of(team)
    Presentation.objects.filter(pk=talk.pk).update(title="Edge\x0bcases")
    page = client_of(cast.student).get(reverse("talk_form", args=[cast.course.slug, talk.pk]))
    assert page.status_code == 200 and page.content[:2] == b"PK"
