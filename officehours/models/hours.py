"""Office hours: the weekly rule of a series, and a row for each of its dates."""

from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Any, Self
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.validators import URLValidator
from django.db import models

from courses.models import Course, Published
from courses.models.meeting import Weekday
from courses.models.meeting import monday as monday

is_web_address = URLValidator(
    schemes=["http", "https"], message="A link begins with https:// or http://, like https://zoom.example.edu/j/1."
)
TERMS = ("start", "end", "mode", "place", "url")  # what a series says of each of its dates


def new_uid() -> str:
    return uuid4().hex


def instants(day: date, start: time, end: time, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """When wall-clock hours of a date begin and end (UTC); each date is made local on its own.

    Hours that lie in the hour that the clocks skip begin after it, and last as long as they say.
    """
    starts_at, ends_at = (datetime.combine(day, wall, tzinfo=zone).astimezone(UTC) for wall in (start, end))
    if ends_at <= starts_at:
        ends_at = starts_at + (datetime.combine(day, end) - datetime.combine(day, start))
    return starts_at, ends_at


class Mode(models.TextChoices):
    IN_PERSON = "in_person", "In person"
    ONLINE = "online", "Online"
    BOTH = "both", "In person and online"


class HoursSeries(models.Model):
    """Weekly office hours of one person: wall-clock, in the course's zone; its dates are rows (OfficeHours).

    `key` is what the course file knows it by, and stays when it is renamed or moved.
    """

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="hours_series")
    host = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="hours_series")
    key = models.CharField(max_length=60)
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
        return self.title or "Office hours"


class Standing(StrEnum):
    """How a date stands at an instant; a cancelled or moved one stays so when it is past."""

    OPEN = "open"
    PAST = "past"
    MOVED = "moved"
    CANCELLED = "cancelled"


class OfficeHoursQuerySet(models.QuerySet["OfficeHours"]):
    def scheduled(self) -> Self:
        return self.filter(state=OfficeHours.State.SCHEDULED)

    def to_come(self, now: datetime) -> Self:
        """Those that are not over."""
        return self.filter(ends_at__gt=now)

    def in_order(self) -> Self:
        """By date and start, with what pages show of them."""
        rows = self.select_related("series", "host", "course")
        return rows.order_by("date", "start", "series__position", "series", "on")


class OfficeHours(Published):
    """Office hours of one date.

    `on` is the date that the weekly rule gave it, the `rule_…` fields what else the rule says of it; `date`, `start`
    and `end` are wall-clock, `starts_at` and `ends_at` the same as instants. One that was changed alone (`is_changed`)
    or cancelled by hand survives changes of its series. `is_kept_on_day_off`: also on a day without class.
    """

    class State(models.TextChoices):
        SCHEDULED = "scheduled", "Scheduled"
        CANCELLED = "cancelled", "Cancelled"  # by hand
        DAY_OFF = "day_off", "Cancelled by rule: a day without class"
        OUTSIDE = "outside", "Cancelled by rule: the series became shorter"

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="office_hours")
    series = models.ForeignKey(HoursSeries, on_delete=models.CASCADE, related_name="dates")
    host = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    on = models.DateField()
    date = models.DateField()
    start = models.TimeField()
    end = models.TimeField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    mode = models.CharField(max_length=10, choices=Mode, default=Mode.IN_PERSON)
    place = models.CharField(max_length=120, blank=True)
    url = models.CharField(max_length=500, blank=True, validators=[is_web_address])
    state = models.CharField(max_length=10, choices=State, default=State.SCHEDULED)
    reason = models.CharField(max_length=300, blank=True)
    is_changed = models.BooleanField(default=False)
    is_kept_on_day_off = models.BooleanField(default=False)
    rule_start = models.TimeField()
    rule_end = models.TimeField()
    rule_mode = models.CharField(max_length=10, choices=Mode, default=Mode.IN_PERSON)
    rule_place = models.CharField(max_length=120, blank=True)
    rule_url = models.CharField(max_length=500, blank=True)
    uid = models.CharField(max_length=120, default=new_uid)

    objects = OfficeHoursQuerySet.as_manager()

    class Meta:
        ordering = ("starts_at", "pk")
        constraints = (
            models.UniqueConstraint(fields=("series", "on"), name="one_row_a_date"),
            models.UniqueConstraint(fields=("course", "uid"), name="one_row_a_uid"),
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="office_hours_end_after_they_start"
            ),
        )
        indexes = (models.Index(fields=("host", "starts_at"), name="office_hours_of_a_host"),)

    def __str__(self) -> str:
        return f"office hours {self.date}"

    @property
    def is_cancelled(self) -> bool:
        """Whether they do not take place, for whatever cause."""
        return self.state != self.State.SCHEDULED

    @property
    def differs_from_rule(self) -> bool:
        return self.date != self.on or any(getattr(self, name) != getattr(self, f"rule_{name}") for name in TERMS)

    @property
    def is_moved(self) -> bool:
        """Whether it was changed alone in what a person sees at once: another link is none of that."""
        seen = ("start", "end", "mode", "place")
        is_otherwise = any(getattr(self, name) != getattr(self, f"rule_{name}") for name in seen)
        return self.is_changed and (self.is_on_another_date or is_otherwise)

    @property
    def is_on_another_date(self) -> bool:
        return self.date != self.on

    @property
    def ignores_days_off(self) -> bool:
        """Whether a day without class does not cancel it: it is kept on that day, or has a date or hours of its own."""
        rule = (self.on, self.rule_start, self.rule_end)
        return self.is_kept_on_day_off or (self.date, self.start, self.end) != rule

    @property
    def mode_label(self) -> str:
        return str(Mode(self.mode).label)

    @property
    def where(self) -> str:
        """The place with how one comes, unless in person: "HALL 2, in person and online"."""
        return self.where_at(self.place)

    def where_at(self, place: str) -> str:
        if self.mode == Mode.IN_PERSON or not place:
            return place or self.mode_label
        return f"{self.mode_label}, {place}" if self.mode == Mode.ONLINE else f"{place}, {self.mode_label.lower()}"

    def standing(self, now: datetime) -> Standing:
        if self.is_cancelled:
            return Standing.CANCELLED
        if self.is_moved:
            return Standing.MOVED
        return Standing.PAST if self.is_over(now) else Standing.OPEN

    def is_over(self, now: datetime) -> bool:
        return self.ends_at <= now

    def has_begun(self, now: datetime) -> bool:
        return self.starts_at <= now

    def is_on(self, now: datetime) -> bool:
        return not self.is_cancelled and self.has_begun(now) and not self.is_over(now)

    def copy(self, **fields: Any) -> "OfficeHours":
        """The same date with other values, not saved; its instants follow its wall-clock time."""
        other = OfficeHours(**{field.attname: getattr(self, field.attname) for field in self._meta.concrete_fields})
        other._state.adding, other._state.db = self._state.adding, self._state.db
        for name in ("course", "series", "host"):
            if name in self._state.fields_cache:
                setattr(other, name, getattr(self, name))
        for name, value in fields.items():
            setattr(other, name, value)
        if {"date", "start", "end"} & fields.keys():
            other.localize()
        return other

    def localize(self) -> None:
        self.starts_at, self.ends_at = instants(self.date, self.start, self.end, self.course.zone)


class FormerAddress(models.Model):
    """Where an address from before dates were rows leads: the number of its series and the Monday of its week."""

    series_number = models.PositiveBigIntegerField()
    monday = models.DateField()
    hours = models.ForeignKey(OfficeHours, on_delete=models.CASCADE, related_name="former_addresses")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("series_number", "monday"), name="one_date_a_former_address"),)

    def __str__(self) -> str:
        return f"{self.series_number}/{self.monday}"
