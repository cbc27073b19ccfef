"""The surveys of a course as staff and students stand to them: while one is open, how many took part and no more."""

import io
from dataclasses import dataclass
from datetime import datetime, timedelta

import segno
from django.conf import settings
from django.db.models import Count, Q
from django.urls import reverse

from courses.domain import calendar
from courses.models import ClassMeeting, Course, Enrollment, Role
from feedback.domain.figures import Rate, rates_of
from feedback.models import Survey
from feedback.models.answers import Batch
from feedback.queries.recap import figures_of
from questionnaires.kind import Figure


@dataclass(frozen=True)
class MySurvey:
    """One survey, and whether this student took part; never what they said."""

    survey: Survey
    batch: str | None  # None: has not answered
    now: datetime

    @property
    def is_late(self) -> bool:
        return self.survey.frozen_at is not None or not calendar.is_on_time(self.survey.due_at, self.now)

    @property
    def can_answer(self) -> bool:
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


@dataclass(frozen=True)
class ClassFeedback:
    """One class and its survey, if it has one."""

    meeting: ClassMeeting
    survey: Survey | None
    enrolled: int
    now: datetime

    @property
    def is_open(self) -> bool:
        return self.survey is not None and self.survey.frozen_at is None

    @property
    def can_open(self) -> bool:
        """Whether a survey can still be opened by hand: the class was within a week, and the course is not over."""
        course = self.meeting.course
        is_recent = self.now - self.meeting.ends_at < timedelta(days=7)
        return self.survey is None and is_recent and self.now < calendar.midnight_after(course, course.ends_on)

    @property
    def took_part(self) -> Rate:
        """How many took part: so far while it is open, as fixed afterwards."""
        if self.survey is None:
            return Rate("", None, self.enrolled)
        if self.survey.figures is not None:
            return rates_of(self.survey.figures)[1]
        return Rate("", self.survey.answered, self.enrolled)  # type: ignore[attr-defined]

    @property
    def figures(self) -> list[Figure]:
        """The figure of each counted question; none while the survey is open."""
        if self.survey is None or self.survey.figures is None:
            return []
        return figures_of(self.survey.questions.all(), self.survey.figures["pooled"])


def classes_of(course: Course, *, now: datetime) -> list[ClassFeedback]:
    """Every class held so far and its survey, newest first."""
    surveys = course.surveys.annotate(answered=_by_students()).prefetch_related("questions")
    by_meeting = {survey.meeting_id: survey for survey in surveys}
    enrolled = course.enrollments.students().count()
    meetings = course.meetings.held().select_related("course").filter(starts_at__lte=now).order_by("-starts_at")
    return [ClassFeedback(meeting, by_meeting.get(meeting.pk), enrolled, now) for meeting in meetings]


def took_part_so_far(survey: Survey) -> Rate:
    """How many of those enrolled now have taken part in a survey."""
    counted = Survey.objects.filter(pk=survey.pk).aggregate(answered=_by_students())
    return Rate("", counted["answered"], survey.course.enrollments.students().count())


def _by_students() -> Count:
    """Completions of those who are students of the course still."""
    are_students = Q(completions__enrollment__dropped_at=None, completions__enrollment__role=Role.STUDENT)
    return Count("completions", filter=are_students)


def survey_address(meeting: ClassMeeting) -> str:
    path = reverse("survey", kwargs={"course_slug": meeting.course.slug, "date": meeting.date})
    return settings.PORTAL_URL + path


def survey_code(meeting: ClassMeeting) -> str:
    """The survey's address as a QR code: an SVG without style or script."""
    drawn = io.BytesIO()
    segno.make(survey_address(meeting), error="m").save(
        drawn, kind="svg", xmldecl=False, svgns=True, omitsize=True, dark="#000", light="#fff", border=4
    )
    return drawn.getvalue().decode()
