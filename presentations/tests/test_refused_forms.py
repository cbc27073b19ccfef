"""A form that is refused comes back with everything typed, the sentence beside it, and 422."""

import pytest
import time_machine
from django.urls import reverse

from accounts.errors import DomainError
from courses.models import Enrollment
from portal.testing import Cast, client_of
from presentations.domain import topics, windows
from presentations.models import Presentation, ReviewAllowance, Team, Topic
from presentations.tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _before_the_talks():
    with time_machine.travel(world.BEFORE, tick=False):
        yield


def refused(cast: Cast, who: Enrollment, name: str, *args: object, **typed: object) -> str:
    """The page that says no."""
    answer = client_of(who).post(reverse(name, args=[cast.course.slug, *args]), typed)
    assert answer.status_code == 422, answer.status_code
    return answer.content.decode()


def test_a_guest_and_a_talks_hours(cast: Cast):
    talk = world.talk_of(world.released(cast)[0])
    read = refused(cast, cast.assistant, "guest_add", kind="guest", guest="Dr. Long", title="x" * 301)
    assert 'value="Dr. Long"' in read and "at most 300" in read
    read = refused(cast, cast.assistant, "guest_add", kind="guest", title="On clouds")
    assert 'value="On clouds"' in read and "a guest needs a name" in read
    read = refused(cast, cast.assistant, "talk_hours", talk.pk, minutes="many", start="25:61")
    assert 'value="many"' in read and 'value="25:61"' in read and "from 1 to 600" in read
    assert not Presentation.objects.filter(guest__gt="").exists() and talk.slots.draft().get().minutes is None


def test_a_topic_and_a_teams_days(cast: Cast):
    team = world.released(cast)[0]
    topics.suggest(cast.course, title="A Berkeley View")
    read = refused(cast, cast.assistant, "topic_add", title="A Berkeley View", url="https://example.edu/view")
    assert 'value="https://example.edu/view"' in read and "on the list already" in read
    read = refused(cast, cast.assistant, "topic_add", title="Another", url="no address")
    assert 'value="Another"' in read and Topic.objects.filter(is_suggested=True).count() == 1
    own = world.member(team)
    read = refused(cast, own, "team_days", team.pk, choice_1=world.DAYS[1], choice_2=world.DAYS[1])
    assert "A day stands twice" in read and read.count(f'<option value="{world.DAYS[1]}" selected>') == 2
    read = refused(cast, own, "team_days", team.pk, choice_1=world.DAYS[1], choice_2="never")
    assert "A day stands twice" not in read and f'<option value="{world.DAYS[1]}" selected>' in read
    assert Team.objects.get(pk=team.pk).preferred_days == []


def test_more_time_and_a_summary(cast: Cast):
    talk = world.talk_of(world.released(cast)[0])
    meeting = cast.course.meetings.get(date=world.DAYS[0])
    typed = {"person": cast.student.pk, "meeting": meeting.pk, "reason": "A long reason"}
    read = refused(cast, cast.instructor, "allowance", **typed)
    assert 'value="A long reason"' in read and "Waive the duty or give more time" in read
    read = refused(cast, cast.instructor, "talk_release", talk.pk, summary="My own words")
    assert "My own words</textarea>" in read and "whose talk is over" in read


def test_what_was_waived_by_mistake_is_taken_back(cast: Cast):
    world.released(cast)
    said = {"person": cast.student, "meeting": cast.course.meetings.get(date=world.DAYS[0])}
    said |= {"by": cast.instructor.user, "extended_until": None, "reason": "mixed up two names"}
    windows.set_allowance(**said, is_waived=True)
    assert windows.set_allowance(**said, is_waived=False) is None and not ReviewAllowance.objects.exists()
    with pytest.raises(DomainError, match="nothing was changed"):
        windows.set_allowance(**said, is_waived=False)
