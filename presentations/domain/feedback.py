"""What a team reads of its reviews: fixed at release, in an order of its own, with nothing of who wrote it."""

from datetime import datetime
from random import SystemRandom

from django.db import transaction
from django.db.models import QuerySet

from accounts.errors import DomainError
from courses.domain import letters, publishing
from courses.models import Enrollment
from presentations.domain import plans, schedule, windows
from presentations.models import PeerReview, Presentation, ReviewUpload, TeamFeedback, TeamMember
from questionnaires.questions import counted

LEAST = 3  # reviews; fewer would point at someone


def visible_to(talk: Presentation, person: Enrollment) -> TeamFeedback | None:
    """The released feedback of a talk, for staff and those of its team who were in it then; None for anyone else."""
    found = TeamFeedback.objects.filter(presentation=talk).first()
    if found is None or person.is_staff:
        return found
    seats = TeamMember.objects.active().filter(team=talk.team_id, enrollment=person)
    return found if seats.filter(confirmed_at__lte=found.released_at).exists() else None


def talks_for_staff(person: Enrollment) -> "QuerySet[Presentation]":
    """The talks whose reviews, with names, someone of staff may read: all but one that they gave as a student."""
    own = TeamMember.objects.confirmed().filter(enrollment=person)
    return person.course.presentations.exclude(team__in=own.values("team")).select_related("team", "course")


def wording(review: PeerReview, key: str) -> str:
    """A comment as the team is to read it; empty if it is left out."""
    words: str = review.screened.get(key, review.comments.get(key, ""))
    return words


@transaction.atomic
def screen(review: PeerReview, *, key: str, text: str, version: str | None = None) -> None:
    """Reword a comment for the team, or leave it out with an empty text (staff); the original is kept for staff.

    Raises DomainError once the feedback is released, for a comment that is not there, and for one whose wording is not
    that which `version` marks: its author, or others of staff, changed it meanwhile.
    """
    publishing.check(text)
    windows.lock_talk(review.presentation_id)
    review.refresh_from_db()
    if key not in review.comments:
        raise DomainError("This review has no such comment.")
    if version is not None and version != plans.edit_token(wording(review, key)):
        raise DomainError("This comment was changed meanwhile; yours was not kept. Look at it as it reads now.")
    kept = {other: words for other, words in review.screened.items() if other != key}
    changed = {} if text.strip() == review.comments[key] else {key: text.strip()}
    rewritten = [other for other in review.rewritten if other != key]
    PeerReview.objects.filter(pk=review.pk).update(screened=kept | changed, rewritten=rewritten)


@transaction.atomic
def release(talk: Presentation, *, now: datetime, summary: str = "") -> TeamFeedback:
    """Let the whole team read its feedback; reviews of the talk can no longer be written or changed.

    Raises DomainError before the talk is over, for a second release, and for too few reviews without staff's summary.
    """
    publishing.check(summary)
    place = schedule.place_of(talk, schedule.days(talk.course))
    if talk.team is None or place is None or now < place.ends_at:
        raise DomainError("Feedback is for a team whose talk is over; nothing was released.")
    if place.slot.meeting.is_cancelled:
        raise DomainError("The class of this talk was cancelled, so it was not given; nothing was released.")
    windows.lock_talk(talk.pk)
    if ReviewUpload.objects.unchecked().filter(review__presentation=talk).exists():
        raise DomainError("A review that came as a file is being checked; nothing was released. Try again in a minute.")
    outsiders = talk.reviews.submitted().exclude(reviewer__in=place.speakers)
    written = [review for review in outsiders if review.scores]
    enough = len(written) >= LEAST
    if not enough and not summary.strip():
        raise DomainError(
            f"Fewer than {LEAST} reviews would point at someone. Write a summary in your own words instead."
        )
    made = TeamFeedback.objects.create(
        presentation=talk,
        released_at=now,
        n=len(written) if enough else 0,
        figures=_figures(talk, written) if enough else [],
        comments=_comments(talk, written) if enough else [],
        summary=summary.strip(),
    )
    letters.post_to(
        talk.course,
        "feedback_released",
        people=place.people,
        key=f"feedback:{made.pk}",
        kind="feedback_released",
        now=now,
        thread=f"talk-{talk.team_id}",
        talk=talk,
    )
    return made


def _figures(talk: Presentation, written: list[PeerReview]) -> list[dict[str, object]]:
    found = []
    for question in plans.review_plan_of(talk.course).questions:
        answers = [review.scores[question.key] for review in written if question.key in review.scores]
        if question.answer_kind.is_counted and len(answers) >= LEAST:
            kind = counted(question.answer_kind)
            found.append({"kind": kind.name, "label": question.prompt, **kind.team_figure(answers)})
    return found


def _comments(talk: Presentation, written: list[PeerReview]) -> list[dict[str, object]]:
    """The comments of each prompt, each list shuffled by itself, so that no two can be put together."""
    found = []
    for comment in plans.review_plan_of(talk.course).comments or []:
        key = comment["key"]
        texts = [wording(review, key) for review in written]
        texts = [text for text in texts if text]
        SystemRandom().shuffle(texts)
        found.append({"prompt": comment["prompt"], "texts": texts})
    return found
