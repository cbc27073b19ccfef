"""The recap of one class: its frozen figures beside those of the class before."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from accounts.errors import DomainError
from courses.domain import calendar
from courses.models import ClassMeeting, Course
from feedback.domain.figures import Rate, rates_of
from feedback.models import Question, Survey
from questionnaires.kind import Figure
from questionnaires.questions import counted


@dataclass(frozen=True)
class SectionFigures:
    """One section's averages by question; None where the group is too small."""

    section: str
    figures: list[Figure]


@dataclass(frozen=True)
class Recap:
    """Everything that is said of one class, and of the one before."""

    survey: Survey
    previous: Survey | None
    n: int
    figures: list[Figure]
    sections: list[SectionFigures]
    rates: list[Rate]
    overall: Rate

    @property
    def meeting(self) -> ClassMeeting:
        return self.survey.meeting

    def section(self, code: str) -> SectionFigures | None:
        return next((section for section in self.sections if section.section == code), None)


def recap_of(survey: Survey, *, late: bool = False) -> Recap:
    """The recap of a frozen survey; with `late`, of its second set of figures.

    Raises DomainError while the survey is open: until it is frozen nobody sees a figure.
    """
    figures = survey.late_figures if late else survey.figures
    if figures is None:
        raise DomainError(f"The survey of {calendar.long_date(survey.meeting.date)} is not frozen yet: no figures.")
    previous = previous_frozen(survey.meeting)
    questions = list(survey.questions.counted())
    rates, overall = rates_of(figures)
    return Recap(
        survey=survey,
        previous=previous,
        n=figures["n"],
        figures=figures_of(questions, figures["pooled"], _before(previous, questions)),
        sections=[SectionFigures(s["section"], figures_of(questions, s["counts"])) for s in figures["sections"]],
        rates=rates,
        overall=overall,
    )


def previous_frozen(meeting: ClassMeeting) -> Survey | None:
    """The survey of the last class held before, if it is frozen; an older one is not the one before."""
    before = calendar.previous_meeting(meeting)
    return Survey.objects.frozen().filter(meeting=before).first() if before else None


def neighbours(survey: Survey) -> tuple[Survey | None, Survey | None]:
    """The surveys of the classes before and after this one, whether frozen or not."""
    others = survey.course.surveys.select_related("meeting")
    starts_at = survey.meeting.starts_at
    before = others.filter(meeting__starts_at__lt=starts_at).order_by("meeting__starts_at").last()
    after = others.filter(meeting__starts_at__gt=starts_at).order_by("meeting__starts_at").first()
    return before, after


@dataclass(frozen=True)
class QuarterPoint:
    meeting: ClassMeeting
    means: dict[str, Fraction]


def quarter(course: Course) -> list[QuarterPoint]:
    """The averages of every frozen survey of a course, in the order of its classes."""
    surveys = course.surveys.frozen().filter(meeting__is_cancelled=False).select_related("meeting")
    return [
        QuarterPoint(
            survey.meeting,
            {
                figure.key: figure.exact_mean
                for figure in figures_of(survey.questions.all(), survey.figures["pooled"])
                if figure.exact_mean is not None
            },
        )
        for survey in surveys.prefetch_related("questions").order_by("meeting__starts_at")
        if survey.figures
    ]


def as_json(recap: Recap) -> dict[str, Any]:
    """The recap in the shape that `survey_recap --format json` prints; text questions are left out."""
    return {
        "meeting": recap.meeting.date.isoformat(),
        "number": recap.meeting.number,
        "n": recap.n,
        "questions": {figure.key: figure.as_json() for figure in recap.figures},
        "response_rates": [{"section": rate.section, **_rate_json(rate)} for rate in recap.rates],
        "overall": _rate_json(recap.overall),
    }


def _rate_json(rate: Rate) -> dict[str, Any]:
    return {"completed": rate.completed, "enrolled": rate.enrolled, "text": rate.text}


def _before(previous: Survey | None, questions: Iterable[Question]) -> dict[str, list[int] | None]:
    """The previous class's counts by question key, where the same values were asked."""
    if previous is None or previous.figures is None:
        return {}
    asked = {(q.key, counted(q.answer_kind).comparable) for q in previous.questions.counted()}
    pooled = previous.figures["pooled"]
    return {q.key: pooled[q.key] for q in questions if (q.key, counted(q.answer_kind).comparable) in asked}


def figures_of(
    questions: Iterable[Question], counts: Mapping[str, list[int] | None], before: Mapping[str, list[int] | None] = {}
) -> list[Figure]:
    return [
        counted(q.answer_kind).figure(q.key, counts.get(q.key), before.get(q.key))
        for q in questions
        if q.answer_kind.is_counted
    ]
