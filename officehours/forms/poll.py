from datetime import date
from typing import Any

from django import forms

from courses.forms.dates import ClockInput, DayInput, WrittenDateField
from courses.models.meeting import Weekday
from officehours.domain import polls
from officehours.domain.polls import Best
from officehours.models import AvailabilityPoll

NO_WINDOW = {"invalid_choice": "The poll does not ask about this time. Mark the times again; nothing was noted."}


class PollForm(forms.ModelForm):
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
            fewer = "ask about fewer days or hours, or make the windows longer"
            mend = fewer if count else "ask about more hours, or make the windows shorter"
            self.add_error("minutes", f"This grid has {count} windows; it must have 1 to {polls.WINDOWS_MAX}: {mend}.")


class AvailabilityForm(forms.Form):
    yes = forms.MultipleChoiceField(required=False, error_messages=NO_WINDOW)
    maybe = forms.MultipleChoiceField(required=False, error_messages=NO_WINDOW)

    def __init__(self, *args: Any, poll: AvailabilityPoll, given: dict[str, str], **kwargs: Any) -> None:
        how = {name: [key for key, value in given.items() if value == name] for name in (polls.YES, polls.MAYBE)}
        super().__init__(*args, **{**kwargs, "initial": how})
        self.rows = polls.grid_of(poll)
        for name in how:
            self.fields[name].choices = [(window.key, window.key) for row in self.rows for window in row]  # type: ignore[attr-defined]

    def given(self) -> dict[str, str]:
        typed = self.cleaned_data
        return dict.fromkeys(typed["maybe"], polls.MAYBE) | dict.fromkeys(typed["yes"], polls.YES)


class PublishForm(forms.Form):
    keys = forms.CharField(widget=forms.HiddenInput)
    place = forms.CharField(max_length=120, required=False)
    first_on = WrittenDateField(widget=DayInput, label="From")

    @classmethod
    def of(cls, best: Best, number: int, first_on: date, typed: "PublishForm | None") -> "PublishForm":
        """The form beside a set of windows: as it was typed, if it was for these; else from `first_on` on."""
        is_typed = typed is not None and typed.data.get("keys") == best.keys
        form = typed if typed and is_typed else cls(initial={"keys": best.keys, "first_on": first_on})
        form.auto_id = f"id_{number}_%s"
        return form

    def as_published(self) -> dict[str, Any]:
        return {**self.cleaned_data, "keys": self.cleaned_data["keys"].split(",")}
