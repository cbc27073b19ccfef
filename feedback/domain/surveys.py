"""The survey of a class: it opens, it is answered.

Who took part is written apart from what was said, in one transaction (see separation.py for what follows).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, F, OuterRef
from django.views.decorators.debug import sensitive_variables

from accounts.errors import DomainError
from courses.domain import calendar
from courses.models import ClassMeeting, Enrollment
from feedback.domain import plans, windows
from feedback.models import Completion, FreeText, ScaleCount, Survey, SurveyPlan
from feedback.models.answers import Batch
from questionnaires import questions
from questionnaires.questions import Answers


class State(StrEnum):
    """Where a survey stands. In all but the last, answers are taken; in LATE and FROZEN they are late."""

    OPEN = "open"
    LATE = "late"  # past its due time, figures not fixed yet
    FROZEN = "frozen"
    CLOSED = "closed"


@dataclass(frozen=True)
class Receipt:
    """What became of an answer: recorded before (then nothing was written), and whether it counts as late."""

    already: bool
    is_late: bool


class AnswersRefusedError(DomainError):
    """Some answers are missing or not understood: `sentences` says, by question key, what to do. It quotes nothing."""

    def __init__(self, sentences: dict[str, str]) -> None:
        super().__init__("Nothing is recorded yet: please look at the questions marked below. What you typed is kept.")
        self.sentences = sentences


def state_of(survey: Survey, now: datetime) -> State:
    if survey.closed_at is not None or now >= survey.closes_at:
        return State.CLOSED
    if survey.frozen_at is not None:
        return State.FROZEN
    return State.OPEN if calendar.is_on_time(survey.due_at, now) else State.LATE


def open_due(now: datetime) -> int:
    """Open the survey of every class that is over and has none; how many. One whose due time is past is left out."""
    followed = ClassMeeting.objects.held().filter(
        course=OuterRef("course"), starts_at__gt=OuterRef("starts_at"), starts_at__lt=now - timedelta(days=2)
    )
    over = ClassMeeting.objects.held().filter(ends_at__lte=now, survey=None, course__survey_plan__isnull=False)
    waiting = over.exclude(Exists(followed)).select_related("course__survey_plan")
    due = [
        meeting for meeting in waiting if calendar.is_on_time(windows.due_at(meeting, meeting.course.survey_plan), now)
    ]
    return sum(_open(meeting, meeting.course.survey_plan, now)[1] for meeting in due)


def open_survey(meeting: ClassMeeting, *, now: datetime) -> Survey:
    """Open the survey of a class that has started; the one it has already, if any.

    Raises DomainError if the course asks no survey, the class is cancelled or has not started, or the course is over.
    """
    existing = Survey.objects.filter(meeting=meeting).first()
    if existing:
        return existing
    plan = SurveyPlan.objects.filter(course=meeting.course).first()
    if plan is None:
        raise DomainError("This course has no daily survey yet; set its questions first.")
    if meeting.is_cancelled:
        raise DomainError("This class is cancelled, so it has no survey.")
    if now < meeting.starts_at:
        raise DomainError("This class has not started; its survey opens when it ends.")
    if now >= calendar.midnight_after(meeting.course, meeting.course.ends_on):
        raise DomainError("The course is over; no survey can be opened any more.")
    return _open(meeting, plan, now)[0]


def _open(meeting: ClassMeeting, plan: SurveyPlan, now: datetime) -> tuple[Survey, bool]:
    """The survey, and whether it was made here: two sweeps make one."""
    try:
        with transaction.atomic():
            return make(meeting, plan, opened_at=now), True
    except IntegrityError:
        return Survey.objects.get(meeting=meeting), False


def make(meeting: ClassMeeting, plan: SurveyPlan, *, opened_at: datetime) -> Survey:
    """The survey of a class with its questions and its counters, all at 0; in a transaction of the caller's."""
    due = windows.due_when_opened(meeting, plan, opened_at)
    survey = Survey.objects.create(
        course=meeting.course,
        meeting=meeting,
        title=plan.title,
        points=plan.points,
        is_extra_credit=plan.is_extra_credit,
        opened_at=opened_at,
        due_at=due,
        closes_at=windows.closes_at(meeting, plan, due),
    )
    plans.ask(survey, plan.questions)
    return survey


def share(survey: Survey) -> Survey:
    """The survey read anew and kept from being frozen until the transaction ends; others may answer meanwhile.

    Raises DomainError if it went with its class, which was cancelled at this moment.
    """
    lock = " FOR KEY SHARE" if connection.vendor == "postgresql" else ""  # SQLite's writers come one after another
    found = list(Survey.objects.raw(f"SELECT * FROM feedback_survey WHERE id = %s{lock}", [survey.pk]))  # noqa: S608
    if not found:
        raise DomainError("This class was cancelled, and its survey with it, so these answers were not recorded.")
    return found[0]


def check_answers(survey: Survey, typed: Mapping[str, object]) -> Answers:
    """The answers of a form, by question key: a number for what is counted, else a text; none for what is left out.

    Raises AnswersRefusedError with one sentence for each question that is not answered as it asks.
    """
    answers, refused = questions.check_answers(survey.questions.all(), typed)
    if refused:
        raise AnswersRefusedError(refused)
    return answers


class NotRecordedError(Exception):
    """Recording an answer failed; only the kind of error is told, since its text might quote the answer."""


@sensitive_variables("answers", "checked")
def submit_response(survey: Survey, *, by: Enrollment, answers: Mapping[str, object], now: datetime) -> Receipt:
    """Record a student's answers once: that they took part, and apart from it what was said.

    A second time writes nothing. Raises DomainError after closing and for anyone but a student of the course,
    AnswersRefusedError for answers that `check_answers` would refuse.
    """
    try:
        checked = check_answers(survey, answers)
        with transaction.atomic():
            return _submit(survey, by, checked, now)
    except DomainError:
        raise
    except Exception as error:
        raise NotRecordedError(type(error).__name__) from None


@sensitive_variables("answers")
def _submit(survey: Survey, by: Enrollment, answers: Answers, now: datetime) -> Receipt:
    survey = share(survey)
    student = _student(survey, by)
    state = state_of(survey, now)
    if state == State.CLOSED:
        raise DomainError("This survey has closed, so these answers were not recorded.")
    batch = Batch.ON_TIME if state == State.OPEN else Batch.WAITING
    try:
        with transaction.atomic():
            Completion.objects.create(survey=survey, enrollment=student, batch=batch)
    except IntegrityError:
        first = Completion.objects.get(survey=survey, enrollment=student)
        return Receipt(already=True, is_late=first.batch != Batch.ON_TIME)
    _record(survey, student, answers, batch)
    return Receipt(already=False, is_late=batch != Batch.ON_TIME)


def _student(survey: Survey, by: Enrollment) -> Enrollment:
    student = Enrollment.objects.students().filter(pk=by.pk, course=survey.course_id).first()
    if student is None:
        raise DomainError(
            "Only the students of the course answer its survey; staff see its questions, and the figures later."
        )
    return student


@sensitive_variables("answers", "answer")
def _record(survey: Survey, student: Enrollment, answers: Answers, batch: Batch) -> None:
    """Raise the counters in question order, so that two answers never wait for each other, and keep the texts."""
    for question in survey.questions.order_by("position"):
        answer = answers.get(question.key, "")
        if answer == "":
            continue
        if not question.answer_kind.is_counted:
            FreeText.objects.create(survey=survey, question=question, batch=batch, text=str(answer))
        else:
            _raise(ScaleCount(survey=survey, question=question, section=student.section, batch=batch, value=answer))
    if survey.imported_digest:  # from now on the files no longer hold every answer
        Survey.objects.filter(pk=survey.pk).update(imported_digest="")


def _raise(counter: ScaleCount) -> None:
    same = ScaleCount.objects.filter(
        question=counter.question, section=counter.section, batch=counter.batch, value=counter.value
    )
    if not same.update(count=F("count") + 1):  # a section that joined the course after the survey was opened
        ScaleCount.objects.bulk_create([counter], ignore_conflicts=True)
        same.update(count=F("count") + 1)
