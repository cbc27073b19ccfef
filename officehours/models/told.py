"""What calendars were told of each event, so that a change raises its SEQUENCE."""

from django.db import models

from courses.models import Course


class ToldEvent(models.Model):
    """One event as it was last told: `sequence` rises each time `content` (a digest) differs."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="told_events")
    uid = models.CharField(max_length=120)
    sequence = models.PositiveIntegerField(default=0)
    content = models.CharField(max_length=64)
    told_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("course", "uid"), name="an_event_is_told_once"),)

    def __str__(self) -> str:
        return f"{self.uid} {self.sequence}"
