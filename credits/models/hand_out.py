"""Who asked for a code, who got which, and when it was shown."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from courses.models import Enrollment, Role
from credits.models.pool import CreditCode, CreditPool


class Channel(models.TextChoices):
    PORTAL = "portal", "on the portal"
    IN_PERSON = "in_person", "in person"
    CLASS = "class", "in class"
    BREAK = "break", "during a break"
    OFFICE_HOURS = "office_hours", "in office hours"
    APPOINTMENT = "appointment", "by appointment"
    ZOOM = "zoom", "on Zoom"
    EMAIL = "email", "by e-mail, before the portal"


class CreditRequestQuerySet(models.QuerySet["CreditRequest"]):
    def open(self) -> Self:
        return self.filter(state__in=OPEN)

    def asked(self) -> Self:
        return self.filter(state=CreditRequest.State.ASKED)

    def approved(self) -> Self:
        """Those for which no code was there, first come first."""
        return self.filter(state=CreditRequest.State.WAITING).order_by("approved_at", "pk")

    def waiting(self) -> Self:
        """The waiting list: approved, and not dropped since."""
        return self.approved().filter(enrollment__dropped_at=None, enrollment__role=Role.STUDENT)


class CreditRequest(models.Model):
    """A student asks for a code; one open request a student and pool, as one may need codes of two programmes."""

    class State(models.TextChoices):
        ASKED = "asked", "to be decided"
        WAITING = "waiting", "approved, waits for a code"
        SERVED = "served", "served"
        DECLINED = "declined", "declined"
        WITHDRAWN = "withdrawn", "withdrawn by the student"

    pool = models.ForeignKey(CreditPool, on_delete=models.CASCADE, related_name="requests")
    enrollment = models.ForeignKey(Enrollment, on_delete=models.PROTECT, related_name="credit_requests")
    state = models.CharField(max_length=10, choices=State, default=State.ASKED)
    asked_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    reason = models.CharField(max_length=300, blank=True)  # why it was declined, as the student reads it

    objects = CreditRequestQuerySet.as_manager()

    class Meta:
        ordering = ("asked_at", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("pool", "enrollment"),
                condition=Q(state__in=("asked", "waiting")),
                name="one_open_request_a_student",
            ),
        )

    def __str__(self) -> str:
        return f"credit request {self.pk}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN


OPEN = (CreditRequest.State.ASKED, CreditRequest.State.WAITING)


class GrantQuerySet(models.QuerySet["Grant"]):
    def to_collect(self) -> Self:
        return self.filter(is_open=True, code__state=CreditCode.State.GIVEN)

    def faulty(self) -> Self:
        """Those whose code is faulty and who wait for another, first come first."""
        return self.filter(code__state=CreditCode.State.FAULTY).order_by("fulfilled_at", "pk")


class Grant(models.Model):
    """A code that belongs to a student, shown once an opening: there is one, and one more each time staff re-open it.

    `number` is the student's first, second … code of the pool; it never exceeds the pool's `per_student`.
    """

    pool = models.ForeignKey(CreditPool, on_delete=models.PROTECT, related_name="grants")
    enrollment = models.ForeignKey(Enrollment, on_delete=models.PROTECT, related_name="grants")
    number = models.PositiveSmallIntegerField(default=1)
    code = models.OneToOneField(CreditCode, on_delete=models.PROTECT, related_name="grant")
    channel = models.CharField(max_length=12, choices=Channel, default=Channel.PORTAL)
    fulfilled_at = models.DateTimeField()
    openings = models.PositiveSmallIntegerField(default=1)
    is_open = models.BooleanField(default=True)  # it can be shown, once
    revealed_at = models.DateTimeField(null=True, blank=True)  # first
    reported_at = models.DateTimeField(null=True, blank=True)  # "it did not work"
    report = models.CharField(max_length=300, blank=True)

    objects = GrantQuerySet.as_manager()

    class Meta:
        ordering = ("pool", "fulfilled_at", "pk")
        constraints = (models.UniqueConstraint(fields=("pool", "enrollment", "number"), name="one_grant_a_number"),)
        indexes = (models.Index(fields=("pool", "fulfilled_at"), name="grants_by_time"),)

    def __str__(self) -> str:
        return f"grant {self.pk}"

    @property
    def is_ready(self) -> bool:
        return self.is_open and self.is_sound

    @property
    def is_sound(self) -> bool:
        """Whether its code is not known to be faulty; else its student waits for another."""
        return self.code.state == CreditCode.State.GIVEN


class Reveal(models.Model):
    """That a code was shown: once an opening, whatever happens on the way."""

    grant = models.ForeignKey(Grant, on_delete=models.CASCADE, related_name="reveals")
    opening = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    channel = models.CharField(max_length=12, choices=Channel)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("grant", "opening"), name="shown_once_an_opening"),)

    def __str__(self) -> str:
        return f"reveal {self.pk}"


class Handover(models.Model):
    """The desk: for two minutes one student may take a code by six digits that staff tell them."""

    pool = models.ForeignKey(CreditPool, on_delete=models.CASCADE, related_name="handovers")
    enrollment = models.ForeignKey(Enrollment, on_delete=models.CASCADE, related_name="handovers")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    channel = models.CharField(max_length=12, choices=Channel)
    pin_hash = models.CharField(max_length=64)
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True, blank=True)  # taken, replaced by a newer one, or guessed too often

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("pool", "enrollment"), condition=Q(ended_at=None), name="one_handover_a_student"
            ),
        )

    def __str__(self) -> str:
        return f"handover {self.pk}"
