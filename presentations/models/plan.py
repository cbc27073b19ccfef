"""The instructor's rules: kinds, sizes, days, swaps, and what a review asks."""

from datetime import date, timedelta

from django.core.validators import URLValidator
from django.db import models

from courses.models import ClassMeeting, Course, Section
from questionnaires.questions import PlannedQuestion, options_of


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
    def swaps_until(self) -> timedelta:
        return timedelta(hours=self.swaps_until_hours)


class PresentationDay(models.Model):
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="presentation_days")
    meeting = models.OneToOneField(ClassMeeting, on_delete=models.RESTRICT, related_name="presentation_day")

    class Meta:
        ordering = ("course", "meeting__starts_at")

    def __str__(self) -> str:
        return str(self.meeting)

    @property
    def date(self) -> date:
        return self.meeting.date


class SwapPair(models.Model):
    """A team that may swap with another one; each of the two may ask."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="swap_pairs")
    team = models.ForeignKey("presentations.Team", on_delete=models.CASCADE, related_name="may_swap")
    other = models.ForeignKey("presentations.Team", on_delete=models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField()  # as the course file lists them

    class Meta:
        ordering = ("course", "position")
        constraints = (
            models.UniqueConstraint(fields=("team", "other"), name="one_swap_pair"),
            models.CheckConstraint(condition=~models.Q(team=models.F("other")), name="a_team_swaps_with_another"),
        )

    def __str__(self) -> str:
        return f"{self.team_id} with {self.other_id}"


class ReviewPlan(models.Model):
    """What a peer review asks, and until when; lists in the course file's shape."""

    course = models.OneToOneField(Course, on_delete=models.CASCADE, related_name="review_plan")
    has_due = models.BooleanField(default=True)  # without one, reviews are due at the end of the course
    due_days = models.PositiveSmallIntegerField(null=True, blank=True)  # after the class
    due_time = models.TimeField(null=True, blank=True)  # local; the whole minute is on time
    criteria = models.JSONField(null=True, blank=True)  # [{"key", "kind", "label"}] and what its kind asks
    comments = models.JSONField(null=True, blank=True)  # [{"key", "prompt", "required"}]

    def __str__(self) -> str:
        return f"reviews of {self.course_id}"

    @property
    def questions(self) -> list[PlannedQuestion]:
        """Criteria, all of them to be answered, then comments."""
        return [
            *(
                PlannedQuestion(asked["key"], asked["label"], True, asked["kind"], options_of(asked))
                for asked in self.criteria or []
            ),
            *(
                PlannedQuestion(asked["key"], asked["prompt"], asked.get("required", False), "text", {})
                for asked in self.comments or []
            ),
        ]


class ReviewRule(models.Model):
    section = models.OneToOneField(Section, on_delete=models.CASCADE, related_name="review_rule")
    position = models.PositiveSmallIntegerField()
    required_per_day = models.PositiveSmallIntegerField(default=1)
    extra_reviews = models.CharField(max_length=60, blank=True, null=True)  # left open is not empty
    is_exempt_on_own_day = models.BooleanField(default=False)

    class Meta:
        ordering = ("position",)

    def __str__(self) -> str:
        return f"{self.section}: {self.required_per_day} a day"
