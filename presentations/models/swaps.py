"""One team asks another to change places."""

from typing import Self

from django.conf import settings
from django.db import models

from courses.models import ClassMeeting, Course, Enrollment
from presentations.models.schedule import Presentation
from presentations.models.teams import Team


class SwapRequestQuerySet(models.QuerySet["SwapRequest"]):
    """Requests, as the rules ask for them."""

    def pending(self) -> Self:
        """Those that still wait: for the other team, or for staff."""
        return self.filter(state__in=SwapRequest.PENDING)


class SwapRequest(models.Model):
    """A proposal with what it saw; moved from state to state by conditional updates, so the first one wins."""

    class State(models.TextChoices):
        OPEN = "open", "Waits for the other team"
        AGREED = "agreed", "Waits for staff"
        ACCEPTED = "accepted", "Swapped"
        DECLINED = "declined", "Declined"
        WITHDRAWN = "withdrawn", "Withdrawn"
        EXPIRED = "expired", "Expired"
        SUPERSEDED = "void", "No longer possible"  # one of the talks moved meanwhile

    PENDING = (State.OPEN, State.AGREED)

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="swap_requests")
    from_team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="swaps_asked")
    to_team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="swaps_received")
    from_talk = models.ForeignKey(Presentation, on_delete=models.CASCADE, related_name="+")
    to_talk = models.ForeignKey(Presentation, on_delete=models.CASCADE, related_name="+")
    from_meeting = models.ForeignKey(ClassMeeting, on_delete=models.CASCADE, related_name="+")
    to_meeting = models.ForeignKey(ClassMeeting, on_delete=models.CASCADE, related_name="+")
    from_order = models.PositiveSmallIntegerField()
    to_order = models.PositiveSmallIntegerField()
    asked_by = models.ForeignKey(Enrollment, on_delete=models.CASCADE, related_name="+")
    note = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    objects = SwapRequestQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=("from_team", "to_team"),
                condition=models.Q(state__in=("open", "agreed")),
                name="one_pending_swap_a_pair",
            ),
        )

    def __str__(self) -> str:
        return f"swap {self.pk}: {self.state}"
