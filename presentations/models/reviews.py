"""What is asked of reviewers, what classmates say about a talk, and what the team may read of it."""

from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models

from courses.models import ClassMeeting, Course, Enrollment, Section
from presentations.models.schedule import Presentation
from questionnaires.questions import PlannedQuestion, options_of


class PeerReviewQuerySet(models.QuerySet["PeerReview"]):
    def submitted(self) -> Self:
        """Those handed in; a draft is no review."""
        return self.exclude(submitted_at=None)


class PeerReview(models.Model):
    """One student's review of one talk: a draft until it is handed in, editable until the deadline."""

    presentation = models.ForeignKey(Presentation, on_delete=models.RESTRICT, related_name="reviews")
    reviewer = models.ForeignKey(Enrollment, on_delete=models.CASCADE, related_name="peer_reviews")
    scores = models.JSONField(default=dict, blank=True)  # criterion key -> number
    comments = models.JSONField(default=dict, blank=True)  # comment key -> text
    screened = models.JSONField(default=dict, blank=True)  # comment key -> what the team reads instead
    rewritten = models.JSONField(default=list, blank=True)  # comment keys: changed after staff had worded them
    file = models.FileField(upload_to="reviews", blank=True)  # the old way: the form as PDF
    file_sha256 = models.CharField(max_length=64, blank=True)
    saved_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    is_late = models.BooleanField(default=False)

    objects = PeerReviewQuerySet.as_manager()

    class Meta:
        ordering = ("presentation", "pk")
        constraints = (
            models.UniqueConstraint(fields=("presentation", "reviewer"), name="one_review_a_talk_and_reviewer"),
        )

    def __str__(self) -> str:
        return f"review {self.pk}"


class ReviewUploadQuerySet(models.QuerySet["ReviewUpload"]):
    def unchecked(self) -> Self:
        """Those that were neither taken nor refused yet."""
        return self.exclude(file="")

    def refused_of(self, person: Enrollment) -> Self:
        """Those of one person that were refused, where nothing is handed in instead and feedback is still to come."""
        open_reviews = self.filter(review__submitted_at=None, review__presentation__feedback=None)
        return open_reviews.filter(file="", review__reviewer=person)

    def due(self, now: datetime) -> Self:
        """Those to be checked: of no worker, or of one that died."""
        return self.unchecked().filter(models.Q(claimed_until=None) | models.Q(claimed_until__lte=now))


class ReviewUpload(models.Model):
    """A review as a PDF that is not checked yet, served to nobody; of a refused one the reason is kept, and no file."""

    review = models.OneToOneField(PeerReview, on_delete=models.CASCADE, related_name="upload")
    file = models.FileField(upload_to="reviews/unchecked", blank=True)
    typed = models.JSONField(default=dict, blank=True)  # what was typed beside it, by field
    handed_in_at = models.DateTimeField()
    why_not = models.CharField(max_length=300, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)

    objects = ReviewUploadQuerySet.as_manager()

    def __str__(self) -> str:
        return f"upload {self.pk}"


class ReviewAllowance(models.Model):
    """A waiver or an extension for one student and one class, by staff, with its reason."""

    enrollment = models.ForeignKey(Enrollment, on_delete=models.CASCADE, related_name="review_allowances")
    meeting = models.ForeignKey(ClassMeeting, on_delete=models.CASCADE, related_name="review_allowances")
    is_waived = models.BooleanField(default=False)
    extended_until = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("enrollment", "meeting"), name="one_allowance_a_person_and_day"),
        )

    def __str__(self) -> str:
        return f"allowance {self.pk}"


class TeamFeedback(models.Model):
    """What a team reads of the reviews of its talk, fixed at release; it holds nothing of who wrote it.

    `figures`: [{"kind", "label", "n"}] and what a team reads of that kind (older rows, all scales, name no kind);
    `comments`: [{"key", "prompt", "texts"}],
    each list of texts in an order of its own. Fewer than 3 reviews: both are empty, and `summary` is staff's.
    """

    presentation = models.OneToOneField(Presentation, on_delete=models.RESTRICT, related_name="feedback")
    released_at = models.DateTimeField()
    n = models.PositiveSmallIntegerField(default=0)
    figures = models.JSONField(default=list)
    comments = models.JSONField(default=list)
    summary = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"feedback {self.pk}"

    @property
    def tabled(self) -> list[dict[str, Any]]:
        return [figure for figure in self.figures if "median" in figure]

    @property
    def charted(self) -> list[dict[str, Any]]:
        drawn = [figure for figure in self.figures if "median" not in figure]
        return [{**figure, "template": f"questionnaires/{figure['kind']}.html"} for figure in drawn]


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
