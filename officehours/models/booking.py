from datetime import datetime
from typing import Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from courses.models import Course, Enrollment, Published
from officehours.models.hours import OfficeHours


class BookingRules(models.Model):
    """How students of a course may book; without a row, or switched off, they cannot."""

    course = models.OneToOneField(Course, on_delete=models.CASCADE, related_name="booking_rules")
    is_on = models.BooleanField("Students can book", default=False)
    slot_minutes = models.PositiveSmallIntegerField(
        "Minutes a slot", default=15, validators=[MinValueValidator(5), MaxValueValidator(120)]
    )
    open_at_once = models.PositiveSmallIntegerField(
        "Open bookings a student", default=2, validators=[MinValueValidator(1), MaxValueValidator(20)]
    )
    offer_minutes = models.PositiveSmallIntegerField(
        "Minutes to answer an offer", default=120, validators=[MinValueValidator(5), MaxValueValidator(1440)]
    )

    def __str__(self) -> str:
        return "on" if self.is_on else "off"


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    def holding(self) -> Self:
        return self.filter(state__in=Appointment.HOLDING)

    def of_date(self, hours: OfficeHours) -> Self:
        """Those of a date of office hours; not what had begun when the date was moved away from it."""
        return self.filter(hours=hours, starts_at__gte=hours.starts_at, starts_at__lt=hours.ends_at)

    def to_come(self, now: datetime) -> Self:
        """Those that are not over."""
        return self.filter(ends_at__gt=now)

    def asked(self) -> Self:
        return self.filter(state=Appointment.State.ASKED, student__dropped_at=None)

    def cancelled_by_staff(self, now: datetime) -> Self:
        not_by_student = (Appointment.Ended.STAFF, Appointment.Ended.DATE)
        return self.to_come(now).filter(state=Appointment.State.CANCELLED, ended_by__in=not_by_student)

    def counted(self, now: datetime) -> Self:
        """What counts against a student's limit: booked and to come, or asked for and not answered."""
        return self.filter(Q(state__in=Appointment.HOLDING, ends_at__gt=now) | Q(state__in=Appointment.ASKING))


class Appointment(Published):
    """A student's time with a host: a slot of office hours, or without `hours` as both agreed on.

    A team's appointment holds its number as a plain key. `proposed` are the times (ISO, UTC) that were asked for,
    or offered instead.
    """

    class State(models.TextChoices):
        ASKED = "asked", "Asked for"
        COUNTERED = "countered", "Other times offered"
        OFFERED = "offered", "Offered to you"
        BOOKED = "booked", "Booked"
        DECLINED = "declined", "Declined"
        LAPSED = "lapsed", "Not answered in time"
        CANCELLED = "cancelled", "Cancelled"

    class Ended(models.TextChoices):
        GIVEN_BACK = "back", "Given back"
        STAFF = "staff", "Cancelled by staff"
        DATE = "date", "Cancelled with its office hours"

    HOLDING = (State.BOOKED, State.OFFERED)
    ASKING = (State.ASKED, State.COUNTERED)
    GIVEN_BACK = (*HOLDING, State.ASKED)  # what a student can give back

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="appointments")
    host = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    student = models.ForeignKey(Enrollment, on_delete=models.CASCADE, related_name="appointments")
    team = models.PositiveSmallIntegerField(null=True, blank=True)
    topic = models.CharField(max_length=300, blank=True)
    hours = models.ForeignKey(
        OfficeHours, null=True, blank=True, on_delete=models.SET_NULL, related_name="appointments"
    )
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State)
    place = models.CharField(max_length=300, blank=True)  # of one that was agreed on; else its office hours say
    proposed = models.JSONField(default=list, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    ended_by = models.CharField(max_length=5, choices=Ended, blank=True)  # of a cancelled one
    offered_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        ordering = ("starts_at", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("hours", "starts_at"),
                condition=Q(state__in=("booked", "offered"), hours__isnull=False),
                name="one_appointment_a_slot",
            ),
            models.UniqueConstraint(
                fields=("host", "starts_at"),
                condition=Q(state__in=("booked", "offered"), hours__isnull=True),
                name="one_agreed_appointment_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("booked", "offered"))
                | Q(starts_at__isnull=False, ends_at__gt=models.F("starts_at")),
                name="what_is_booked_has_its_time",
            ),
        )

    def __str__(self) -> str:
        return f"appointment {self.pk}"

    @property
    def times(self) -> tuple[datetime, datetime]:
        assert self.starts_at is not None and self.ends_at is not None
        return self.starts_at, self.ends_at

    @property
    def is_request(self) -> bool:
        """Whether it was asked for, with times to choose from; else it is a slot of office hours."""
        return bool(self.proposed)

    @property
    def uid(self) -> str:
        return f"appointment-{self.pk}"


class WaitingListEntry(models.Model):
    hours = models.ForeignKey(OfficeHours, on_delete=models.CASCADE, related_name="waiting_list")
    student = models.ForeignKey(Enrollment, on_delete=models.CASCADE, related_name="waiting_for_hours")
    topic = models.CharField(max_length=300, blank=True)
    since = models.DateTimeField()

    class Meta:
        ordering = ("since", "pk")
        constraints = (models.UniqueConstraint(fields=("hours", "student"), name="one_waits_once_a_date"),)

    def __str__(self) -> str:
        return f"waiting {self.pk}"
