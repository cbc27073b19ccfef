"""A pool of promotional codes of one programme, each code sealed."""

import uuid
from datetime import date, datetime
from typing import Self

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

    def __str__(self) -> str:
        return f"credit code {self.pk}"
