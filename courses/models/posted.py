from datetime import datetime
from typing import Self

from django.conf import settings
from django.core.validators import URLValidator
from django.db import models

from courses.models.course import Course
from courses.models.meeting import Published


class Assignment(Published):
    """Something to hand in. A moved due date keeps the first one, which pages show struck through."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft, staff only"
        ANNOUNCED = "announced", "To be posted"
        POSTED = "posted", "Posted"

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="assignments")
    position = models.PositiveSmallIntegerField(default=0)  # order in the course file
    name = models.CharField(max_length=120)
    title = models.CharField(max_length=250, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.POSTED)
    url = models.CharField(max_length=500, blank=True, validators=[URLValidator(["https", "http"])])
    is_extra_credit = models.BooleanField(default=False)
    is_required = models.BooleanField(default=True)
    topics = models.JSONField(default=list, blank=True)
    notes = models.JSONField(default=list, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)  # the whole minute is on time
    originally_due_at = models.DateTimeField(null=True, blank=True)
    moves = models.PositiveSmallIntegerField(default=0)  # how often it moved: one letter a move

    class Meta:
        ordering = ("course", "position", "pk")
        constraints = (models.UniqueConstraint(fields=("course", "name"), name="one_assignment_a_name"),)

    def __str__(self) -> str:
        return self.name

    @property
    def moved_from(self) -> datetime | None:
        """The first due date, if the one that holds is another."""
        return self.originally_due_at if self.originally_due_at != self.due_at else None


class AnnouncementQuerySet(models.QuerySet["Announcement"]):
    def posted(self) -> Self:
        return self.exclude(posted_at=None)


class Announcement(models.Model):
    """Markdown; posting it mails everyone once."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="announcements")
    title = models.CharField(max_length=200)
    text = models.TextField(max_length=20_000)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True, blank=True)
    posted_at = models.DateTimeField(null=True, blank=True)

    objects = AnnouncementQuerySet.as_manager()

    class Meta:
        ordering = ("course", "-posted_at", "-created_at")

    def __str__(self) -> str:
        return self.title
