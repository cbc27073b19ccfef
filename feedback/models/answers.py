"""Who took part (Completion) and what was said (ScaleCount, FreeText): no row holds both, nor a time of day."""

from typing import Self

from django.db import models

from courses.models import Enrollment, Section
from feedback.models.survey import Question, Survey


class Batch(models.TextChoices):
    """With whom an answer is counted. Late answers wait until five are together, or the survey closes."""

    ON_TIME = "on_time", "on time"
    WAITING = "waiting", "late, not yet counted"
    LATE = "late", "late"


class Completion(models.Model):
    """That a student took part in a survey; never what they said, nor at what time of day."""

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="completions")
    enrollment = models.ForeignKey(Enrollment, on_delete=models.PROTECT, related_name="completions")
    batch = models.CharField(max_length=10, choices=Batch, default=Batch.ON_TIME)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("survey", "enrollment"), name="one_completion_a_person"),)

    def __str__(self) -> str:
        return f"completion of survey {self.survey_id}"


class ScaleCount(models.Model):
    """How often one section gave one value to one question."""

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="counts")
    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="counts")
    section = models.ForeignKey(Section, on_delete=models.PROTECT, related_name="+")
    batch = models.CharField(max_length=10, choices=Batch, default=Batch.ON_TIME)
    value = models.SmallIntegerField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("question", "section", "batch", "value"), name="one_counter_a_value"),
        )

    def __str__(self) -> str:
        return f"counter of survey {self.survey_id}"


class FreeTextQuerySet(models.QuerySet["FreeText"]):
    def readable(self) -> Self:
        """Texts that staff may read: frozen, and not among the late ones that still wait."""
        return self.exclude(survey__frozen_at=None).exclude(batch=Batch.WAITING)


class FreeText(models.Model):
    """What one person wrote: no person, no section, no time."""

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="texts")
    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="texts")
    batch = models.CharField(max_length=10, choices=Batch, default=Batch.ON_TIME)
    text = models.TextField()

    objects = FreeTextQuerySet.as_manager()

    def __str__(self) -> str:
        return f"text of survey {self.survey_id}"
