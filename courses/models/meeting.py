"""When a course meets, and what is on that day."""

from datetime import date
from typing import Self

from django.db import models

from courses.models.course import Course


class Weekday(models.IntegerChoices):
    MONDAY = 0, "Monday"
    TUESDAY = 1, "Tuesday"
    WEDNESDAY = 2, "Wednesday"
    THURSDAY = 3, "Thursday"
    FRIDAY = 4, "Friday"
    SATURDAY = 5, "Saturday"
    SUNDAY = 6, "Sunday"


class Published(models.Model):
    """What calendars show as an event (RFC 5545): how often it was changed since, when last, and a digest of it.

    See `courses.domain.ical.publish`, which raises the sequence.
    """

    sequence = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField(null=True, blank=True)
    published_digest = models.CharField(max_length=64, blank=True)

    class Meta:
        abstract = True


class WeeklyTime(models.Model):
    """A weekly class time of a course: wall-clock, in the course's zone."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="weekly_times")
    weekday = models.PositiveSmallIntegerField(choices=Weekday)
    start = models.TimeField()
    end = models.TimeField()
    place = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ("course", "weekday", "start")
        constraints = (
            models.UniqueConstraint(fields=("course", "weekday"), name="one_class_time_a_weekday"),
            models.CheckConstraint(condition=models.Q(end__gt=models.F("start")), name="class_ends_after_it_starts"),
        )

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.start:%H:%M}"


class NoClassDay(models.Model):
    """A date without class, with its reason: a holiday, or a class cancelled by staff."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="no_class_days")
    date = models.DateField()
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("course", "date")
        constraints = (models.UniqueConstraint(fields=("course", "date"), name="one_no_class_day_a_date"),)

    def __str__(self) -> str:
        return f"{self.date}: {self.reason}"


class ClassMeetingQuerySet(models.QuerySet["ClassMeeting"]):
    def held(self) -> Self:
        return self.filter(is_cancelled=False)


class ClassMeeting(Published):
    """One class on one date; `number` is its lecture number, none when it is cancelled."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="meetings")
    date = models.DateField()  # local, in the course's zone
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    place = models.CharField(max_length=120, blank=True)
    title = models.CharField(max_length=200, blank=True)
    number = models.PositiveSmallIntegerField(null=True, blank=True)
    is_cancelled = models.BooleanField(default=False)  # its NoClassDay holds the reason
    agenda_version = models.PositiveIntegerField(default=0)  # two staff editing: the second is told

    objects = ClassMeetingQuerySet.as_manager()

    class Meta:
        ordering = ("course", "starts_at")
        constraints = (
            models.UniqueConstraint(fields=("course", "date"), name="one_class_a_date"),
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="a_meeting_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=models.Q(is_cancelled=False) | models.Q(number=None), name="a_cancelled_meeting_has_no_number"
            ),
        )

    def __str__(self) -> str:
        return f"L{self.number} {self.date}" if self.number is not None else f"{self.date} (no class)"

    @property
    def label(self) -> str:
        """The lecture's number as students say it: "L17"."""
        return f"L{self.number}" if self.number is not None else "no class"

    @property
    def short_date(self) -> str:
        """The date as it is written on a slide: "11/21"."""
        return short_date(self.date)


def short_date(day: date) -> str:
    """A date as it is written on a slide: "11/21"."""
    return f"{day.month}/{day.day}"


class AgendaItem(models.Model):
    """One line of a class's agenda.

    `{previous}` in the text stands for the previous meeting's date ("11/21"), so that it is never stale.
    `target` points into other apps by plain keys: {"team": 3}, {"assignment": "Tutorial 8"}.
    """

    class Kind(models.TextChoices):
        LECTURE = "lecture", "Lecture"
        FEEDBACK = "feedback", "Questions from last class"
        ASSIGNMENTS = "assignments", "All assignments"
        ASSIGNMENT = "assignment", "One assignment"
        SCHEDULE = "schedule", "Presentation schedule"
        PRESENTATION = "presentation", "A team's presentation"
        BREAK = "break", "Break"
        OTHER = "other", "Something else"

    meeting = models.ForeignKey(ClassMeeting, on_delete=models.CASCADE, related_name="agenda")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.OTHER)
    text = models.CharField(max_length=300)
    minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    target = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ("meeting", "position")
        constraints = (models.UniqueConstraint(fields=("meeting", "position"), name="one_agenda_line_a_position"),)

    def __str__(self) -> str:
        return self.text
