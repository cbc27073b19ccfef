"""What of a review becomes feedback, and who reads it: drafts, rewritten comments, people who change sides."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.errors import DomainError
from courses.domain import calendar
from courses.models import Enrollment, Role
from portal.testing import Cast, client_of, enroll
from presentations.domain import feedback, reviews, teams, windows
from presentations.models import PeerReview
from presentations.queries import progress
from presentations.tests import factories as world
from presentations.tests.test_pdf_opening import a_page

pytestmark = pytest.mark.django_db
FINE = {"content": "4", "clarity": "5", "good": "The demo ran.", "better": "Speak up."}
HOUR = timedelta(hours=1)


@pytest.fixture
def talk(cast: Cast):
    return world.talk_of(world.released(cast)[0])


@pytest.fixture
def start(talk):
    return talk.slots.live().get().meeting.starts_at


@pytest.fixture
def three(cast: Cast, talk, start) -> list[PeerReview]:
    people = [cast.student, cast.other_student, enroll(cast.course, "Zed Q")]
    return [reviews.submit(talk, by=person, typed=FINE, now=start) for person in people]


def test_a_draft_does_not_become_feedback_when_a_pdf_is_handed_in(cast: Cast, talk, start):
    for person in (cast.student, cast.other_student, enroll(cast.course, "Zed Q")):
        reviews.save_draft(talk, by=person, typed={"content": "1", "good": "half a thought"}, now=start)
        review = world.handed_in(talk, by=person, content=a_page(), better="Said beside it.", now=start)
        assert (review.scores, review.comments) == ({}, {"better": "Said beside it."})
    with pytest.raises(DomainError, match="Fewer than 3"):
        feedback.release(talk, now=start + HOUR)


@pytest.mark.parametrize("wording", ["As staff put it", ""])
@pytest.mark.parametrize("later", ["A kind new comment.", ""])
def test_staffs_wording_falls_away_with_the_comment_it_replaced(cast: Cast, talk, start, three, wording, later):
    feedback.screen(three[0], key="good", text=wording)
    three[0].refresh_from_db()
    feedback.screen(three[0], key="better", text="Louder, please.")
    review = reviews.submit(talk, by=cast.student, typed={**FINE, "good": later}, now=start + HOUR)
    assert review.screened == {"better": "Louder, please."}, "that of the other comment stays"
    page = client_of(cast.instructor).get(reverse("talk_reviews", args=[cast.course.slug, talk.pk])).content.decode()
    assert ("changed a comment after you had worded it" in page) == bool(later)
    if later:
        feedback.screen(review, key="good", text="Kind.")
        review.refresh_from_db()
        assert review.rewritten == []
    made = feedback.release(talk, now=start + HOUR)
    assert sorted(made.comments[0]["texts"]) == sorted(["The demo ran."] * 2 + (["Kind."] if later else []))


def test_a_review_that_crosses_the_release_is_refused_not_lost(cast: Cast, talk, start, three):
    late = enroll(cast.course, "Cross Ing")
    window = reviews.open_window(talk, late, start)
    row = reviews.row_of(talk, late, start)
    feedback.release(talk, now=start + HOUR)
    for again in (
        lambda: reviews.hand_in(row, window, start, scores={"content": 1}, comments={}),
        lambda: feedback.screen(three[0], key="good", text="No"),
        lambda: feedback.release(talk, now=start + HOUR),
    ):
        with pytest.raises(DomainError, match="were given to the team"):
            again()
    row.refresh_from_db()
    assert row.submitted_at is None


def test_a_typo_mended_with_more_time_does_not_make_a_review_late(cast: Cast, talk, start, three):
    from_others = windows.Window(None, is_late=True)
    assert not reviews.hand_in(three[0], from_others, start + 99 * HOUR, comments={"good": "The demo ran!"}).is_late
    newcomer = reviews.row_of(talk, enroll(cast.course, "New Comer"), start)
    assert reviews.hand_in(newcomer, from_others, start + 99 * HOUR, scores={}).is_late


def test_the_talk_of_a_cancelled_class_has_no_feedback(cast: Cast, talk, start):
    calendar.cancel_meeting(talk.slots.live().get().meeting, reason="storm", now=world.BEFORE)
    with pytest.raises(DomainError, match="was cancelled, so it was not given"):
        feedback.release(talk, now=start + HOUR, summary="Well done.")


def test_a_reviewer_who_joins_the_team_is_not_in_its_feedback(cast: Cast, talk, start, three):
    teams.add_member(talk.team, cast.student, now=start)
    with pytest.raises(DomainError, match="Fewer than 3"):
        feedback.release(talk, now=start + HOUR)


def test_who_joins_later_does_not_read_what_was_given_before(cast: Cast, talk, start, three):
    made = feedback.release(talk, now=start + HOUR)
    teams.add_member(talk.team, cast.student, now=start + 2 * HOUR)
    assert feedback.visible_to(talk, cast.student) is None
    assert feedback.visible_to(talk, world.member(talk.team)) == made


def test_a_speaker_who_becomes_staff_does_not_read_who_reviewed_them(cast: Cast, talk, start, three):
    reviews.submit(talk, by=cast.student, typed={**FINE, "content": "5"}, now=start)
    own = world.member(talk.team)
    Enrollment.objects.filter(pk=own.pk).update(role=Role.ASSISTANT, section=None)
    own.refresh_from_db()
    pages = [
        reverse("talk_reviews", args=[cast.course.slug, talk.pk]),
        reverse("review_progress", args=[cast.course.slug]),
    ]
    read = [client_of(own).get(page) for page in pages]
    assert [answer.status_code for answer in read] == [404, 200]
    assert "every score is 5" not in read[1].content.decode()
    assert "every score is 5" in client_of(cast.assistant).get(pages[1]).content.decode()
    assert client_of(own).post(reverse("review_screen", args=[cast.course.slug, three[0].pk])).status_code == 404
    assert client_of(own).get(reverse("review_file", args=[cast.course.slug, three[0].pk])).status_code == 404


def test_who_left_the_team_after_the_release_still_gave_the_talk(cast: Cast, talk, start):
    own = world.member(talk.team)
    teams.remove_member(talk.team.members.get(enrollment=own))
    with pytest.raises(DomainError, match="your own talk"):
        reviews.submit(talk, by=own, typed=FINE, now=start)
    rows = [row for _, rows in progress.review_progress(cast.course).sections for row in rows if row.person == own]
    assert [cell.owed for cell in rows[0].cells] == [0, 1, 1]
