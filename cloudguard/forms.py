from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError

from cloudguard.domain import prices
from cloudguard.models import AccountLink, CostReminder, Finding, RunningPrice
from courses.forms.dates import DayInput


class ConsentForm(forms.Form):
    consent = forms.BooleanField(
        label="I let the portal look into my AWS account once a night and write to me",
        error_messages={"required": "Without your consent the portal does not look; nothing was begun."},
    )


class AwsRoleForm(forms.Form):
    role_arn = forms.CharField(
        label="RoleArn, from the stack’s outputs",
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class SnoozeForm(forms.Form):
    """Until when no letter is wanted; empty: letters are wanted again."""

    until = forms.DateField(label="No letter until", required=False, widget=DayInput())
    finding = forms.ModelChoiceField(queryset=Finding.objects.none(), required=False, widget=forms.HiddenInput())

    def __init__(self, link: AccountLink, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ModelChoiceField, self.fields["finding"]).queryset = link.findings.all()


class PriceForm(forms.ModelForm):
    class Meta:
        model = RunningPrice
        fields = ("kind", "size", "region", "usd", "priced_on")
        widgets = {"priced_on": DayInput()}
        help_texts = {
            "size": "As AWS writes it: c5d.large, c5d.large spot, db.t3.micro postgres, ml.t3.medium, gp3.",
            "region": "Like us-east-1. Empty: wherever no other price is given.",
            "usd": "An hour; of a volume, a GB and month.",
            "priced_on": "The day on which you looked it up. Letters name it.",
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if problem := prices.problem_of(cleaned.get("kind", ""), (cleaned.get("size") or "").strip()):
            raise ValidationError({"size": problem})
        if cleaned.get("usd") is not None and cleaned["usd"] < 0:
            raise ValidationError({"usd": "A price is not below 0."})
        return cleaned


class CostReminderForm(forms.ModelForm):
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
        text: str = self.cleaned_data["text"]
        if self.instance.course.cost_reminders.filter(text=text).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("There is a reminder with these words already.")
        return text

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("priced_on") and cleaned.get("usd_per_hour") is None:
            self.add_error("usd_per_hour", "Give the price of that day, or leave the day empty.")
        if (cleaned.get("usd_per_hour") or 0) < 0:
            self.add_error("usd_per_hour", "A price is 0 or more.")
        return cleaned
