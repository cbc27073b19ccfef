"""Pools of codes, who asked for one, who got one, and the log of all that."""

import uuid
from datetime import date, datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from courses.models import Course, Enrollment, Role, Section

SHORTEST, LONGEST = 6, 100  # characters of a folded code


class CreditPool(models.Model):
    """One programme's codes for a course; without sections, every section is eligible."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="credit_pools")
    program = models.CharField("Programme", max_length=200, blank=True)
    sections = models.ManyToManyField(Section, blank=True, related_name="credit_pools")
    value_usd = models.DecimalField("Worth in USD", max_digits=13, decimal_places=6, null=True, blank=True)
    expires_on = models.DateField("Credit expires on", null=True, blank=True)  # of the credit, once redeemed
    redeem_by = models.DateField("Redeem by", null=True, blank=True)  # the last day on which a code is taken
    per_student = models.PositiveSmallIntegerField("Codes for one student", default=1)
    note = models.TextField(max_length=5000, blank=True)
    approves_by_rule = models.BooleanField("Approve a student's first request by itself", default=False)
    low_stock = models.PositiveSmallIntegerField("Mail staff when so many codes are left", default=5)
    low_stock_told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("course", "pk")
        constraints = (
            models.UniqueConstraint(fields=("course", "program"), name="one_pool_a_program"),
            models.CheckConstraint(condition=Q(per_student__gte=1), name="a_student_may_have_one_code"),
        )

    def __str__(self) -> str:
        return self.program or "Credits"

    @property
    def last_day(self) -> date | None:
        """The last day on which a code is given out: of redeeming, or of the credit itself."""
        return min((day for day in (self.redeem_by, self.expires_on) if day), default=None)

    def is_for(self, person: Enrollment) -> bool:
        """Whether someone is an active student of an eligible section."""
        if person.course_id != self.course_id or person.role != Role.STUDENT or person.dropped_at:
            return False
        sections = self._sections()
        return not sections or person.section_id in sections

    def students(self, at: datetime) -> models.QuerySet[Enrollment]:
        """For whom it was at an instant: `is_for`, by the role and section of today, which have no history."""
        people = self.course.enrollments.filter(role=Role.STUDENT, created_at__lte=at)
        sections = self._sections()
        if sections:
            people = people.filter(section__in=sections)
        return people.filter(Q(dropped_at=None) | Q(dropped_at__gt=at))

    def _sections(self) -> set[int]:
        return {section.pk for section in self.sections.all()}


class CreditCodeQuerySet(models.QuerySet["CreditCode"]):
    def free(self) -> Self:
        return self.filter(state=CreditCode.State.FREE)


class CreditCode(models.Model):
    """One code, sealed; only domain/vault.py turns it into text.

    `fingerprint` is keyed, so that a code is found again without being opened; `length` is that of the folded code.
    """

    class State(models.TextChoices):
        FREE = "free", "in stock"
        GIVEN = "given", "given out"
        FAULTY = "faulty", "faulty"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)  # known before the code is sealed
    pool = models.ForeignKey(CreditPool, on_delete=models.PROTECT, related_name="codes")
    position = models.PositiveIntegerField()  # in which order codes are given out
    sealed = models.CharField(max_length=1000)
    fingerprint = models.CharField(max_length=64, unique=True)
    length = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=6, choices=State, default=State.FREE)
    imported_at = models.DateTimeField()
    given_at = models.DateTimeField(null=True, blank=True)  # a replacement: later than its grant's first code
    faulty_at = models.DateTimeField(null=True, blank=True)

    objects = CreditCodeQuerySet.as_manager()

    class Meta:
        ordering = ("pool", "position")
        indexes = (
            models.Index(fields=("pool", "position"), condition=Q(state="free"), name="free_codes"),
            models.Index(fields=("length",), name="codes_by_length"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(state="faulty", faulty_at__isnull=False) | ~Q(state="faulty"), name="faulty_since_a_time"
            ),
        )


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


class AuditHead(models.Model):
    """Where a course's chain ends; a row of its own, so that one writer at a time appends.

    Triggers refuse to delete it, and to set it back to an earlier row.
    """

    course_id = models.BigIntegerField(unique=True)
    seq = models.PositiveIntegerField(default=0)
    mac = models.CharField(max_length=64, blank=True)
    told_seq = models.PositiveIntegerField(default=0)  # how far the daily letter to staff has told
    told_mac = models.CharField(max_length=64, blank=True)  # and of which row


class AuditEvent(models.Model):
    """One thing that happened to codes of a course. Triggers refuse to change, delete or truncate it."""

    course_id = models.BigIntegerField()
    seq = models.PositiveIntegerField()
    at = models.DateTimeField()
    kind = models.CharField(max_length=30)
    actor_id = models.BigIntegerField(null=True)  # of accounts.User; none: a sweep or a command
    enrollment_id = models.BigIntegerField(null=True)  # whom it is about
    pool_id = models.BigIntegerField(null=True)
    code_id = models.UUIDField(null=True)
    grant_id = models.BigIntegerField(null=True)
    note = models.CharField(max_length=300, blank=True)
    previous = models.CharField(max_length=64, blank=True)
    mac = models.CharField(max_length=64)

    class Meta:
        ordering = ("course_id", "seq")
        constraints = (models.UniqueConstraint(fields=("course_id", "seq"), name="one_event_a_place_in_the_chain"),)
