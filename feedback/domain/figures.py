"""The figures of a survey: what freezing fixes, and who took part.

Fixed figures are counts, kept as JSON in Survey.figures (and, with late answers, Survey.late_figures):

    {"n": 52,
     "pooled": {"material": [0, 2, …], "pace": […]},           # one count a value, from min to max
     "sections": [{"section": "TCSS 462", "counts": {"material": […]}}, …],
     "rates": [{"section": "TCSS 462", "completed": 33, "enrolled": 44}, …]}

A list of counts is null where the group is too small to be shown; `completed` is null where it is not known.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import Count, Q, Sum

from courses.models import Role
from feedback.models import Survey
from feedback.models.answers import Batch
from questionnaires.distribution import SMALL, TENTH, percent


def fix(survey: Survey, *, late: bool = False) -> dict[str, Any]:
    """The figures of a survey as they stand; with `late`, the second set, which adds the late answers so far.

    The second set is pooled only: a section's two sets side by side would show what its few late students said.
    Likewise a question that some left out keeps the counts shown before until five more have answered it.
    """
    batches = [Batch.ON_TIME, Batch.LATE] if late else [Batch.ON_TIME]
    sections = list(survey.course.sections.all())
    questions = survey.questions.counted()
    counts = _counts(survey, batches)
    per_section = {
        q.key: {s.code: [counts[q.pk, s.pk, value] for value in q.answer_kind.values] for s in sections}
        for q in questions
    }
    pooled = {key: _pool(of_sections.values()) for key, of_sections in per_section.items()}
    shown = {key: sections_shown({code: sum(c) for code, c in of.items()}) for key, of in per_section.items()}
    before = (survey.late_figures or survey.figures or {}).get("pooled", {}) if late else {}
    took_part = survey.completions.filter(batch__in=batches).count()
    n = max([took_part, *(sum(c) for c in pooled.values())])
    return {
        "n": n,
        "pooled": {key: _shown(c, before.get(key)) for key, c in pooled.items()},
        "sections": []
        if late
        else [
            {
                "section": s.code,
                "counts": {key: of[s.code] if s.code in shown[key] else None for key, of in per_section.items()},
            }
            for s in sections
        ],
        "rates": _rates(survey, batches, is_known=took_part == n and not (survey.imported_digest and not took_part)),
    }


def sections_shown(sizes: Mapping[str, int]) -> set[str]:
    """The sections whose averages may be shown, by how many of each answered.

    A section needs 5 answers, and so does the course. If exactly one would be hidden, the next smallest is hidden
    too, so that pooled less shown never leaves one section alone; a section without answers is no company.
    """
    if sum(sizes.values()) < SMALL:
        return set()
    shown = {code for code, size in sizes.items() if size >= SMALL}
    hidden = [size for code, size in sizes.items() if code not in shown]
    if len(hidden) == 1 or sum(size > 0 for size in hidden) == 1:
        shown -= set(sorted(shown, key=lambda code: sizes[code])[:1])
    return shown


@dataclass(frozen=True)
class Rate:
    """How many of those enrolled took part; `section` is empty for all together."""

    section: str
    completed: int | None
    enrolled: int

    @property
    def share(self) -> Fraction | None:
        """Completions / enrolled students."""
        return Fraction(self.completed, self.enrolled) if self.completed is not None and self.enrolled else None

    @property
    def percent(self) -> Decimal | None:
        """The share in percent with one decimal, half up."""
        return None if self.share is None else percent(self.share, TENTH)

    @property
    def text(self) -> str:
        """As it stands on a slide: "33/44 - 75.0%"."""
        if self.completed is None:
            return "not known"
        counted = f"{self.completed}/{self.enrolled}"
        return counted if self.percent is None else f"{counted} - {self.percent}%"


def rates_of(figures: Mapping[str, Any]) -> tuple[list[Rate], Rate]:
    """The response rates of fixed figures: of each section in the course file's order, and of all together."""
    rates = [Rate(r["section"], r["completed"], r["enrolled"]) for r in figures["rates"]]
    known = [r.completed for r in rates if r.completed is not None]
    total = sum(known) if len(known) == len(rates) else None
    return rates, Rate("", total, sum(r.enrolled for r in rates))


def _counts(survey: Survey, batches: Sequence[str]) -> Counter[tuple[int, int, int]]:
    rows = survey.counts.filter(batch__in=batches).values_list("question", "section", "value").annotate(Sum("count"))
    return Counter({(question, section, value): count for question, section, value, count in rows})


def _pool(lists: Any) -> list[int]:
    return [sum(column) for column in zip(*lists, strict=True)]


def _shown(counts: list[int], before: list[int] | None) -> list[int] | None:
    """The counts once five are together; those shown before until five more are."""
    if before and sum(counts) - sum(before) < SMALL:
        return before
    return counts if sum(counts) >= SMALL else None


def _rates(survey: Survey, batches: Sequence[str], *, is_known: bool) -> list[dict[str, Any]]:
    """Completions of those enrolled now / enrolled now; not known where answers came without completions."""
    students = Q(enrollments__role=Role.STUDENT, enrollments__dropped_at=None)
    took_part = Q(enrollments__completions__survey=survey, enrollments__completions__batch__in=batches)
    counted = survey.course.sections.annotate(
        enrolled=Count("enrollments", filter=students, distinct=True),
        completed=Count("enrollments", filter=students & took_part, distinct=True),
    )
    return [
        {"section": s.code, "completed": s.completed if is_known else None, "enrolled": s.enrolled} for s in counted
    ]
