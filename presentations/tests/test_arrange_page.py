"""The page Arrange: by buttons, its refusals, and the presentation days."""

from datetime import date

import pytest

from portal.testing import Cast, client_of
from presentations.domain import plans, releases
from presentations.models import Presentation
from presentations.tests import factories
from presentations.tests.pages import page, post, post_refused, url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("before_the_talks")]


def test_staff_arrange_by_buttons_and_release(cast: Cast):
    talk = factories.talk_of(factories.released(cast)[0])
    post(cast, cast.assistant, "talk_move", talk.pk, meeting=factories.DAYS[1])
    post(cast, cast.assistant, "talk_nudge", talk.pk, to="earlier")
    assert "Release: 3 changes" in page(cast, cast.instructor, "arrange") or "Release: 2 changes" in page(
        cast, cast.instructor, "arrange"
    )
    assert "stays where it was" in post(cast, cast.assistant, "talk_move", talk.pk, meeting="never")
    assert "Wed Apr 10, talk 1, 9:00 am" in page(cast, cast.instructor, "release")
    version = plans.edit_token(releases.pending_changes(cast.course))
    assert "Release 2 is published" in post(cast, cast.instructor, "release", note="Swap", version=version)
    assert "nothing was released" in post(cast, cast.instructor, "release", version=plans.edit_token([]))
    assert "3 talks were postponed" in post(cast, cast.instructor, "day_postpone", factories.DAYS[1])
    post(cast, cast.assistant, "guest_add", guest="Gus", title="Hello", kind="guest")
    assert "Hello" in page(cast, cast.assistant, "arrange")
    read = post(cast, cast.assistant, "allocate", seed=3)
    assert "seed 3" in read


def test_a_guest_and_a_talks_hours(cast: Cast):
    talk = factories.talk_of(factories.released(cast)[0])
    read = post_refused(cast, cast.assistant, "guest_add", kind="guest", guest="Dr. Long", title="x" * 301)
    assert 'value="Dr. Long"' in read and "at most 300" in read
    read = post_refused(cast, cast.assistant, "guest_add", kind="guest", title="On clouds")
    assert 'value="On clouds"' in read and "a guest needs a name" in read
    read = post_refused(cast, cast.assistant, "talk_hours", talk.pk, minutes="many", start="25:61")
    assert 'value="many"' in read and 'value="25:61"' in read and "from 1 to 600" in read
    assert not Presentation.objects.filter(guest__gt="").exists() and talk.slots.draft().get().minutes is None


def test_a_day_is_added_from_the_classes_and_removed_while_it_is_empty(cast: Cast):
    factories.released(cast)
    browser = client_of(cast.assistant)
    assert "2024-04-22" in browser.get(url(cast, "arrange")).content.decode()
    for _ in range(2):
        browser.post(url(cast, "day_add"), {"date": "2024-04-22"})
    assert [day.meeting.date.day for day in cast.course.presentation_days.all()] == [10, 15, 17, 22]
    read = browser.get(url(cast, "arrange")).content.decode()
    assert url(cast, "day_remove", date(2024, 4, 22)) in read
    assert url(cast, "day_remove", date(2024, 4, 10)) not in read, "a talk stands there"
    for _ in range(2):
        browser.post(url(cast, "day_remove", date(2024, 4, 22)))
    assert cast.course.presentation_days.count() == 3


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2024-04-11", "There is no class on April 11 2024. Choose a class; nothing was added."),
        ("2024-04-15", "There is no class on April 15 2024 (storm)."),
        ("never", "Choose a class from the list; nothing was added."),
    ],
)
def test_a_day_without_class_is_refused(cast: Cast, day: str, words: str):
    cast.course.no_class_days.create(date="2024-04-15", reason="storm")
    cast.course.meetings.filter(date="2024-04-15").update(is_cancelled=True, number=None)
    answer = client_of(cast.assistant).post(url(cast, "day_add"), {"date": day}, follow=True)
    assert words in answer.content.decode() and not cast.course.presentation_days.exists()


def test_a_day_with_a_talk_in_draft_or_published_stays(cast: Cast):
    talk = factories.talk_of(factories.released(cast)[0])
    browser = client_of(cast.assistant)
    gone = url(cast, "day_remove", date(2024, 4, 10))
    assert "1 talk is planned for April 10 2024. Move them first" in browser.post(gone, follow=True).content.decode()
    talk.slots.draft().delete()
    assert "is still published" in browser.post(gone, follow=True).content.decode()
    assert cast.course.presentation_days.count() == 3
    talk.slots.live().delete()
    browser.post(gone)
    assert cast.course.presentation_days.count() == 2
    assert plans.classes_to_add(cast.course)
