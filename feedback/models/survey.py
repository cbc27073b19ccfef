"""What is asked after each class, and from when until when."""

from typing import Self

from django.db import models
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.db.models.lookups import LessThan, LessThanOrEqual

from courses.models import ClassMeeting, Course, Published
from questionnaires.questions import Asked, counted_kinds


class SurveyPlan(models.Model):
    """How a course asks after every class: the window, the reminder and the questions of the next survey.

    `questions` is a list in the course file's shape; each survey copies it when it opens.
    """

    class Opens(models.TextChoices):
        CLASS_END = "class end", "when class ends"

    class Closes(models.TextChoices):
        COURSE_END = "course end", "when the course ends"
        NEXT_MEETING = "next meeting", "when the next class starts"

    course = models.OneToOneField(Course, on_delete=models.CASCADE, related_name="survey_plan")
    title = models.CharField(max_length=200)
    points = models.DecimalField(max_digits=6, decimal_places=2, default=1)
    is_extra_credit = models.BooleanField(default=False)
    opens = models.CharField(max_length=20, choices=Opens, default=Opens.CLASS_END)
    due_days = models.PositiveSmallIntegerField(default=1)  # days before the next meeting
    due_time = models.TimeField()  # local; the whole minute is on time
    closes = models.CharField(max_length=20, choices=Closes, default=Closes.COURSE_END)
    reminder_days = models.PositiveSmallIntegerField(default=0)  # days before the due day
    reminder_time = models.TimeField()  # local; 9:00 unless the course says otherwise
    questions = models.JSONField(default=list)

    def __str__(self) -> str:
        return self.title


class SurveyQuerySet(models.QuerySet["Survey"]):
    def unfrozen(self) -> Self:
        """Those whose figures are not yet fixed."""
        return self.filter(frozen_at=None)

    def frozen(self) -> Self:
        return self.exclude(frozen_at=None)


class Survey(Published):
    """The survey of one class. Due is not closed: late answers count apart until it closes.

    `figures` is what freezing fixed (see domain/figures.py for its shape); `late_figures` the later, second set.
    `shuffle_salt` is the salt of the order in which rows were written again at freezing (see domain/separation.py).
    """

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="surveys")
    meeting = models.OneToOneField(ClassMeeting, on_delete=models.PROTECT, related_name="survey")
    title = models.CharField(max_length=200)
    points = models.DecimalField(max_digits=6, decimal_places=2)
    is_extra_credit = models.BooleanField(default=False)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()  # the minute that was named (20:59); all of it is on time
    closes_at = models.DateTimeField()
    reminded_at = models.DateTimeField(null=True, blank=True)
    frozen_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)  # when the closing was carried out
    shuffled_at = models.DateTimeField(null=True, blank=True)  # when its rows were last written again
    compacted_at = models.DateTimeField(null=True, blank=True)
    figures = models.JSONField(null=True, blank=True)
    late_figures = models.JSONField(null=True, blank=True)
    shuffle_salt = models.CharField(max_length=64, blank=True)
    imported_digest = models.CharField(max_length=64, blank=True)  # of the files it was imported from

    objects = SurveyQuerySet.as_manager()

    class Meta:
        ordering = ("course", "meeting__starts_at")

    def __str__(self) -> str:
        return f"survey {self.pk}"


def _number(option: str) -> Cast:
    return Cast(KeyTextTransform(option, "options"), models.IntegerField())


class QuestionQuerySet(models.QuerySet["Question"]):
    def counted(self) -> Self:
        return self.filter(kind__in=[kind.name for kind in counted_kinds()])


class Question(Asked, models.Model):
    """One question of one survey, locked at the first answer."""

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="questions")
    position = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=40)
    kind = models.CharField(max_length=20)
    prompt = models.CharField(max_length=300)
    is_required = models.BooleanField(default=True)
    points = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)  # shown only
    options = models.JSONField(default=dict, blank=True)  # of a scale {"min": 1, "max": 10, "anchors": {"5": "Fine"}}

    objects = QuestionQuerySet.as_manager()

    class Meta:
        ordering = ("survey", "position")
        constraints = (
            models.UniqueConstraint(fields=("survey", "key"), name="one_question_a_key"),
            models.CheckConstraint(condition=~models.Q(kind=""), name="a_question_has_a_kind"),
            models.CheckConstraint(
                condition=~models.Q(kind="scale")
                | models.Q(options__has_keys=["min", "max"])
                & LessThan(_number("min"), _number("max"))
                & LessThanOrEqual(_number("max"), _number("min") + 10),
                name="a_scale_has_2_to_11_steps",
            ),
        )

    def __str__(self) -> str:
        return self.key
