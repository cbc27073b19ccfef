"""Writing a review: drafts that save themselves, and handing in."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from accounts.errors import DomainError
from courses.domain import publishing
from courses.models import Enrollment
from presentations.domain import plans, rubric, windows
from presentations.domain.windows import Window
from presentations.models import PeerReview, Presentation, ReviewPlan, ReviewUpload
from questionnaires import questions


class ReviewRefusedError(DomainError):
    """Some of it cannot be taken; `sentences` says why, by field."""

    def __init__(self, sentences: dict[str, str]) -> None:
        super().__init__(" ".join(sentences.values()))
        self.sentences = sentences


def save_draft(talk: Presentation, *, by: Enrollment, typed: Mapping[str, str], now: datetime) -> PeerReview:
    """Keep what was typed so far; a draft is no review. Raises DomainError when the talk cannot be reviewed now.

    What was handed in before stays handed in as it was: it changes when it is sent again.
    """
    open_window(talk, by, now)
    scores, comments, _ = _read(plans.review_plan_of(talk.course), typed)
    review = row_of(talk, by, now)
    same = PeerReview.objects.filter(pk=review.pk, submitted_at=None)
    same.update(scores=scores, comments=comments, saved_at=now)
    review.refresh_from_db()
    return review


def submit(talk: Presentation, *, by: Enrollment, typed: Mapping[str, str], now: datetime) -> PeerReview:
    """Hand in a review, or change one that was handed in. Raises ReviewRefusedError, field by field, or DomainError."""
    window = open_window(talk, by, now)
    with transaction.atomic():
        rubric.lock(plans.review_plan_of(talk.course))
        scores, comments, wrong = _read(plans.review_plan_of(talk.course), typed)
        if wrong:
            raise ReviewRefusedError(wrong)
        review = hand_in(row_of(talk, by, now), window, now, scores=scores, comments=comments)
        ReviewUpload.objects.filter(review=review, file="").delete()
        ReviewUpload.objects.filter(review=review).update(typed={})  # what is typed now is newer than beside the file
        return review


def open_window(talk: Presentation, by: Enrollment, now: datetime) -> Window:
    """The window of this person's review. Raises DomainError if it is not open."""
    window = windows.review_window(talk, by, now=now)
    if window.why_not:
        raise DomainError(window.why_not)
    return window


def row_of(talk: Presentation, by: Enrollment, now: datetime) -> PeerReview:
    """This person's review of the talk; two windows at once make one row."""
    try:
        with transaction.atomic():
            return PeerReview.objects.get_or_create(presentation=talk, reviewer=by, defaults={"saved_at": now})[0]
    except IntegrityError:
        return PeerReview.objects.get(presentation=talk, reviewer=by)


def hand_in(review: PeerReview, window: Window, now: datetime, **what: Any) -> PeerReview:
    """Note that a review was handed in, with what it holds; one that came in time stays in time when it is changed.

    Staff's wording of a comment falls away when the comment changes. Raises DomainError if the team has its feedback.
    """
    publishing.check(*publishing.texts_in(what.get("comments", {})))
    with transaction.atomic():
        windows.lock_talk(review.presentation_id)
        review.refresh_from_db()
        known = {"saved_at": now, "submitted_at": now, "is_late": window.is_late}
        if review.submitted_at:
            known["is_late"] = review.is_late
        known |= _screened(review, what.get("comments", review.comments))
        PeerReview.objects.filter(pk=review.pk).update(**known, **what)
    review.refresh_from_db()
    return review


def _screened(review: PeerReview, comments: Mapping[str, str]) -> dict[str, Any]:
    changed = {key for key in review.screened if review.comments.get(key) != comments.get(key)}
    kept = {key: words for key, words in review.screened.items() if key not in changed}
    return {"screened": kept, "rewritten": sorted(changed.union(review.rewritten) & comments.keys())}


def typed_beside_file(plan: ReviewPlan, typed: Mapping[str, str]) -> dict[str, str]:
    """What was typed in the form's own fields, as it stands."""
    return {asked.key: str(typed[asked.key]) for asked in plan.questions if typed.get(asked.key)}


def added_to(review: PeerReview, plan: ReviewPlan, typed: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """What was handed in, with what was typed beside its file as far as that can be taken; a draft is not among it."""
    scores, comments, _ = _read(plan, typed)
    before = review if review.submitted_at else PeerReview()
    return {"scores": before.scores | scores, "comments": before.comments | comments}


def in_words(review: PeerReview, plan: ReviewPlan) -> list[str]:
    """The scores of a review, each with its key: "content 4"."""
    return [
        f"{asked.key} {questions.counted(asked.answer_kind).words_of(review.scores[asked.key])}"
        for asked in plan.questions
        if asked.key in review.scores
    ]


def _read(plan: ReviewPlan, typed: Mapping[str, str]) -> tuple[dict[str, int], dict[str, str], dict[str, str]]:
    """Scores and comments as they can be kept, and a sentence for each field that cannot."""
    answers, wrong = questions.check_answers(plan.questions, typed)
    scores = {key: answer for key, answer in answers.items() if isinstance(answer, int)}
    comments = {key: answer for key, answer in answers.items() if isinstance(answer, str)}
    return scores, comments, wrong
