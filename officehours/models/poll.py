from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from courses.models import Course, Enrollment


class AvailabilityPoll(models.Model):
    """A question about a grid of weekly windows.

    `students` is how many there were when it closed; `set_from` how many of them had answered, once hours were set.
    """

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="availability_polls")
    question = models.CharField(max_length=300, default="When could you come to office hours?")
    weekdays = models.JSONField(default=list)  # numbered as Python numbers them
    start = models.TimeField()
    end = models.TimeField()
    minutes = models.PositiveSmallIntegerField(default=60, validators=[MinValueValidator(15), MaxValueValidator(240)])
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    set_from = models.PositiveIntegerField(null=True, blank=True)
    students = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ("-opened_at", "-pk")
        constraints = (models.CheckConstraint(condition=Q(end__gt=F("start")), name="a_grid_ends_after_it_starts"),)

    def __str__(self) -> str:
        return self.question


class PollAnswer(models.Model):
    """When one student could come: windows ("1 14:30") with yes or maybe; the others are no.

    Whether it `counts` is settled when the poll closes, so that nobody who leaves later can be told from figures.
    """

    poll = models.ForeignKey(AvailabilityPoll, on_delete=models.CASCADE, related_name="answers")
    student = models.ForeignKey(Enrollment, on_delete=models.CASCADE, related_name="poll_answers")
    windows = models.JSONField(default=dict)
    counts = models.BooleanField(default=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("poll", "student"), name="one_answer_a_poll"),)

    def __str__(self) -> str:
        return f"answer {self.pk}"
