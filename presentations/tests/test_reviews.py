"""Reviews: when, by whom, what; the deadline and more time; and what the team reads."""

from datetime import datetime, timedelta

import pytest

from accounts.errors import DomainError
from portal.testing import Cast, enroll
from presentations.domain import feedback, reviews, windows
from presentations.models import PeerReview, TeamFeedback
from presentations.queries import progress
from presentations.tests import factories as world

pytestmark = pytest.mark.django_db
FINE = {"content": "4", "clarity": "5", "good": "The demo ran.", "better": "Speak up."}
DUE = datetime.fromisoformat("2024-04-13T06:59:00+00:00")  # Friday April 12, 23:59 in Los Angeles


@pytest.fixture
def talk(cast: Cast):
    return world.talk_of(world.released(cast)[0])


@pytest.fixture
def start(talk):
    return talk.slots.live().get().meeting.starts_at


def refused(call, words: str) -> None:
    with pytest.raises(DomainError, match=words):
        call()
    assert not PeerReview.objects.submitted().exists()


def test_a_review_is_handed_in_once_and_changed_until_the_deadline(cast: Cast, talk, start):
    draft = reviews.save_draft(talk, by=cast.student, typed={"content": "2", "clarity": "99"}, now=start)
    assert draft.scores == {"content": 2} and draft.submitted_at is None
    reviews.submit(talk, by=cast.student, typed=FINE, now=start)
    review = reviews.submit(talk, by=cast.student, typed={**FINE, "content": "1"}, now=DUE + timedelta(seconds=59))
    assert PeerReview.objects.get() == review
    assert (review.scores, review.is_late) == ({"content": 1, "clarity": 5}, False)
    reviews.save_draft(talk, by=cast.student, typed={"content": "3"}, now=start)
    review.refresh_from_db()
    assert review.scores["content"] == 1, "a draft does not undo what was handed in"


def test_a_review_out_of_time_or_of_the_wrong_talk_is_refused(cast: Cast, talk, start):
    def send(by, now):
        return lambda: reviews.submit(talk, by=by, typed=FINE, now=now)

    refused(send(cast.student, start - timedelta(seconds=1)), "has not begun yet")
    refused(send(cast.student, DUE + timedelta(minutes=1)), "deadline is over")
    refused(send(world.member(talk.team), start), "your own talk")
    refused(send(cast.assistant, start), "written by students")
    talk.slots.live().delete()
    refused(send(cast.student, start), "no place")


def test_a_review_of_a_cancelled_class_is_refused(cast: Cast, talk, start):
    cast.course.meetings.filter(starts_at=start).update(is_cancelled=True, number=None)
    refused(lambda: reviews.submit(talk, by=cast.student, typed=FINE, now=start), "cancelled")


@pytest.mark.parametrize("score", ["0", "6", "4.5", "four", "-1", "٤٤", "999999"])
def test_a_score_outside_the_scale_is_refused_at_its_field(cast: Cast, talk, start, score: str):
    with pytest.raises(reviews.ReviewRefusedError) as caught:
        reviews.submit(talk, by=cast.student, typed={**FINE, "content": score}, now=start)
    assert caught.value.sentences == {"content": "Choose a whole number from 1 to 5."}
    assert not PeerReview.objects.exists()


def test_a_comment_that_is_too_long_is_refused_and_one_may_be_left_out(cast: Cast, talk, start):
    with pytest.raises(reviews.ReviewRefusedError, match="at most 5,000"):
        reviews.submit(talk, by=cast.student, typed={**FINE, "good": "x" * 5_001}, now=start)
    assert reviews.submit(talk, by=cast.student, typed={**FINE, "good": ""}, now=start).comments == {
        "better": "Speak up."
    }


def test_more_time_makes_a_review_late_not_refused(cast: Cast, talk, start):
    meeting, by = talk.slots.live().get().meeting, cast.instructor.user
    until = DUE + timedelta(days=1)
    windows.set_allowance(cast.student, meeting, by=by, is_waived=False, extended_until=until, reason="ill")
    assert windows.review_window(talk, cast.student, now=DUE).due_at == until
    review = reviews.submit(talk, by=cast.student, typed=FINE, now=DUE + timedelta(hours=1))
    assert review.is_late
    with pytest.raises(DomainError, match="deadline is over"):
        reviews.submit(talk, by=cast.student, typed=FINE, now=until + timedelta(minutes=1))
    windows.set_allowance(cast.student, meeting, by=by, is_waived=False, extended_until=None, reason="")
    assert windows.review_window(talk, cast.student, now=DUE).due_at == DUE
    with pytest.raises(DomainError, match="Waive the duty or give more time"):
        windows.set_allowance(cast.student, meeting, by=by, is_waived=False, extended_until=None, reason="")


def written(cast: Cast, talk, start, n: int) -> list[PeerReview]:
    people = [enroll(cast.course, f"Rev R{k}eviewer") for k in range(n)]
    return [
        reviews.submit(
            talk,
            by=person,
            typed={"content": str(1 + k % 5), "clarity": "3", "good": f"Good {k}", "better": f"Better {k}"},
            now=start,
        )
        for k, person in enumerate(people)
    ]


def test_the_team_reads_figures_and_comments_fixed_at_release(cast: Cast, talk, start):
    found = written(cast, talk, start, 4)
    feedback.screen(found[0], key="good", text="Fine")
    feedback.screen(found[1], key="good", text="")
    with pytest.raises(DomainError, match="talk is over"):
        feedback.release(talk, now=start)
    made = feedback.release(talk, now=start + timedelta(hours=1))
    assert made.figures[0] == {
        "kind": "scale",
        "label": "Content",
        "max": 5,
        "n": 4,
        "median": "2.5",
        "low": 1,
        "high": 4,
    }
    good, better = made.comments
    assert sorted(good["texts"]) == ["Fine", "Good 2", "Good 3"] and len(better["texts"]) == 4
    found[0].refresh_from_db()
    assert found[0].comments["good"] == "Good 0", "the original is kept for staff"
    for late in (
        lambda: feedback.release(talk, now=DUE),
        lambda: feedback.screen(found[2], key="good", text="No"),
        lambda: reviews.submit(talk, by=cast.student, typed=FINE, now=start),
    ):
        with pytest.raises(DomainError, match=r"released already|cannot be changed|given to the team"):
            late()
    assert feedback.visible_to(talk, world.member(talk.team)) == made
    assert feedback.visible_to(talk, cast.student) is None


def test_fewer_than_three_reviews_are_a_summary_by_staff_only(cast: Cast, talk, start):
    written(cast, talk, start, 2)
    with pytest.raises(DomainError, match="point at someone"):
        feedback.release(talk, now=DUE)
    made = feedback.release(talk, now=DUE, summary="Both liked it.")
    assert (made.n, made.figures, made.comments, made.summary) == (0, [], [], "Both liked it.")
    assert TeamFeedback.objects.count() == 1


def test_comments_come_in_an_order_of_their_own_for_each_prompt(cast: Cast, talk, start):
    written(cast, talk, start, 12)
    made = feedback.release(talk, now=DUE)
    orders = [[int(text.split()[1]) for text in comment["texts"]] for comment in made.comments]
    assert all(sorted(order) == list(range(12)) for order in orders)
    assert orders[0] != orders[1] and list(range(12)) not in orders, "chance 1 in 10^8"


def test_progress_counts_done_owed_extra_late_and_waived(cast: Cast, talk, start):
    reviews.submit(talk, by=cast.student, typed=FINE, now=start)
    meeting = talk.slots.live().get().meeting
    by = cast.instructor.user
    windows.set_allowance(cast.other_student, meeting, by=by, is_waived=True, extended_until=None, reason="ill")
    found = progress.review_progress(cast.course)
    rows = {row.person.pk: row for _, rows in found.sections for row in rows}
    assert (rows[cast.student.pk].done, rows[cast.student.pk].owed) == (1, 3)
    assert (rows[cast.other_student.pk].owed, rows[cast.other_student.pk].cells[0].allowance.reason) == (2, "ill")
    section = cast.course.sections.first()
    assert "Fictive" in progress.as_csv(cast.course, section)
    assert progress.as_csv(cast.course, section).splitlines()[1].endswith("3,1,0,0,1 of 1,0 of 1,0 of 1")


def test_hints_point_at_copies_equal_scores_and_short_texts(cast: Cast, talk, start):
    long = "The live demo of cold starts was clear and the figures were easy to read"
    typed = {"content": "4", "clarity": "5", "good": long, "better": ""}
    others = [enroll(cast.course, name) for name in ("Cop Y", "Sho Rt")]
    reviews.submit(talk, by=cast.student, typed=typed, now=start)
    reviews.submit(talk, by=others[0], typed={**typed, "good": long + "!"}, now=start)
    reviews.submit(talk, by=others[1], typed={"content": "3", "clarity": "3", "good": "ok"}, now=start)
    found = {(review.reviewer.user.name, why) for review, why in progress.review_progress(cast.course).hints}
    assert found == {
        ("Cop Y", "nearly the words of Ada Fictive on Team 1"),
        ("Sho Rt", "every score is 3"),
        ("Sho Rt", "hardly any comment"),
    }
