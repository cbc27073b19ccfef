"""What is asked after every class, and when, as staff edit it."""

from datetime import time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from feedback.models import SurveyPlan
from questionnaires.forms import QuestionFormBase
from questionnaires.questions import all_kinds


class SurveyPlanForm(forms.ModelForm):
    class Meta:
        model = SurveyPlan
        fields = (
            "title", "points", "is_extra_credit", "due_days", "due_time", "closes", "reminder_days", "reminder_time",
        )  # fmt: skip
        labels = {
            "is_extra_credit": "Extra credit",
            "due_days": "Due, days before the next class",
            "due_time": "Due at",
            "closes": "Late answers are taken until",
            "reminder_days": "Reminder, days before the due day",
            "reminder_time": "Reminder at",
        }
        help_texts = {
            "points": "Earned whole by taking part, whatever is said.",
            "due_time": "In the course’s time zone; the whole minute is on time.",
            "reminder_time": "One letter to those who have not answered.",
        }
        widgets = {
            "due_time": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "reminder_time": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }

    def clean_due_days(self) -> int:
        """A week at most: further off, the next class has long been."""
        days = self.cleaned_data["due_days"]
        if days > 7:
            raise ValidationError("At most 7 days before the next class.")
        return days

    def clean_reminder_days(self) -> int:
        """A month at most: a survey is never open for longer before it is due."""
        days = self.cleaned_data["reminder_days"]
        if days > 30:
            raise ValidationError("At most 30 days before the due day.")
        return days

    def clean_due_time(self) -> time:
        """The minute that is named; all of it is on time."""
        return self.cleaned_data["due_time"].replace(second=0, microsecond=0)


class QuestionForm(QuestionFormBase):
    """One question, in the course file's words."""

    kinds = all_kinds()
    key = forms.SlugField(max_length=40, help_text="One short word; it names the figures.")
    prompt = forms.CharField(label="Question", max_length=300)
    required = forms.BooleanField(label="Must be answered", required=False, initial=True)
    points = forms.DecimalField(required=False, min_value=0, decimal_places=2, help_text="Shown only.")
    field_order = ("key", "kind", "prompt", "required", "points")

    def as_asked(self) -> dict[str, Any]:
        """The question in the course file's shape."""
        typed = self.cleaned_data
        asked = {"key": typed["key"], "kind": typed["kind"], "prompt": typed["prompt"]}
        if not typed["required"]:
            asked["required"] = False
        if typed["points"] is not None:
            asked["points"] = f"{abs(typed['points']):f}"  # not 1E+2, nor -0
        return {**asked, **self.said_options()}


QuestionForms = forms.formset_factory(
    QuestionForm, extra=1, can_delete=True, can_delete_extra=False, can_order=True, max_num=12
)
