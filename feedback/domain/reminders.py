"""The one reminder of a survey, to those who have not answered it; never after its due time."""

from datetime import datetime

from django.db import transaction

from courses.domain import letters
from courses.domain.calendar import MINUTE
from feedback.domain import windows
from feedback.models import Completion, Survey
from mail.models import Message

KIND = "survey_reminder"


def remind_due(now: datetime) -> int:
    """Remind the students of every survey whose reminder is due; how many letters."""
    waiting = Survey.objects.unfrozen().filter(
        reminded_at=None, opened_at__lte=now, due_at__gt=now - MINUTE, course__survey_plan__isnull=False
    )
    return sum(_remind(survey, now) for survey in waiting.select_related("course__survey_plan", "meeting"))


@transaction.atomic
def _remind(survey: Survey, now: datetime) -> int:
    """Two sweeps remind once: the first marks the survey."""
    if now < windows.reminder_at(survey, survey.course.survey_plan):
        return 0
    if not Survey.objects.unfrozen().filter(pk=survey.pk, reminded_at=None).update(reminded_at=now):
        return 0
    answered = survey.completions.values("enrollment")
    return letters.post_to(
        survey.course,
        "survey_reminder",
        people=survey.course.enrollments.students().exclude(pk__in=answered).select_related("user"),
        key=_key(survey.pk),
        kind=KIND,
        thread=f"survey-{survey.pk}",
        now=now,
        expires_at=survey.due_at + MINUTE,
        survey=survey,
    )


def is_still_owed(message: Message) -> bool:
    """Whether a letter is still of use: a reminder is not once its survey is answered or fixed."""
    if message.kind != KIND:
        return True
    number = message.key.rpartition(":")[2]
    survey = Survey.objects.unfrozen().filter(pk=number).first()
    return survey is not None and not _has_answered(survey, message)


def _has_answered(survey: Survey, message: Message) -> bool:
    return Completion.objects.filter(survey=survey, enrollment__user=message.recipient_id).exists()


def _key(number: int) -> str:
    return f"survey:{number}"
