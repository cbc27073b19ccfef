"""Forms of the availability poll."""

from datetime import datetime
from typing import Any

from django import forms

from courses.forms.dates import ClockInput, DayInput, WrittenDateField
from courses.models import Course
from courses.models.meeting import Weekday
from officehours.domain import polls
from officehours.models import AvailabilityPoll

CHOICES = [("", "No"), (polls.MAYBE, "If need be"), (polls.YES, "Yes")]


class PollForm(forms.ModelForm):
    """What is asked: weekdays, hours, and how long a window is."""

    weekdays = forms.TypedMultipleChoiceField(
        choices=Weekday, coerce=int, widget=forms.CheckboxSelectMultiple, initial=[0, 1, 2, 3, 4]
    )
    field_order = ("question", "weekdays", "start", "end", "minutes")

    class Meta:
        model = AvailabilityPoll
        fields = ("question", "weekdays", "start", "end", "minutes")
        labels = {"start": "From", "end": "Until", "minutes": "Minutes a window"}
        widgets = {"start": ClockInput, "end": ClockInput}

    def clean(self) -> dict[str, Any]:
        """A grid that ends after it starts and has at least one window, at most sixty."""
        typed = super().clean() or {}
        if typed.get("start") and typed.get("end") and typed.get("minutes") and typed.get("weekdays"):
            if typed["end"] <= typed["start"]:
                self.add_error("end", "The grid ends before it starts.")
            else:
                self._check_size(typed)
        return typed

    def _check_size(self, typed: dict[str, Any]) -> None:
        grid = AvailabilityPoll(**{name: typed[name] for name in ("weekdays", "start", "end", "minutes")})
        count = len(polls.windows_of(grid))
        if not 1 <= count <= polls.WINDOWS_MAX:
            self.add_error("minutes", f"This grid has {count} windows; it must have 1 to {polls.WINDOWS_MAX}.")

    def save_for(self, course: Course, now: datetime) -> AvailabilityPoll:
        """Open the poll."""
        self.instance.course, self.instance.opened_at = course, now
        self.instance.weekdays = sorted(self.cleaned_data["weekdays"])
        poll: AvailabilityPoll = self.save()
        return poll


class AvailabilityForm(forms.Form):
    """When one could come: a choice for each window of the grid."""

    def __init__(self, *args: Any, poll: AvailabilityPoll, said: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for window in polls.windows_of(poll):
            self.fields[window.key] = forms.ChoiceField(
                label=window.label, choices=CHOICES, required=False, initial=said.get(window.key, "")
            )


class PublishForm(forms.Form):
    """Where, and from when on."""

    keys = forms.CharField(widget=forms.HiddenInput)
    place = forms.CharField(max_length=120, required=False)
    first_on = WrittenDateField(widget=DayInput, label="From")
