"""A student's question, from the inbox to its published answer."""

from typing import Self

from django.conf import settings
from django.db import models

from courses.models import ClassMeeting, Course
from feedback.models.survey import Survey


class StudentQuestionQuerySet(models.QuerySet["StudentQuestion"]):
    def in_inbox(self) -> Self:
        """Those that wait for staff: neither published, nor merged, nor put aside."""
        return self.filter(published_at=None, merged_into=None, set_aside_at=None)

    def published(self) -> Self:
        return self.exclude(published_at=None)

    def newest_first(self) -> Self:
        """By the class they were asked about, the last one first."""
        return self.order_by("-survey__meeting__starts_at", "position", "pk")

    def to_answer(self) -> Self:
        """Those that are answered, or are to be: neither merged nor put aside."""
        return self.filter(merged_into=None, set_aside_at=None)


class StudentQuestion(models.Model):
    """A question asked in a survey; nobody knows by whom. Published, it is "Feedback from 11/21"."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="student_questions")
    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="student_questions")
    asked = models.TextField()  # as it was written
    wording = models.TextField(max_length=2_000)  # as it is shown in class
    reply = models.TextField(blank=True, max_length=20_000)  # Markdown
    follow_up = models.TextField(blank=True, max_length=2_000)  # a further question that the reply raises
    follow_up_reply = models.TextField(blank=True, max_length=20_000)  # Markdown
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="merged")
    set_aside_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    published_in = models.ForeignKey(
        ClassMeeting, null=True, blank=True, on_delete=models.PROTECT, related_name="answered_questions"
    )
    replied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    position = models.PositiveSmallIntegerField(default=0)
    version = models.PositiveIntegerField(default=0)  # two staff editing: the second is told

    objects = StudentQuestionQuerySet.as_manager()

    class Meta:
        ordering = ("survey", "position", "pk")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(published_at=None) | models.Q(published_in__isnull=False),
                name="published_to_a_meeting",
            ),
        )

    def __str__(self) -> str:
        return f"student question {self.pk}"
