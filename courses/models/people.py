"""Who is in a course, in which role, and how a roster came in."""

from typing import Self

from django.conf import settings
from django.db import models

from courses.models.course import Course, Section


class Role(models.TextChoices):
    """What one may do in a course; each role may do what those before it may."""

    STUDENT = "student", "Student"
    ASSISTANT = "assistant", "Assistant"
    INSTRUCTOR = "instructor", "Instructor"

    @property
    def rank(self) -> int:
        return list(Role).index(self)


class EnrollmentQuerySet(models.QuerySet["Enrollment"]):
    def active(self) -> Self:
        return self.filter(dropped_at=None)

    def dropped(self) -> Self:
        return self.filter(dropped_at__isnull=False)

    def students(self) -> Self:
        """Active students: the denominator of every rate."""
        return self.active().filter(role=Role.STUDENT)

    def staff(self) -> Self:
        return self.active().exclude(role=Role.STUDENT)


class Enrollment(models.Model):
    """A person in a course. Someone dropped keeps the row and loses access at once."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="enrollments")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="enrollments")
    role = models.CharField(max_length=10, choices=Role, default=Role.STUDENT)
    section = models.ForeignKey(Section, null=True, blank=True, on_delete=models.PROTECT, related_name="enrollments")
    login = models.CharField(max_length=200, blank=True)  # SIS Login ID: people are known by it, never by name
    canvas_id = models.CharField(max_length=40, blank=True)
    sis_user_id = models.CharField(max_length=40, blank=True)
    canvas_section = models.CharField(max_length=300, blank=True)  # the Section cell as Canvas wrote it
    dropped_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = EnrollmentQuerySet.as_manager()

    class Meta:
        ordering = ("course", "user__sort_name", "user__email")
        constraints = (
            models.UniqueConstraint(fields=("course", "user"), name="one_enrollment_a_person"),
            models.UniqueConstraint(
                fields=("course", "login"), condition=~models.Q(login=""), name="one_enrollment_a_login"
            ),
            models.CheckConstraint(
                condition=~models.Q(role=Role.STUDENT) | models.Q(section__isnull=False), name="a_student_has_a_section"
            ),
        )

    def __str__(self) -> str:
        return f"enrollment {self.pk}"

    @property
    def is_staff(self) -> bool:
        return self.role != Role.STUDENT

    def may(self, role: Role) -> bool:
        """Whether this person may do what `role` may."""
        return Role(self.role).rank >= role.rank


class RosterImport(models.Model):
    """A roster file: what it would do, row by row; applied and undone in one transaction each."""

    class State(models.TextChoices):
        PREVIEWED = "previewed", "Not applied yet"
        APPLIED = "applied", "Applied"
        UNDONE = "undone", "Undone"

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="roster_imports")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    file_name = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State, default=State.PREVIEWED)
    created_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at", "-pk")

    def __str__(self) -> str:
        return f"roster import {self.pk}"


class RosterChange(models.Model):
    """What one row of a roster file does to one person; `before` is what undo puts back."""

    class Kind(models.TextChoices):
        ADDED = "added", "added"
        CHANGED = "changed", "changed"
        DROPPED = "dropped", "dropped"
        NOT_UNDERSTOOD = "not_understood", "not understood"
        UNCHANGED = "unchanged", "unchanged"

    roster_import = models.ForeignKey(RosterImport, on_delete=models.CASCADE, related_name="changes")
    line = models.PositiveIntegerField(null=True)  # of the file, from 1; none for someone whom the file leaves out
    kind = models.CharField(max_length=20, choices=Kind)
    login = models.CharField(max_length=200, blank=True)
    name = models.CharField(max_length=200, blank=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("roster_import", "pk")

    def __str__(self) -> str:
        return f"{self.kind} line {self.line}"
