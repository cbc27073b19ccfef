"""Releasing the draft: what changed, who gets a letter, and that an older tab releases nothing unseen."""

import pytest

from accounts.errors import DomainError
from mail.models import Message
from portal.testing import Cast, client_of
from presentations.domain import arranging, plans, releases
from presentations.queries import my_schedule
from presentations.tests import factories
from presentations.tests.pages import page, url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("before_the_talks")]


NOW = factories.BEFORE


def test_a_release_tells_those_concerned_once_and_writes_what_changed(cast: Cast):
    teams = factories.released(cast)
    assert [change["what"] for change in releases.latest(cast.course).changes] == ["added"] * 3
    Message.objects.all().delete()
    with pytest.raises(DomainError, match="is what is published already"):
        releases.release(cast.course, by=None, now=NOW)
    arranging.move(factories.talk_of(teams[0]), factories.meeting(cast, factories.DAYS[2]))
    arranging.unplace(factories.talk_of(teams[1]))
    made = releases.release(cast.course, by=cast.instructor.user, now=NOW, note="A hall is free")
    assert {(c["who"], c["what"]) for c in made.changes} == {("Team 1", "moved"), ("Team 2", "removed")}
    recipients = set(Message.objects.values_list("recipient", "kind"))
    assert recipients == {(factories.member(team, seat).user_id, "talk_moved") for team in teams[:2] for seat in (1, 2)}
    assert "no longer in the schedule" in Message.objects.filter(recipient=factories.member(teams[1]).user).get().text
    assert [team.number for team in releases.teams_that_have_not_seen(cast.course)] == [1, 3]
    releases.mark_seen(teams[0], by=factories.member(teams[0]))
    assert [team.number for team in releases.teams_that_have_not_seen(cast.course)] == [3]
    with pytest.raises(DomainError, match="Only the people of team 3"):
        releases.mark_seen(teams[2], by=cast.student)


def test_moves_that_a_team_has_not_seen_are_shown_as_one_and_each_letter_says_why(cast: Cast):
    team1, _, _ = factories.released(cast)
    for day, why in ((factories.DAYS[1], "Storm"), (factories.DAYS[2], "More snow")):
        arranging.move(factories.talk_of(team1), factories.meeting(cast, day))
        releases.release(cast.course, by=None, now=NOW, note=why)
    (change,) = my_schedule.schedule_of(factories.member(team1), now=NOW).changes
    assert (change["was"]["date"], change["now"]["date"]) == (factories.DAYS[0], factories.DAYS[2])
    letters = Message.objects.filter(recipient=factories.member(team1).user, kind="talk_moved").order_by("-pk")
    assert ["More snow" in letter.text for letter in letters[:2]] == [True, False]


def test_an_empty_schedule_is_not_released(cast: Cast):
    factories.make_plan(cast.course)
    with pytest.raises(DomainError, match="No talk has a place yet"):
        releases.release(cast.course, by=cast.instructor.user, now=factories.BEFORE)
    assert not cast.course.releases.exists()


def move(cast: Cast, team: object, day: str) -> None:
    arranging.move(factories.talk_of(team), factories.meeting(cast, day))


def test_only_the_changes_that_were_looked_at_are_released(cast: Cast):
    team1, team2, _ = factories.released(cast)
    move(cast, team1, factories.DAYS[2])
    version = plans.edit_token(releases.pending_changes(cast.course))
    assert f'name="version" value="{version}"' in page(cast, cast.instructor, "release")
    move(cast, team2, factories.DAYS[2])  # an assistant, meanwhile
    typed = {"note": "Exam week", "version": version}
    answer = client_of(cast.instructor).post(url(cast, "release"), typed)
    read = answer.content.decode()
    assert answer.status_code == 422 and "not those that you saw" in read and 'value="Exam week"' in read
    assert releases.latest(cast.course).number == 1 and factories.day_of(team2) == factories.DAYS[1]
    assert "Changes in the draft: 2" in read
    typed["version"] = plans.edit_token(releases.pending_changes(cast.course))
    assert client_of(cast.instructor).post(url(cast, "release"), typed).status_code == 302
    assert factories.day_of(team1) == factories.day_of(team2) == factories.DAYS[2]


def test_the_release_that_the_page_showed_is_the_one_seen(cast: Cast):
    team1, _, _ = factories.released(cast)
    assert 'name="release" value="1"' in page(cast, factories.member(team1), "presentations")
    move(cast, team1, factories.DAYS[2])
    releases.release(cast.course, by=cast.instructor.user, now=factories.BEFORE)
    seen = url(cast, "schedule_seen")
    for typed, number in (({}, 0), ({"release": "9" * 20}, 0), ({"release": "1"}, 1), ({"release": "99"}, 2)):
        client_of(factories.member(team1)).post(seen, typed)
        team1.refresh_from_db()
        assert team1.seen_release == number, typed
        assert ("Seen by our team" in page(cast, factories.member(team1), "presentations")) == (number < 2)


def test_a_button_that_mails_says_how_many(cast: Cast):
    team1, team2, _ = factories.released(cast)
    move(cast, team1, factories.DAYS[2])
    assert "Release and mail 2 people\n" in page(cast, cast.instructor, "release")
    move(cast, team2, factories.DAYS[2])
    arranging.add_guest(cast.course, guest="Gus", title="Hello", kind="guest", do_reviews_count=False)
    assert "Release and mail 4 people\n" in page(cast, cast.instructor, "release")
    read = page(cast, cast.instructor, "talk_reviews", factories.talk_of(team1).pk)
    assert "Give it to the whole team, mails 2 people</button>" in read
