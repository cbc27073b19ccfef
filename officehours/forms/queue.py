from django import forms

from officehours.forms.booking import TeamForm
from officehours.models import HoursQueue

LATE = "From 0 to 240 minutes, in figures. Nobody was told."


class JoinForm(TeamForm):
    topic = forms.CharField(
        max_length=300, label="What about", error_messages={"required": "Say in a word what it is about."}
    )
    field_order = ("topic", "team")


class LateForm(forms.Form):
    minutes = forms.IntegerField(
        min_value=0,
        max_value=240,
        label="Running late, minutes",
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), LATE),
        widget=forms.NumberInput(attrs={"class": "short"}),
    )

    @classmethod
    def of(cls, queue: HoursQueue) -> "LateForm":
        return cls(initial={"minutes": queue.late_minutes})


class NextForm(forms.Form):
    first = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)


class NoteForm(forms.Form):
    note = forms.CharField(
        max_length=300,
        required=False,
        error_messages={"max_length": "A note has %(limit_value)d characters at most. It was not kept; shorten it."},
    )
