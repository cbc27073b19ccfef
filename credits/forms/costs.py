"""What staff write about what runs and costs."""

from typing import Any

from django import forms

from courses.forms.dates import DayInput
from credits.models import CostReminder


class CostReminderForm(forms.ModelForm):
    """A sentence, a price with its date, and the assignments after which a letter reminds of it."""

    assignments = forms.MultipleChoiceField(
        label="Remind by letter the morning after these are due", required=False, widget=forms.CheckboxSelectMultiple()
    )

    class Meta:
        model = CostReminder
        fields = ("text", "instance", "usd_per_hour", "priced_on", "assignments")
        widgets = {"text": forms.Textarea(attrs={"rows": 2}), "priced_on": DayInput()}
        help_texts = {
            "text": "Students read it on the course's page and by letter.",
            "instance": "What runs, as AWS names it: “c5d.large spot”.",
            "usd_per_hour": "Left empty, nothing is reckoned: no price is better than a guessed one.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        there = list(self.instance.course.assignments.values_list("name", flat=True))
        names = [*there, *(name for name in self.instance.assignments if name not in there)]
        self.fields["assignments"].choices = [(name, name) for name in names]  # type: ignore[attr-defined]
        self.fields["usd_per_hour"].min_value = 0  # type: ignore[attr-defined]

    def clean_text(self) -> str:
        """No two reminders of a course with the same words."""
        text: str = self.cleaned_data["text"]
        if self.instance.course.cost_reminders.filter(text=text).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("There is a reminder with these words already.")
        return text

    def clean(self) -> dict[str, Any]:
        """A date is that of a price."""
        cleaned = super().clean() or {}
        if cleaned.get("priced_on") and cleaned.get("usd_per_hour") is None:
            self.add_error("usd_per_hour", "Give the price of that day, or leave the day empty.")
        if (cleaned.get("usd_per_hour") or 0) < 0:
            self.add_error("usd_per_hour", "A price is 0 or more.")
        return cleaned
