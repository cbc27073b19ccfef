"""A student's question on its way from the inbox to its published answer."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import F, Max

from accounts.errors import DomainError
from accounts.models import User
from courses.domain import calendar, publishing
from courses.models import ClassMeeting
from feedback.models import FreeText, StudentQuestion, Survey

EDITABLE = ("wording", "reply", "follow_up", "follow_up_reply")


def gather(survey: Survey, texts: Iterable[FreeText]) -> int:
    """Put texts into the inbox in the order given, after those that are there; how many."""
    start = _next_position(survey)
    rows = [
        StudentQuestion(
            course_id=survey.course_id, survey=survey, asked=text.text, wording=text.text[:2_000], position=position
        )
        for position, text in enumerate(texts, start=start)
    ]
    return len(StudentQuestion.objects.bulk_create(rows))


def ask(survey: Survey, *, wording: str) -> StudentQuestion:
    """Add a question by hand: one that staff ask themselves, or heard in class. Raises DomainError if it is empty."""
    wording = _wording(wording)
    publishing.check(wording)
    return StudentQuestion.objects.create(
        course_id=survey.course_id, survey=survey, asked=wording, wording=wording, position=_next_position(survey)
    )


def edit(question: StudentQuestion, *, version: int, by: User, **texts: str) -> None:
    """Change wording, reply, follow-up or its reply. `version` is the one that the editor saw.

    Raises DomainError for an empty wording, and if someone else changed the question meanwhile: then nothing is stored.
    """
    unknown = set(texts) - set(EDITABLE)
    if unknown:
        raise TypeError(f"not editable: {sorted(unknown)}")
    if "wording" in texts:
        texts["wording"] = _wording(texts["wording"])
    publishing.check(*texts.values())
    same = StudentQuestion.objects.filter(pk=question.pk, version=version)
    if not same.update(version=F("version") + 1, replied_by=by, **texts):
        raise DomainError(
            "Someone else changed this question while you wrote. Your text is kept below and not stored: "
            "open the question in a second window, and send again what still holds."
        )
    question.refresh_from_db()


@transaction.atomic
def answer_and_publish(
    question: StudentQuestion, *, version: int, by: User, now: datetime, meeting: ClassMeeting | None, **texts: str
) -> None:
    """Save what staff typed and let students read it, both or neither. Raises as `edit` and `publish` do."""
    edit(question, version=version, by=by, **texts)
    publish(question, by=by, now=now, meeting=meeting)


@transaction.atomic
def merge(question: StudentQuestion, into: StudentQuestion) -> None:
    """Let a question be answered together with another one of the course; those merged into it go along.

    Raises DomainError if it is published, or the other one is itself merged.
    """
    if question.pk == into.pk or question.course_id != into.course_id:
        raise DomainError("Choose another question of this course to merge with.")
    if into.merged_into_id is not None:
        raise DomainError("That question is itself merged; choose the one it went into.")
    if question.published_at is not None:
        raise DomainError("This question is published; take it back before merging it.")
    question.merged.update(merged_into=into)
    _change(question, merged_into=into)


def unmerge(question: StudentQuestion) -> None:
    _change(question, merged_into=None)


def set_aside(question: StudentQuestion, *, now: datetime) -> None:
    """Take a question out of the inbox without answering it; it can be taken back. Raises DomainError if published."""
    if question.published_at is not None:
        raise DomainError("This question is published; take it back before setting it aside.")
    _change(question, set_aside_at=question.set_aside_at or now)


def take_back(question: StudentQuestion) -> None:
    _change(question, set_aside_at=None)


def publish(
    question: StudentQuestion, *, by: User, now: datetime, meeting: ClassMeeting | None = None
) -> StudentQuestion:
    """Let students read a question and its answer, with a class: by default the one after the survey's.

    Asking twice keeps the first time. Raises DomainError for a merged question, one without an answer, and a class
    of another course.
    """
    if not question.reply.strip():
        raise DomainError("This question has no answer yet. Write and save one, then publish it.")
    if question.merged_into_id is not None:
        raise DomainError("This question is merged; publish the one it went into.")
    shown_in = meeting or default_meeting(question)
    if shown_in.course_id != question.course_id:
        raise DomainError("Choose a class of this course.")
    publishing.check(*(getattr(question, name) for name in EDITABLE))
    published_at = question.published_at or now
    _change(question, published_at=published_at, published_in=shown_in, set_aside_at=None, replied_by=by)
    return question


def unpublish(question: StudentQuestion) -> None:
    """Take a published question back into the inbox; students read it no longer."""
    _change(question, published_at=None, published_in=None)


def default_meeting(question: StudentQuestion) -> ClassMeeting:
    """The class in which a question is answered by default: the next after its survey's, else that one."""
    meeting = question.survey.meeting
    return calendar.next_meeting(meeting) or meeting


def _change(question: StudentQuestion, **fields: object) -> None:
    StudentQuestion.objects.filter(pk=question.pk).update(version=F("version") + 1, **fields)
    question.refresh_from_db()


def _next_position(survey: Survey) -> int:
    last = survey.student_questions.aggregate(last=Max("position"))["last"]
    return 0 if last is None else last + 1


def _wording(text: str) -> str:
    if not text.strip():
        return _refuse("A question needs words; what was there before is kept.")
    if len(text) > 2_000:
        return _refuse(f"The wording has {len(text):,} characters; at most 2,000 fit. Nothing is stored yet.")
    return text.strip()


def _refuse(sentence: str) -> str:
    raise DomainError(sentence)
