"""An older tab publishes, confirms and overwrites nothing that its reader has not seen."""

import pytest
import time_machine
from django.urls import reverse

from courses.models import Enrollment
from portal.testing import Cast, client_of
from presentations.domain import arranging, plans, releases, reviews
from presentations.tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _before_the_talks():
    with time_machine.travel(world.BEFORE, tick=False):
        yield


def url(cast: Cast, name: str, *args: object) -> str:
    return reverse(name, args=[cast.course.slug, *args])


def page(cast: Cast, who: Enrollment, name: str, *args: object) -> str:
    return client_of(who).get(url(cast, name, *args)).content.decode()


def move(cast: Cast, team: object, day: str) -> None:
    arranging.move(world.talk_of(team), cast.course.meetings.get(date=day))


def test_only_the_changes_that_were_looked_at_are_released(cast: Cast):
    one, two, _ = world.released(cast)
    move(cast, one, world.DAYS[2])
    version = plans.edit_token(releases.pending_changes(cast.course))
    assert f'name="version" value="{version}"' in page(cast, cast.instructor, "release")
    move(cast, two, world.DAYS[2])  # an assistant, meanwhile
    typed = {"note": "Exam week", "version": version}
    answer = client_of(cast.instructor).post(url(cast, "release"), typed)
    read = answer.content.decode()
    assert answer.status_code == 422 and "not those that you saw" in read and 'value="Exam week"' in read
    assert releases.latest(cast.course).number == 1 and world.day_of(two) == world.DAYS[1]
    assert "Changes in the draft: 2" in read
    typed["version"] = plans.edit_token(releases.pending_changes(cast.course))
    assert client_of(cast.instructor).post(url(cast, "release"), typed).status_code == 302
    assert world.day_of(one) == world.day_of(two) == world.DAYS[2]


def test_the_release_that_the_page_showed_is_the_one_seen(cast: Cast):
    one, _, _ = world.released(cast)
    assert 'name="release" value="1"' in page(cast, world.member(one), "presentations")
    move(cast, one, world.DAYS[2])
    releases.release(cast.course, by=cast.instructor.user, now=world.BEFORE)
    seen = url(cast, "schedule_seen")
    for typed, number in (({}, 0), ({"release": "9" * 20}, 0), ({"release": "1"}, 1), ({"release": "99"}, 2)):
        client_of(world.member(one)).post(seen, typed)
        one.refresh_from_db()
        assert one.seen_release == number, typed
        assert ("Seen by our team" in page(cast, world.member(one), "presentations")) == (number < 2)


def test_what_others_of_staff_left_out_is_not_put_back_by_an_older_tab(cast: Cast):
    talk = world.talk_of(world.released(cast)[0])
    start = talk.slots.live().get().meeting.starts_at
    typed = {"content": "4", "clarity": "5", "good": "Great work Bob,\r\nyours Ada"}
    review = reviews.submit(talk, by=cast.student, typed=typed, now=start)
    version = plans.edit_token("Great work Bob,\r\nyours Ada")
    for who in (cast.instructor, cast.assistant):
        assert f'value="{version}"' in page(cast, who, "talk_reviews", talk.pk)
    screen = url(cast, "review_screen", review.pk)
    typed = {"key": "good", "text": "Great work Bob", "version": version}
    client_of(cast.instructor).post(screen, typed)
    answer = client_of(cast.assistant).post(screen, typed | {"text": "Great work Bob, yours Ada"}, follow=True)
    assert "changed meanwhile" in answer.content.decode()
    review.refresh_from_db()
    assert review.screened == {"good": "Great work Bob"}
    typed |= {"version": plans.edit_token("Great work Bob"), "text": ""}
    client_of(cast.assistant).post(screen, typed)
    review.refresh_from_db()
    assert review.screened == {"good": ""}, "left out, from a page that shows what holds"


def test_a_button_that_mails_says_how_many(cast: Cast):
    one, two, _ = world.released(cast)
    move(cast, one, world.DAYS[2])
    assert "Release and mail 2 people\n" in page(cast, cast.instructor, "release")
    move(cast, two, world.DAYS[2])
    arranging.add_guest(cast.course, guest="Gus", title="Hello", kind="guest", do_reviews_count=False)
    assert "Release and mail 4 people\n" in page(cast, cast.instructor, "release")
    read = page(cast, cast.instructor, "talk_reviews", world.talk_of(one).pk)
    assert "Give it to the whole team, mails 2 people</button>" in read
