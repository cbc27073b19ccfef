"""The rules of presenting; talks and their places, as staff draft them and as they were last released; and swaps."""

from datetime import timedelta
from typing import Self

from django.conf import settings
from django.core.validators import URLValidator
from django.db import models

from courses.models import ClassMeeting, Course, Enrollment, Published
from presentations.models.teams import Team

LARGEST = 50  # people in a team of a course that names no size


class PresentationPlan(models.Model):
    """How a course presents. What is left empty was left open by the instructor."""

    course = models.OneToOneField(Course, on_delete=models.CASCADE, related_name="presentation_plan")
    kinds = models.JSONField(null=True, blank=True)  # [{"key": "paper", "label": "Research paper", "minutes": 25}]
    presenting_sections = models.JSONField(null=True, blank=True)  # codes; none: all sections
    min_size = models.PositiveSmallIntegerField(null=True, blank=True)
    max_size = models.PositiveSmallIntegerField(null=True, blank=True)
    suggested_papers_url = models.CharField(max_length=500, blank=True, validators=[URLValidator(["https", "http"])])
    sign_up_until = models.DateTimeField(null=True, blank=True)  # students start, join and leave teams until then
    minutes = models.PositiveSmallIntegerField(default=20)  # of a talk whose slot does not say
    swaps_need_approval = models.BooleanField(default=True)
    swaps_until_hours = models.PositiveSmallIntegerField(default=24)  # before the earlier talk
    is_public = models.BooleanField(default=False)  # the schedule without names of students, for anyone

    def __str__(self) -> str:
        return f"presentations of {self.course_id}"

    @property
    def kind_labels(self) -> dict[str, str]:
        return {kind["key"]: kind["label"] for kind in self.kinds or []}

    def minutes_of(self, kind: str) -> int:
        """How long a talk of this kind is where its place does not say."""
        own = next((known.get("minutes") for known in self.kinds or [] if known["key"] == kind), None)
        return own or self.minutes

    @property
    def sizes(self) -> tuple[int, int]:
        return self.min_size or 1, self.max_size or LARGEST

    @property
    def swaps_until(self) -> timedelta:
        return timedelta(hours=self.swaps_until_hours)


class PresentationDay(models.Model):
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="presentation_days")
    meeting = models.OneToOneField(ClassMeeting, on_delete=models.RESTRICT, related_name="presentation_day")

    class Meta:
        ordering = ("course", "meeting__starts_at")

    def __str__(self) -> str:
        return str(self.meeting)


class PresentationQuerySet(models.QuerySet["Presentation"]):
    def reviewed(self) -> Self:
        """Those that a classmate has reviewed: they stay where they were held."""
        return self.filter(reviews__submitted_at__isnull=False).distinct()


class Presentation(Published):
    """A talk of a team or a guest, or a break between talks. It keeps its reviews wherever it is moved."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="presentations")
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.RESTRICT, related_name="presentations")
    guest = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=40, blank=True)
    title = models.CharField(max_length=300, blank=True)
    note = models.CharField(max_length=500, blank=True)
    do_reviews_count = models.BooleanField(default=True)
    speakers = models.JSONField(default=list, blank=True)  # enrollments who gave it as it was last released

    objects = PresentationQuerySet.as_manager()

    class Meta:
        ordering = ("course", "pk")

    def __str__(self) -> str:
        return self.title or self.who

    @property
    def who(self) -> str:
        return str(self.team) if self.team else self.guest or self.kind.capitalize() or "Open"

    @property
    def is_talk(self) -> bool:
        return self.kind != "break"


class SlotQuerySet(models.QuerySet["Slot"]):
    def live(self) -> Self:
        return self.filter(edition=Slot.Edition.LIVE)

    def draft(self) -> Self:
        return self.filter(edition=Slot.Edition.DRAFT)


class Slot(models.Model):
    """A place in a class: its order, its minutes, and the talk that is given there; none for a moment of a move."""

    class Edition(models.TextChoices):
        DRAFT = "draft", "Draft"
        LIVE = "live", "Released"

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="slots")
    edition = models.CharField(max_length=5, choices=Edition)
    meeting = models.ForeignKey(ClassMeeting, on_delete=models.RESTRICT, related_name="slots")
    order = models.PositiveSmallIntegerField()
    start = models.TimeField(null=True, blank=True)  # local; none: after the one before, the first when class begins
    minutes = models.PositiveSmallIntegerField(null=True, blank=True)  # none: the plan's
    talk = models.ForeignKey(Presentation, null=True, on_delete=models.CASCADE, related_name="slots")

    objects = SlotQuerySet.as_manager()

    class Meta:
        ordering = ("course", "meeting__starts_at", "order")
        constraints = (
            models.UniqueConstraint(fields=("edition", "meeting", "order"), name="one_slot_an_order"),
            models.UniqueConstraint(fields=("edition", "talk"), name="one_place_a_talk"),
        )

    def __str__(self) -> str:
        return f"{self.edition} {self.meeting_id}.{self.order}"


class Release(models.Model):
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="releases")
    number = models.PositiveIntegerField()
    released_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    note = models.CharField(max_length=300, blank=True)
    changes = models.JSONField(default=list)  # domain/releases.py: what moved, was added or removed
    schedule = models.JSONField(default=list)  # every place as it was released

    class Meta:
        ordering = ("course", "number")
        constraints = (models.UniqueConstraint(fields=("course", "number"), name="one_release_a_number"),)

    def __str__(self) -> str:
        return f"Release {self.number}"


class SwapPair(models.Model):
    """A team that may swap with another one; each of the two may ask."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="swap_pairs")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="may_swap")
    other = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField()  # as the course file lists them

    class Meta:
        ordering = ("course", "position")
        constraints = (
            models.UniqueConstraint(fields=("team", "other"), name="one_swap_pair"),
            models.CheckConstraint(condition=~models.Q(team=models.F("other")), name="a_team_swaps_with_another"),
        )

    def __str__(self) -> str:
        return f"{self.team_id} with {self.other_id}"


class SwapRequestQuerySet(models.QuerySet["SwapRequest"]):
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
