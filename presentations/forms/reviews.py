"""The rubric, and what staff write about reviews."""

from typing import Any

from django import forms

from accounts.errors import DomainError
from courses.domain import calendar
from courses.models import ClassMeeting, Course, Enrollment
from presentations.models import PeerReview, ReviewPlan
from questionnaires.forms import AnswerForm


class ReviewForm(AnswerForm):
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
        super().__init__(plan.questions, typed, initial=had | (typed_before or {}))


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
            return calendar.instant_of(self.course, typed.replace(tzinfo=None)) if typed else None
        except DomainError as error:
            raise forms.ValidationError(error.message) from error
