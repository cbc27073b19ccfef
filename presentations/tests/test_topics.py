"""A title is one team's, however it came to it; titles that differ in a sign are two."""

import pytest

from accounts.errors import RuleBroken
from portal.testing import Cast
from presentations.domain import topics
from presentations.models import Topic
from presentations.tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def two(cast: Cast):
    world.make_plan(cast.course)
    return world.make_teams(cast.course, 2)


def test_a_title_that_a_team_was_formed_with_is_taken(two):
    one, other = two
    for again in (one.title, f"  {one.title.upper()}!"):
        with pytest.raises(RuleBroken, match="was just claimed by Team 1"):
            topics.propose(other, title=again)
    listed = topics.suggest(one.course, title=one.title)
    with pytest.raises(RuleBroken, match="was just claimed by Team 1"):
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
    with pytest.raises(RuleBroken, match="needs a title"):
        topics.suggest(two[0].course, title=" ?! ")
