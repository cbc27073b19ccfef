"""The log that nobody can edit unseen: rows chained from one head a course; ids are copied, so nothing cascades."""

from django.db import models


class AuditHead(models.Model):
    """Where a course's chain ends; a row of its own, so that one writer at a time appends.

    Triggers refuse to delete it, and to set it back to an earlier row.
    """

    course_id = models.BigIntegerField(unique=True)
    seq = models.PositiveIntegerField(default=0)
    mac = models.CharField(max_length=64, blank=True)
    told_seq = models.PositiveIntegerField(default=0)  # how far the daily letter to staff has told
    told_mac = models.CharField(max_length=64, blank=True)  # and of which row

    def __str__(self) -> str:
        return f"head {self.seq}"


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

    def __str__(self) -> str:
        return f"{self.kind} {self.seq}"
