from typing import Self

from django.db import models
from django.db.models import Q

from courses.models import Enrollment
from officehours.models.hours import OfficeHours


class HoursQueue(models.Model):
    class State(models.TextChoices):
        OPEN = "open", "Open"
        PAUSED = "paused", "Paused"
        LAST_CALL = "last_call", "Last call: nobody else joins"
        CLOSED = "closed", "Closed"

    hours = models.OneToOneField(OfficeHours, on_delete=models.CASCADE, related_name="queue")
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    late_minutes = models.PositiveSmallIntegerField(default=0)  # how late the host is running
    opened_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=0)  # rises with each change, so that pages look again for little

    def __str__(self) -> str:
        return f"queue {self.pk}"

    @property
    def takes_people(self) -> bool:
        return self.state in (self.State.OPEN, self.State.PAUSED)


class QueueEntryQuerySet(models.QuerySet["QueueEntry"]):
    def present(self) -> Self:
        """Those of people who are still in the course."""
        return self.filter(student__dropped_at=None)

    def waiting(self) -> Self:
        """Those who can be called, in order: who was left over last time first, then as they came."""
        waits = self.present().filter(state=QueueEntry.State.WAITING)
        return waits.order_by("-has_priority", "joined_at", "pk")

    def active(self) -> Self:
        return self.filter(state__in=QueueEntry.ACTIVE)

    def before(self, entry: "QueueEntry") -> Self:
        """Those who are called before a place that waits."""
        earlier = Q(joined_at__lt=entry.joined_at) | Q(joined_at=entry.joined_at, pk__lt=entry.pk)
        first = Q(has_priority=True) if not entry.has_priority else Q(pk=None)
        return self.waiting().filter(first | Q(earlier, has_priority=entry.has_priority))


class QueueEntry(models.Model):
    """One place in a queue: a student's, or a team's (its number is a plain key). The note is for staff only."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        AWAY = "away", "Away for a moment"
        CALLED = "called", "Being helped"
        DONE = "done", "Done"
        NO_SHOW = "no_show", "Did not come"
        LEFT = "left", "Left"
        CARRIED = "carried", "First next time"

    ACTIVE = (State.WAITING, State.AWAY, State.CALLED)
    CAN_BE_CARRIED = (State.WAITING, State.AWAY)

    queue = models.ForeignKey(HoursQueue, on_delete=models.CASCADE, related_name="entries")
    student = models.ForeignKey(Enrollment, on_delete=models.CASCADE, related_name="queue_entries")
    team = models.PositiveSmallIntegerField(null=True, blank=True)
    topic = models.CharField(max_length=300, blank=True)
    note = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    has_priority = models.BooleanField(default=False)
    joined_at = models.DateTimeField()
    called_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = QueueEntryQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("queue", "student"),
                condition=Q(state__in=("waiting", "away", "called")),
                name="one_place_a_student",
            ),
            models.UniqueConstraint(
                fields=("queue", "team"),
                condition=Q(state__in=("waiting", "away", "called"), team__isnull=False),
                name="one_place_a_team",
            ),
        )
        indexes = (models.Index(fields=("queue", "state"), name="places_by_state"),)

    def __str__(self) -> str:
        return f"place {self.pk}"
