"""Lists typed one a line."""

from typing import Any

from django import forms


class LinesField(forms.Field):
    """A list of short texts, one a line."""

    widget = forms.Textarea(attrs={"rows": 4})

    def prepare_value(self, value: Any) -> Any:
        """The list as lines."""
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:
        """The lines that say something."""
        return [line.strip() for line in str(value or "").splitlines() if line.strip()]
