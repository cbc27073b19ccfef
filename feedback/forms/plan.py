"""What is asked after every class, and when, as staff edit it."""

from datetime import time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from feedback.domain.answers import WHOLE_NUMBER
from feedback.models import Question, SurveyPlan


class PlanForm(forms.ModelForm):
    """The window, the reminder and the points of every survey to come."""

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


class QuestionForm(forms.Form):
    """One question, in the course file's words."""

    key = forms.SlugField(max_length=40, help_text="One short word; it names the figures.")
    kind = forms.ChoiceField(choices=Question.Kind, initial=Question.Kind.SCALE)
    prompt = forms.CharField(label="Question", max_length=300)
    required = forms.BooleanField(label="Must be answered", required=False, initial=True)
    min = forms.IntegerField(label="Scale from", required=False, initial=1)
    max = forms.IntegerField(label="to", required=False, initial=10)
    anchors = forms.CharField(
        label="Named values",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "1: Slow\n5: Just right\n10: Fast"}),
        help_text="One a line, like “5: Just right”.",
    )
    points = forms.DecimalField(required=False, min_value=0, decimal_places=2, help_text="Shown only.")

    def clean_anchors(self) -> dict[int, str]:
        """The named values by number. Raises ValidationError for a line without one."""
        named: dict[int, str] = {}
        for line in filter(None, map(str.strip, self.cleaned_data["anchors"].splitlines())):
            value, _, words = line.partition(":")
            if not WHOLE_NUMBER.fullmatch(value.strip()) or not words.strip():
                raise ValidationError(f"“{line}” needs a number, a colon and its name, like “5: Just right”.")
            named[int(value)] = words.strip()
        return named

    def as_asked(self) -> dict[str, Any]:
        """The question in the course file's shape."""
        typed = self.cleaned_data
        asked = {"key": typed["key"], "kind": typed["kind"], "prompt": typed["prompt"]}
        if not typed["required"]:
            asked["required"] = False
        if typed["points"] is not None:
            asked["points"] = f"{abs(typed['points']):f}"  # not 1E+2, nor -0
        if typed["kind"] == Question.Kind.TEXT:
            return asked
        scale = {"min": typed["min"], "max": typed["max"]}
        return {**asked, **scale, **({"anchors": typed["anchors"]} if typed["anchors"] else {})}


def initial_of(question: dict[str, Any]) -> dict[str, Any]:
    """A question of the plan as its form shows it."""
    anchors = "\n".join(f"{value}: {words}" for value, words in (question.get("anchors") or {}).items())
    return {"required": True, **question, "anchors": anchors}


QuestionForms = forms.formset_factory(
    QuestionForm, extra=1, can_delete=True, can_delete_extra=False, can_order=True, max_num=12
)
