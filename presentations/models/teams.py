"""Teams, their seats, and the topics they claim."""

from typing import Self

from django.db import models

from courses.models import Course, Enrollment


class Team(models.Model):
    """A team of a course; numbers may have holes, and once given are kept."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="teams")
    number = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=40, blank=True)  # a key of the plan's kinds
    title = models.CharField(max_length=300, blank=True)
    preferred_days = models.JSONField(default=list, blank=True)  # ISO dates, best first
    seen_release = models.PositiveIntegerField(default=0)  # the last release that a member said to have seen
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("course", "number")
        constraints = (models.UniqueConstraint(fields=("course", "number"), name="one_team_a_number"),)

    def __str__(self) -> str:
        return f"Team {self.number}"


class TeamMemberQuerySet(models.QuerySet["TeamMember"]):
    def confirmed(self) -> Self:
        """Those who said yes, or were placed by staff."""
        return self.exclude(confirmed_at=None)

    def active(self) -> Self:
        return self.confirmed().filter(enrollment__dropped_at=None)


class TeamMember(models.Model):
    """A person's seat in a team, from the invitation on. Seats are numbered from 1, so a team cannot overflow."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="members")
    enrollment = models.ForeignKey(Enrollment, on_delete=models.CASCADE, related_name="team_seats")
    seat = models.PositiveSmallIntegerField()
    confirmed_at = models.DateTimeField(null=True, blank=True)  # none: invited

    objects = TeamMemberQuerySet.as_manager()

    class Meta:
        ordering = ("team", "seat")
        constraints = (
            models.UniqueConstraint(fields=("team", "seat"), name="one_person_a_seat"),
            models.UniqueConstraint(fields=("team", "enrollment"), name="one_seat_a_person_in_a_team"),
            models.UniqueConstraint(
                fields=("enrollment",), condition=models.Q(confirmed_at__isnull=False), name="one_team_a_person"
            ),
            models.CheckConstraint(condition=models.Q(seat__gte=1), name="seats_count_from_1"),
        )

    def __str__(self) -> str:
        return f"seat {self.seat} of team {self.team_id}"


class Topic(models.Model):
    """A paper or technology; one team at most claims it. `folded` is the title as it is compared."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="topics")
    kind = models.CharField(max_length=40, blank=True)
    title = models.CharField(max_length=300)
    folded = models.CharField(max_length=300)
    url = models.CharField(max_length=500, blank=True)
    is_suggested = models.BooleanField(default=True)  # by staff; else a team's own idea
    claimed_by = models.OneToOneField(
        Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="claimed_topic"
    )

    class Meta:
        ordering = ("course", "kind", "title")
        constraints = (models.UniqueConstraint(fields=("course", "folded"), name="one_topic_a_title"),)

    def __str__(self) -> str:
        return self.title
