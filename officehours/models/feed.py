import secrets

from django.db import models

from courses.models import Enrollment


def new_token() -> str:
    return secrets.token_urlsafe(32)


class CalendarFeed(models.Model):
    """The address at which one person's calendar reads a course; resetting it ends the old one at once."""

    class Remind(models.TextChoices):
        DAY = "day", "The day before"
        HOUR = "hour", "An hour before"

    enrollment = models.OneToOneField(Enrollment, on_delete=models.CASCADE, related_name="calendar_feed")
    token = models.CharField(max_length=43, unique=True, default=new_token)
    left_out = models.JSONField(default=list, blank=True)  # kinds of events that this person does not want
    remind = models.CharField(max_length=4, choices=Remind, default=Remind.DAY)

    def __str__(self) -> str:
        return f"feed {self.pk}"
