"""Lists typed one a line."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from courses.domain.course_schema import LONGEST_LINE, MOST_LINES


class LinesField(forms.Field):
    """A list of short texts, one a line."""

    widget = forms.Textarea(attrs={"rows": 4})

    def prepare_value(self, value: Any) -> Any:
        """The list as lines."""
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:
        """The lines that say something."""
        return [line.strip() for line in str(value or "").splitlines() if line.strip()]

    def validate(self, value: list[str]) -> None:
        """No more than a course file takes, so that an exported course can be loaded."""
        super().validate(value)
        if len(value) > MOST_LINES:
            raise ValidationError(f"These are {len(value)} lines; at most {MOST_LINES} fit.")
        longest = max(value, key=len, default="")
        if len(longest) > LONGEST_LINE:
            raise ValidationError(
                f"A line has at most {LONGEST_LINE} characters, “{longest[:40]}…” has {len(longest)}."
            )
