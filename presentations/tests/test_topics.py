"""A title is one team's, however it came to it; titles that differ in a sign are two."""

import pytest
from django.urls import reverse

from accounts.errors import DomainError
from portal.testing import Cast, client_of
from presentations.domain import arranging, reviews, topics
from presentations.models import Team, Topic
from presentations.tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def two(cast: Cast):
    world.make_plan(cast.course)
    return world.make_teams(cast.course, 2)


def test_a_title_that_a_team_was_formed_with_is_taken(two):
    one, other = two
    for again in (one.title, f"  {one.title.upper()}!"):
        with pytest.raises(DomainError, match="was just claimed by Team 1"):
            topics.propose(other, title=again)
    listed = topics.suggest(one.course, title=one.title)
    with pytest.raises(DomainError, match="was just claimed by Team 1"):
        topics.claim(listed, other)
    topics.claim(listed, one)
    topics.propose(one, title="Another one")
    topics.claim(listed, other)
    other.refresh_from_db()
    assert other.title == "Topic 1", "freed when its team took another"


@pytest.mark.parametrize(
    ("one", "two", "are_one"),
    [
        ("C++", "C#", False),
        ("C++", "C", False),
        ("\N{ROCKET}", "\N{SLIGHTLY SMILING FACE}", False),
        ("A  Berkeley-View!", "a berkeley view", True),
        ("Caf\u00e9", "CAFE\u0301", True),
    ],
)
def test_signs_and_pictures_tell_titles_apart_case_and_punctuation_do_not(one, two, are_one):
    assert (topics.folded(one) == topics.folded(two)) == are_one
    assert topics.folded(one) and topics.folded(two)


def test_a_team_mends_the_spelling_and_the_kind_of_its_own_idea(two):
    team = two[0]
    topics.propose(team, title="Kubernetes", kind="technology")
    topics.propose(team, title="kubernetes!", kind="paper")
    team.refresh_from_db()
    topic = Topic.objects.get()
    assert (team.title, team.kind) == (topic.title, topic.kind) == ("kubernetes!", "paper")
    topics.propose(team, title="Kubernetes", kind="")
    team.refresh_from_db()
    assert (team.title, team.kind) == ("Kubernetes", "")


def test_what_staff_suggested_keeps_their_words_on_the_list(two):
    topic = topics.suggest(two[0].course, title="A Berkeley View", kind="paper")
    topics.propose(two[0], title="a berkeley view", kind="technology")
    topic.refresh_from_db()
    two[0].refresh_from_db()
    assert (topic.title, topic.kind) == ("A Berkeley View", "paper")
    assert (two[0].title, two[0].kind) == ("a berkeley view", "technology")
    with pytest.raises(DomainError, match="needs a title"):
        topics.suggest(two[0].course, title=" ?! ")


def test_a_talk_says_what_its_team_presents(two):
    one, _ = two
    arranging.make_talks(one.course)
    topics.propose(one, title="A new topic", kind="paper")
    talk = world.talk_of(one)
    assert (talk.title, talk.kind) == ("A new topic", "paper")
    Team.objects.filter(pk=one.pk).update(title="As staff wrote it")
    arranging.make_talks(one.course)
    assert world.talk_of(one).title == "As staff wrote it", "not published yet"


def test_a_published_talk_follows_its_team_until_it_is_reviewed(cast: Cast):
    one = world.released(cast)[0]
    topics.propose(one, title="A newer topic")
    page = client_of(cast.student).get(reverse("presentations", args=[cast.course.slug])).content.decode()
    assert "A newer topic" in page
    start = world.starts_at(one)
    reviews.submit(world.talk_of(one), by=cast.student, typed={"content": "4", "clarity": "5"}, now=start)
    topics.propose(one, title="Another one again")
    assert world.talk_of(one).title == "A newer topic", "reviewed as what it was"
    assert Team.objects.get(pk=one.pk).title == "Another one again"
