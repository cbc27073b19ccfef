"""Forms of an assignment: what it is, and when it is due."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from courses.forms.dates import MomentField, zone_hint
from courses.forms.lines import LinesField
from courses.models import Assignment, Course


class AssignmentForm(forms.ModelForm):
    """What is to be handed in. Its due date moves by a form of its own."""

    topics = LinesField(required=False, help_text="One a line.")
    notes = LinesField(required=False, help_text="One a line.")

    class Meta:
        model = Assignment
        fields = ("name", "title", "state", "is_required", "is_extra_credit", "url", "topics", "notes")
        labels = {"url": "Link", "is_required": "Required", "is_extra_credit": "Extra credit", "state": "Shown as"}
        help_texts = {"name": "Short: “Tutorial 8”.", "url": "Where its text is, beginning with https://."}

    def __init__(self, *args: Any, course: Course, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.course = course
        if self.instance.pk and self.instance.state != Assignment.State.DRAFT:  # what was shown stays shown
            self.fields["state"].choices = [  # type: ignore[attr-defined]
                choice for choice in Assignment.State.choices if choice[0] != Assignment.State.DRAFT
            ]

    def clean_name(self) -> str:
        """A name that no other assignment of the course has."""
        name = str(self.cleaned_data["name"])
        if self.course.assignments.filter(name=name).exclude(pk=self.instance.pk).exists():
            raise ValidationError(f"There is an assignment named {name} already. Choose another name.")
        return name


class NewAssignmentForm(AssignmentForm):
    """A new assignment, with its first due date."""

    due_at = MomentField(label="Due", required=False)
    field_order = ("name", "title", "state", "due_at")

    def __init__(self, *args: Any, course: Course, **kwargs: Any) -> None:
        super().__init__(*args, course=course, **kwargs)
        _in_zone(self.fields["due_at"], course)


class MoveForm(forms.Form):
    """Another due date."""

    due_at = MomentField(label="Due")
    is_slip = forms.BooleanField(
        label="Tell nobody: it was a slip",
        required=False,
        help_text="For a date that was typed wrong just now: no letter, nothing struck through.",
    )

    def __init__(self, *args: Any, course: Course, mails: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _in_zone(self.fields["due_at"], course)
        if not mails:
            del self.fields["is_slip"]


def _in_zone(field: Any, course: Course) -> None:
    field.course = course
    field.help_text = f"{zone_hint(course)} The whole minute is on time."
