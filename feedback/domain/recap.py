"""The recap of one class: its frozen figures beside those of the class before."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from accounts.errors import DomainError
from courses.domain import calendar
from courses.models import ClassMeeting, Course
from feedback.domain.figures import HUNDREDTH, Distribution, Rate, is_clear, percent, rates_of, rounded
from feedback.models import Question, Survey

Direction = Literal["up", "down", "same", "none"]
ARROWS: dict[Direction, str] = {"up": "↑", "down": "↓", "same": "→", "none": ""}


@dataclass(frozen=True)
class ScaleFigure:
    """One scale question's figures; `now` is None while its group is too small to be shown."""

    question: Question
    now: Distribution | None
    before: Distribution | None

    @property
    def exact_change(self) -> Fraction | None:
        """The difference of the two averages, not rounded."""
        return self.now.exact_mean - self.before.exact_mean if self.now and self.before else None

    @property
    def change(self) -> str | None:
        """The difference with 2 decimals, half up."""
        return None if self.exact_change is None else str(rounded(self.exact_change, HUNDREDTH))

    @property
    def direction(self) -> Direction:
        """Where the average went, by the sign of the unrounded change."""
        if self.exact_change is None:
            return "none"
        return "up" if self.exact_change > 0 else "down" if self.exact_change < 0 else "same"

    @property
    def arrow(self) -> str:
        """The direction as it is drawn."""
        return ARROWS[self.direction]

    @property
    def is_clear(self) -> bool:
        """Whether the change is more than chance."""
        return bool(self.now and self.before and is_clear(self.now, self.before))

    @property
    def anchor(self) -> int | None:
        """The one named value of the scale that is neither its least nor its greatest."""
        inner = [int(v) for v in self.question.anchors if int(v) not in (self.question.min, self.question.max)]
        return inner[0] if len(inner) == 1 else None

    @property
    def shares(self) -> list[tuple[str, int]]:
        """Percent below, at and above the anchor, each with its words."""
        if self.anchor is None or self.now is None:
            return []
        names = {int(value): word for value, word in self.question.anchors.items()}
        words = (
            f"towards “{names.get(self.question.values[0], f'under {self.anchor}')}”",
            f"“{names[self.anchor]}”",
            f"towards “{names.get(self.question.values[-1], f'over {self.anchor}')}”",
        )
        return [(word, int(percent(share))) for word, share in zip(words, self.now.around(self.anchor), strict=True)]


@dataclass(frozen=True)
class SectionFigures:
    """One section's averages by question; None where the group is too small."""

    section: str
    figures: list[ScaleFigure]


@dataclass(frozen=True)
class Recap:
    """Everything that is said of one class, and of the one before."""

    survey: Survey
    previous: Survey | None
    n: int
    figures: list[ScaleFigure]
    sections: list[SectionFigures]
    rates: list[Rate]
    overall: Rate

    @property
    def meeting(self) -> ClassMeeting:
        """The class that was asked about."""
        return self.survey.meeting

    def section(self, code: str) -> SectionFigures | None:
        """One section's averages, if there is a section of this code."""
        return next((section for section in self.sections if section.section == code), None)


def recap_of(survey: Survey, *, late: bool = False) -> Recap:
    """The recap of a frozen survey; with `late`, of its second set of figures.

    Raises DomainError while the survey is open: until it is frozen nobody sees a figure.
    """
    figures = survey.late_figures if late else survey.figures
    if figures is None:
        raise DomainError(f"The survey of {calendar.long_date(survey.meeting.date)} is not frozen yet: no figures.")
    previous = previous_frozen(survey.meeting)
    scales = list(survey.questions.filter(kind=Question.Kind.SCALE))
    before = _before(previous, scales)
    rates, overall = rates_of(figures)
    return Recap(
        survey=survey,
        previous=previous,
        n=figures["n"],
        figures=[ScaleFigure(q, _distribution(q, figures["pooled"]), before[q.key]) for q in scales],
        sections=[
            SectionFigures(s["section"], [ScaleFigure(q, _distribution(q, s["counts"]), None) for q in scales])
            for s in figures["sections"]
        ],
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
    """One class on the line over the quarter: its averages by question key."""

    meeting: ClassMeeting
    means: dict[str, Fraction]


def quarter(course: Course) -> list[QuarterPoint]:
    """The averages of every frozen survey of a course, in the order of its classes."""
    surveys = course.surveys.frozen().filter(meeting__is_cancelled=False).select_related("meeting")
    return [
        QuarterPoint(
            survey.meeting,
            {
                question.key: distribution.exact_mean
                for question in survey.questions.all()
                if question.kind == Question.Kind.SCALE
                and (distribution := _distribution(question, survey.figures["pooled"]))
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
        "questions": {figure.question.key: _figure_json(figure) for figure in recap.figures},
        "response_rates": [{"section": rate.section, **_rate_json(rate)} for rate in recap.rates],
        "overall": _rate_json(recap.overall),
    }


def _figure_json(figure: ScaleFigure) -> dict[str, Any]:
    return {
        "mean": str(figure.now.mean) if figure.now else None,
        "previous": str(figure.before.mean) if figure.before else None,
        "direction": figure.direction,
        "change": figure.change,
        "clear": figure.is_clear,
        "median": figure.now.median if figure.now else None,
        "counts": list(figure.now.counts) if figure.now else None,
    }


def _rate_json(rate: Rate) -> dict[str, Any]:
    return {"completed": rate.completed, "enrolled": rate.enrolled, "text": rate.text}


def _before(previous: Survey | None, scales: list[Question]) -> dict[str, Distribution | None]:
    """The previous class's distribution by question key, where the same scale was asked."""
    if previous is None or previous.figures is None:
        return {question.key: None for question in scales}
    asked = {(q.key, q.min, q.max): q for q in previous.questions.filter(kind=Question.Kind.SCALE)}
    pooled = previous.figures["pooled"]
    return {q.key: _distribution(q, pooled) if (q.key, q.min, q.max) in asked else None for q in scales}


def _distribution(question: Question, counts: dict[str, list[int] | None]) -> Distribution | None:
    found = counts.get(question.key)
    return Distribution(question.values[0], tuple(found)) if found else None
