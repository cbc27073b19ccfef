from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from courses.domain.course_schema import LONGEST_LINE, MOST_LINES
from courses.forms.dates import MomentField, zone_hint
from courses.models import Announcement, Assignment, Course


class LinesField(forms.Field):
    widget = forms.Textarea(attrs={"rows": 4})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:
        return [line.strip() for line in str(value or "").splitlines() if line.strip()]

    def validate(self, value: list[str]) -> None:
        """No more than a course file takes, so that an exported course can be loaded."""
        super().validate(value)
        if len(value) > MOST_LINES:
            raise ValidationError(f"These are {len(value)} lines; at most {MOST_LINES} fit.")
        longest = max(value, key=len, default="")
        if len(longest) > LONGEST_LINE:
            start = longest[:40]
            raise ValidationError(f"A line has at most {LONGEST_LINE} characters, “{start}…” has {len(longest)}.")


class AssignmentForm(forms.ModelForm):
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
        name = str(self.cleaned_data["name"])
        if self.course.assignments.filter(name=name).exclude(pk=self.instance.pk).exists():
            raise ValidationError(f"There is an assignment named {name} already. Choose another name.")
        return name


class NewAssignmentForm(AssignmentForm):
    due_at = MomentField(label="Due", required=False)
    field_order = ("name", "title", "state", "due_at")

    def __init__(self, *args: Any, course: Course, **kwargs: Any) -> None:
        super().__init__(*args, course=course, **kwargs)
        _in_zone(self.fields["due_at"], course)


class MoveForm(forms.Form):
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


class AnnouncementForm(forms.ModelForm):
    class Meta:
        model = Announcement
        fields = ("title", "text")
        widgets = {"text": forms.Textarea(attrs={"rows": 10})}
        help_texts = {"text": "Markdown: **bold**, lists with “- ”, links as [words](https://…)."}
