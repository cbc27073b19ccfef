"""Office hours by their weekly rule, and what differs on one date."""

from uuid import uuid4

from django.conf import settings
from django.core.validators import URLValidator
from django.db import models

from courses.models import Course
from courses.models.meeting import Weekday

is_web_address = URLValidator(
    schemes=["http", "https"], message="A link begins with https:// or http://, like https://zoom.example.edu/j/1."
)


def new_lineage() -> str:
    """A name for a series' events that nothing else has."""
    return uuid4().hex


class Mode(models.TextChoices):
    """How one reaches the host."""

    IN_PERSON = "in_person", "In person"
    ONLINE = "online", "Online"
    BOTH = "both", "In person and online"


class HoursSeries(models.Model):
    """Weekly office hours of one person: wall-clock, in the course's zone.

    `key` is what the course file knows them by, and stays when they are renamed or moved. A series that was split
    ("from this date on") shares its `lineage` with its other part, so that a date stays the same calendar event.
    """

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="hours_series")
    host = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="hours_series")
    key = models.CharField(max_length=60)
    lineage = models.CharField(max_length=32, default=new_lineage)
    title = models.CharField(max_length=120, blank=True)
    weekday = models.PositiveSmallIntegerField(choices=Weekday)
    start = models.TimeField()
    end = models.TimeField()
    mode = models.CharField(max_length=10, choices=Mode, default=Mode.IN_PERSON)
    place = models.CharField(max_length=120, blank=True)
    url = models.CharField("link", max_length=500, blank=True, validators=[is_web_address])
    first_on = models.DateField()
    last_on = models.DateField()
    position = models.PositiveSmallIntegerField(default=0)  # order in the course file

    class Meta:
        ordering = ("course", "position", "pk")
        constraints = (
            models.UniqueConstraint(fields=("course", "key"), name="one_series_a_key"),
            models.CheckConstraint(condition=models.Q(end__gt=models.F("start")), name="hours_end_after_they_start"),
            models.CheckConstraint(
                condition=models.Q(last_on__gte=models.F("first_on")), name="a_series_ends_after_it_begins"
            ),
            models.CheckConstraint(condition=models.Q(weekday__lte=6), name="a_series_has_a_weekday"),
        )

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.start:%H:%M}"

    @property
    def name(self) -> str:
        """What students call it."""
        return self.title or "Office hours"


class HoursChange(models.Model):
    """What differs on one date of a series, known by the date the rule gives; what is empty (null) follows the rule.

    `is_held`: also on a day without class. So is a date that has hours of its own, or was moved to another date.
    """

    series = models.ForeignKey(HoursSeries, on_delete=models.CASCADE, related_name="changes")
    date = models.DateField()
    is_cancelled = models.BooleanField(default=False)
    is_held = models.BooleanField(default=False)
    reason = models.CharField(max_length=300, blank=True)
    new_date = models.DateField(null=True, blank=True)
    start = models.TimeField(null=True, blank=True)
    end = models.TimeField(null=True, blank=True)
    mode = models.CharField(max_length=10, choices=Mode, null=True, blank=True)
    place = models.CharField(max_length=120, null=True, blank=True)
    url = models.CharField(max_length=500, null=True, blank=True, validators=[is_web_address])

    class Meta:
        ordering = ("series", "date")
        constraints = (models.UniqueConstraint(fields=("series", "date"), name="one_change_a_date"),)

    def __str__(self) -> str:
        return f"{self.date}: {'cancelled' if self.is_cancelled else 'changed'}"
