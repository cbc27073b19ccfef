"""The surveys of a course as one student stands to them."""

from dataclasses import dataclass
from datetime import datetime

from courses.domain import calendar
from courses.models import Enrollment
from feedback.models import Survey
from feedback.models.answers import Batch


@dataclass(frozen=True)
class MySurvey:
    """One survey, and whether this student took part; never what they said."""

    survey: Survey
    batch: str | None  # None: has not answered
    now: datetime

    @property
    def is_late(self) -> bool:
        """Whether an answer given now would be late."""
        return self.survey.frozen_at is not None or not calendar.is_on_time(self.survey.due_at, self.now)

    @property
    def can_answer(self) -> bool:
        """Whether an answer is still taken."""
        return self.batch is None and self.now < self.survey.closes_at

    @property
    def waits(self) -> bool:
        """Whether it waits for this student: open, on time and not answered."""
        return self.can_answer and not self.is_late

    @property
    def is_credited(self) -> bool:
        """Whether its points are earned for all to see: they appear for everyone at once, at freezing."""
        return self.survey.frozen_at is not None and self.batch in (Batch.ON_TIME, Batch.LATE)


def surveys_of(student: Enrollment, *, now: datetime) -> list[MySurvey]:
    """Every survey of the student's course, newest class first."""
    surveys = student.course.surveys.select_related("meeting").order_by("-meeting__starts_at")
    taken = dict(student.completions.values_list("survey", "batch"))
    return [MySurvey(survey, taken.get(survey.pk), now) for survey in surveys]
