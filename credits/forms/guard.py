"""What is filled in about the guard: a student's role and their snooze, an instructor's prices."""

from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError

from courses.forms.dates import DayInput
from credits.domain import prices
from credits.models import AccountLink, Finding, RunningPrice


class ConsentForm(forms.Form):
    """The student's yes."""

    consent = forms.BooleanField(
        label="I let the portal look into my AWS account once a night and write to me",
        error_messages={"required": "Without your consent the portal does not look; nothing was begun."},
    )


class RoleForm(forms.Form):
    """The role that the student's stack made."""

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
    """What one thing costs, and when that was so."""

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
        """A price is of something that can be found."""
        cleaned = super().clean() or {}
        if problem := prices.problem_of(cleaned.get("kind", ""), (cleaned.get("size") or "").strip()):
            raise ValidationError({"size": problem})
        if cleaned.get("usd") is not None and cleaned["usd"] < 0:
            raise ValidationError({"usd": "A price is not below 0."})
        return cleaned
