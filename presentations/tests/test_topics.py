"""A title is one team's, however it came to it; titles that differ in a sign are two."""

import pytest
from django.urls import reverse

from accounts.errors import DomainError
from portal.testing import NOON, Cast, client_of, enroll
from presentations.domain import arranging, reviews, teams, topics
from presentations.models import Team, Topic
from presentations.tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(cast: Cast):
    factories.make_plan(cast.course)
    return factories.make_teams(cast.course, 2)


def test_a_title_that_a_team_was_formed_with_is_taken(pair):
    team1, other = pair
    for again in (team1.title, f"  {team1.title.upper()}!"):
        with pytest.raises(DomainError, match="was just claimed by Team 1"):
            topics.propose(other, title=again)
    listed = topics.suggest(team1.course, title=team1.title)
    with pytest.raises(DomainError, match="was just claimed by Team 1"):
        topics.claim(listed, other)
    topics.claim(listed, team1)
    topics.propose(team1, title="Another one")
    topics.claim(listed, other)
    other.refresh_from_db()
    assert other.title == "Topic 1", "freed when its team took another"


@pytest.mark.parametrize(
    ("title", "other", "are_same"),
    [
        ("C++", "C#", False),
        ("C++", "C", False),
        ("\N{ROCKET}", "\N{SLIGHTLY SMILING FACE}", False),
        ("A  Berkeley-View!", "a berkeley view", True),
        ("Caf\u00e9", "CAFE\u0301", True),
    ],
)
def test_signs_and_pictures_tell_titles_apart_case_and_punctuation_do_not(title, other, are_same):
    assert (topics.folded(title) == topics.folded(other)) == are_same
    assert topics.folded(title) and topics.folded(other)


def test_a_team_changes_the_spelling_and_the_kind_of_its_own_idea(pair):
    team = pair[0]
    topics.propose(team, title="Kubernetes", kind="technology")
    topics.propose(team, title="kubernetes!", kind="paper")
    team.refresh_from_db()
    topic = Topic.objects.get()
    assert (team.title, team.kind) == (topic.title, topic.kind) == ("kubernetes!", "paper")
    topics.propose(team, title="Kubernetes", kind="")
    team.refresh_from_db()
    assert (team.title, team.kind) == ("Kubernetes", "")


def test_what_staff_suggested_keeps_their_words_on_the_list(pair):
    topic = topics.suggest(pair[0].course, title="A Berkeley View", kind="paper")
    topics.propose(pair[0], title="a berkeley view", kind="technology")
    topic.refresh_from_db()
    pair[0].refresh_from_db()
    assert (topic.title, topic.kind) == ("A Berkeley View", "paper")
    assert (pair[0].title, pair[0].kind) == ("a berkeley view", "technology")
    with pytest.raises(DomainError, match="needs a title"):
        topics.suggest(pair[0].course, title=" ?! ")


def test_a_talk_says_what_its_team_presents(pair):
    team1, _ = pair
    arranging.make_talks(team1.course)
    topics.propose(team1, title="A new topic", kind="paper")
    talk = factories.talk_of(team1)
    assert (talk.title, talk.kind) == ("A new topic", "paper")
    Team.objects.filter(pk=team1.pk).update(title="As staff wrote it")
    arranging.make_talks(team1.course)
    assert factories.talk_of(team1).title == "As staff wrote it", "not published yet"


def test_a_published_talk_follows_its_team_until_it_is_reviewed(cast: Cast):
    team1 = factories.released(cast)[0]
    topics.propose(team1, title="A newer topic")
    page = client_of(cast.student).get(reverse("presentations", args=[cast.course.slug])).content.decode()
    assert "A newer topic" in page
    start = factories.starts_at(team1)
    reviews.submit(factories.talk_of(team1), by=cast.student, typed={"content": "4", "clarity": "5"}, now=start)
    topics.propose(team1, title="Another one again")
    assert factories.talk_of(team1).title == "A newer topic", "reviewed as what it was"
    assert Team.objects.get(pk=team1.pk).title == "Another one again"


@pytest.fixture
def people(cast: Cast):
    factories.make_plan(cast.course)
    return [enroll(cast.course, name, section=1) for name in ("Ann One", "Bo Two", "Cy Three", "Di Four")]


def test_a_topic_is_claimed_once_and_freed_when_another_is_taken(cast: Cast, people):
    team1, team2 = (teams.start(person, now=NOON) for person in people[:2])
    topic = topics.suggest(cast.course, title="A Berkeley View", kind="paper")
    with pytest.raises(DomainError, match="on the list already"):
        topics.suggest(cast.course, title="a berkeley  view!")
    topics.claim(topic, team1)
    topics.claim(topic, team1)
    assert (team1.title, team1.kind) == ("A Berkeley View", "paper")
    with pytest.raises(DomainError, match="claimed by Team 1"):
        topics.propose(team2, title="A BERKELEY VIEW")
    topics.propose(team1, title="Lambda, naively")
    topics.claim(topic, team2)
    assert {t.title: t.claimed_by for t in Topic.objects.all()} == {"A Berkeley View": team2, "Lambda, naively": team1}
    with pytest.raises(DomainError, match="needs a title"):
        topics.propose(team1, title=" ?! ")
