"""The pages of reviews: writing, following, screening, more time; each refusal in words."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.urls import reverse

from accounts.errors import DomainError
from courses.domain import calendar
from portal.testing import Cast, client_of, enroll
from presentations.domain import feedback, plans, reviews, windows
from presentations.models import (
    PeerReview,
    ReviewAllowance,
)
from presentations.tests import factories
from presentations.tests.pages import page, post, post_refused, url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("before_the_talks")]


FINE = {"content": "4", "clarity": "5", "good": "Clear.", "better": ""}
AFTER = datetime.fromisoformat("2024-04-10T19:00:00+00:00")  # the first talk is over
TOO_BIG = "9" * 20  # for a database


def test_a_review_is_written_on_its_page_saved_by_itself_and_handed_in(cast: Cast):
    talk = factories.talk_of(factories.released(cast)[0])
    start = talk.slots.live().get().meeting.starts_at
    assert "has not begun yet" in page(cast, cast.student, "talk_review", talk.pk)
    with time_machine.travel(start + timedelta(minutes=5), tick=False):
        assert 'Review<span class="unseen"> Team 1' in page(cast, cast.student, "presentations")
        line = post(cast, cast.student, "talk_review_draft", talk.pk, content="3")
        assert "Draft saved 9:05 am PDT; it is not handed in yet" in line
        answer = client_of(cast.student).post(url(cast, "talk_review", talk.pk), {**FINE, "content": "9"})
        read = answer.content.decode()
        assert answer.status_code == 422 and "Choose a whole number from 1 to 5" in read and "Clear." in read
        assert "Your review is handed in." in post(cast, cast.student, "talk_review", talk.pk, **FINE)
        assert "your own talk" in post(cast, factories.member(talk.team), "talk_review_draft", talk.pk)
    assert PeerReview.objects.get().scores == {"content": 4, "clarity": 5}


def test_staff_follow_screen_and_give_the_reviews(cast: Cast):
    talk = factories.talk_of(factories.released(cast)[0])
    start = talk.slots.live().get().meeting.starts_at
    for k in range(3):
        reviews.submit(talk, by=enroll(cast.course, f"Rev R{k}x"), typed={**FINE, "good": f"Word {k}"}, now=start)
    with time_machine.travel(start + timedelta(days=3), tick=False):
        assert "3 of 3" not in page(cast, cast.assistant, "review_progress")
        review = PeerReview.objects.first()
        post(
            cast,
            cast.assistant,
            "review_screen",
            review.pk,
            key="good",
            text="Kind word",
            version=plans.edit_token("Word 0"),
        )
        assert "reads its feedback now" in post(cast, cast.instructor, "talk_release", talk.pk)
        read = page(cast, factories.member(talk.team), "talk_feedback", talk.pk)
        assert "Kind word" in read and "Word 0" not in read
        rows = client_of(cast.assistant).get(url(cast, "reviews_csv")).content.decode()
        assert rows.startswith("\ufeffStudent,SIS Login ID,Owed,Done,Late,Extra,2024-04-10")
        meeting = factories.meeting(cast, factories.DAYS[1])
        typed = {"person": cast.student.pk, "meeting": meeting.pk, "is_waived": "on", "reason": "ill"}
        client_of(cast.assistant).post(url(cast, "allowance"), typed)
        assert "waived" in page(cast, cast.assistant, "review_progress")


def test_more_time_and_a_summary(cast: Cast):
    talk = factories.talk_of(factories.released(cast)[0])
    meeting = factories.meeting(cast, factories.DAYS[0])
    typed = {"person": cast.student.pk, "meeting": meeting.pk, "reason": "A long reason"}
    read = post_refused(cast, cast.instructor, "allowance", **typed)
    assert 'value="A long reason"' in read and "Waive the duty or give more time" in read
    read = post_refused(cast, cast.instructor, "talk_release", talk.pk, summary="My own words")
    assert "My own words</textarea>" in read and "whose talk is over" in read


def test_what_was_waived_by_mistake_is_taken_back(cast: Cast):
    factories.released(cast)
    allowance = {"person": cast.student, "meeting": cast.course.meetings.get(date=factories.DAYS[0])}
    allowance |= {"by": cast.instructor.user, "extended_until": None, "reason": "mixed up two names"}
    windows.set_allowance(**allowance, is_waived=True)
    assert windows.set_allowance(**allowance, is_waived=False) is None and not ReviewAllowance.objects.exists()
    with pytest.raises(DomainError, match="nothing was changed"):
        windows.set_allowance(**allowance, is_waived=False)


@pytest.mark.parametrize("when", ["0001-01-01T00:00", "9999-12-31T15:59", "9999-12-31T23:59"])
def test_a_time_at_the_calendars_end_is_refused_in_words(cast: Cast, when: str):
    factories.released(cast)
    meeting = factories.meeting(cast, factories.DAYS[0])
    typed = {"person": cast.student.pk, "meeting": meeting.pk, "extended_until": when, "reason": "ill for long"}
    read = post_refused(cast, cast.instructor, "allowance", **typed)
    assert "too far away" in read and "ill for long" in read and not ReviewAllowance.objects.exists()
    assert "too far away" in post_refused(cast, cast.instructor, "presentation_plan", sign_up_until=when)
    with pytest.raises(DomainError, match="too far away"):
        calendar.instant_of(cast.course, datetime.fromisoformat(when))


def test_a_review_whose_number_is_too_big_is_not_found(cast: Cast):
    factories.released(cast)
    answer = client_of(cast.assistant).post(url(cast, "review_screen", int(TOO_BIG)), {"key": "good", "text": "x"})
    assert answer.status_code == 404


def test_a_stored_file_that_is_gone_is_not_found(cast: Cast, tmp_path, settings):
    local = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = {**settings.STORAGES, "default": local}
    talk = factories.talk_of(factories.released(cast)[0])
    review = factories.submitted_review(talk, cast.student)
    review.file.save("review.pdf", ContentFile(b"%PDF-1.7"))
    review.file.storage.delete(review.file.name)
    for who, name, pk in ((cast.student, "talk_file", talk.pk), (cast.assistant, "review_file", review.pk)):
        assert client_of(who).get(reverse(name, args=[cast.course.slug, pk])).status_code == 404


def test_what_others_of_staff_left_out_is_not_put_back_by_an_older_tab(cast: Cast):
    talk = factories.talk_of(factories.released(cast)[0])
    start = talk.slots.live().get().meeting.starts_at
    typed = {"content": "4", "clarity": "5", "good": "Great work Bob,\r\nyours Ada"}
    review = reviews.submit(talk, by=cast.student, typed=typed, now=start)
    version = plans.edit_token(feedback.wording(review, "good"))
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
