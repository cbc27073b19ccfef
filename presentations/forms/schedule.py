"""Arranging the schedule, and its rules."""

from typing import Any

from django import forms

from courses.domain import wall_clock
from courses.models import ClassMeeting, Course
from presentations.models import PresentationPlan

FREE_KINDS = [("guest", "Guest talk"), ("practice", "Practice talk"), ("break", "Break"), ("other", "Something else")]


class PlaceForm(forms.Form):
    """A day, and the place in it."""

    meeting = forms.ModelChoiceField(queryset=ClassMeeting.objects.none(), to_field_name="date")
    position = forms.IntegerField(min_value=1, max_value=1000, required=False)

    def __init__(self, course: Course, typed: Any = None) -> None:
        super().__init__(typed)
        self.fields["meeting"].queryset = course.meetings.all()  # type: ignore[attr-defined]


class HoursForm(forms.Form):
    """How long a talk is, and when it starts."""

    minutes = forms.IntegerField(label="Minutes", min_value=1, max_value=600, required=False)
    start = forms.TimeField(label="Starts at", required=False)


class GuestForm(forms.Form):
    """A guest's talk, or a break."""

    guest = forms.CharField(label="Who speaks", max_length=200, required=False)
    title = forms.CharField(label="Title", max_length=300, required=False)
    kind = forms.ChoiceField(label="Kind", choices=FREE_KINDS)
    reviews_count = forms.BooleanField(label="Reviews of it count", required=False)


class PlanForm(forms.ModelForm):
    """Sizes, times and swaps."""

    sign_up_until = forms.DateTimeField(
        label="Students form teams until",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    class Meta:
        model = PresentationPlan
        fields = (
            "min_size",
            "max_size",
            "minutes",
            "sign_up_until",
            "suggested_papers_url",
            "swaps_need_approval",
            "swaps_until_hours",
            "is_public",
        )
        labels = {
            "min_size": "People in a team, at least",
            "max_size": "People in a team, at most",
            "minutes": "Minutes of a talk",
            "suggested_papers_url": "Suggested papers",
            "swaps_need_approval": "A swap on which two teams agree waits for staff",
            "swaps_until_hours": "Hours before the earlier talk until which teams may swap",
            "is_public": "Anyone may read the schedule, without names of students",
        }

    def __init__(self, typed: Any = None, *, instance: PresentationPlan) -> None:
        super().__init__(typed, instance=instance)
        if instance.sign_up_until:
            self.initial["sign_up_until"] = wall_clock.local(instance.course, instance.sign_up_until)

    def clean_sign_up_until(self) -> Any:
        """The instant; it was typed in the course's zone."""
        typed = self.cleaned_data["sign_up_until"]
        return wall_clock.instant(self.instance.course, typed.replace(tzinfo=None)) if typed else None

    def clean(self) -> dict[str, Any]:
        """A team cannot be smaller than it is large."""
        cleaned = super().clean() or {}
        least, most = cleaned.get("min_size"), cleaned.get("max_size")
        if least and most and least > most:
            self.add_error("max_size", f"At least {least} and at most {most} people cannot be; mend one of the two.")
        return cleaned
