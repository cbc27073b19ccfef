"""What a forgotten machine costs, as the course reminds of it."""

from django.db import models

from courses.models import Course


class CostReminder(models.Model):
    """A sentence about something that costs by the hour, and the assignments that start it."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="cost_reminders")
    position = models.PositiveSmallIntegerField(default=0)
    text = models.CharField(max_length=500)
    instance = models.CharField("What runs", max_length=120, blank=True)
    usd_per_hour = models.DecimalField("USD an hour", max_digits=13, decimal_places=6, null=True, blank=True)
    priced_on = models.DateField("Price of", null=True, blank=True)
    assignments = models.JSONField(default=list, blank=True)  # their names

    class Meta:
        ordering = ("course", "position", "pk")
        constraints = (models.UniqueConstraint(fields=("course", "text"), name="one_cost_reminder_a_text"),)

    def __str__(self) -> str:
        return self.text
