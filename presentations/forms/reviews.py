"""The rubric, and what staff write about reviews."""

from typing import Any

from django import forms

from accounts.errors import DomainError
from courses.domain import wall_clock
from courses.models import ClassMeeting, Course, Enrollment
from presentations.domain import reviews
from presentations.models import PeerReview, ReviewPlan


class ScaleTiles(forms.RadioSelect):
    """A scale as big targets."""

    template_name = "forms/scale.html"


class ReviewForm(forms.Form):
    """The criteria and comments of a course; its rules are those of `reviews.submit`."""

    def __init__(
        self,
        plan: ReviewPlan,
        typed: Any = None,
        *,
        review: PeerReview | None = None,
        typed_before: dict[str, str] | None = None,
    ) -> None:
        had = {**review.scores, **review.comments} if review else {}
        super().__init__(typed, initial=had | (typed_before or {}))
        for criterion in plan.criteria or []:
            choices = [(value, "") for value in reviews.steps(criterion)]
            self.fields[criterion["key"]] = _Kept(label=criterion["label"], widget=ScaleTiles(choices=choices))
        for comment in plan.comments or []:
            area = forms.Textarea(attrs={"rows": 3, "maxlength": reviews.LONGEST})
            required = comment.get("required", False)
            self.fields[comment["key"]] = _Kept(label=comment["prompt"], widget=area, required=required)


class _Kept(forms.CharField):
    """A field that keeps whatever was typed: the rules speak in the verb."""

    def clean(self, value: Any) -> Any:
        return value


class AllowanceForm(forms.Form):
    """More time for one student and one class, or no duty at all, with the reason."""

    person = forms.ModelChoiceField(queryset=Enrollment.objects.none(), label="Student")
    meeting = forms.ModelChoiceField(queryset=ClassMeeting.objects.none(), label="Class")
    is_waived = forms.BooleanField(label="Owes nothing for this class", required=False)
    extended_until = forms.DateTimeField(
        label="Or has time until",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    reason = forms.CharField(label="Why", max_length=300)

    def __init__(self, course: Course, typed: Any = None) -> None:
        super().__init__(typed)
        self.course = course
        people, days = self.fields["person"], self.fields["meeting"]
        people.queryset = course.enrollments.students().select_related("user")  # type: ignore[attr-defined]
        people.label_from_instance = lambda person: person.user.name  # type: ignore[attr-defined]
        days.queryset = course.meetings.filter(presentation_day__isnull=False)  # type: ignore[attr-defined]

    def clean_extended_until(self) -> Any:
        """The instant; it was typed in the course's zone."""
        typed = self.cleaned_data["extended_until"]
        try:
            return wall_clock.instant(self.course, typed.replace(tzinfo=None)) if typed else None
        except DomainError as error:
            raise forms.ValidationError(error.message) from error
