"""Fields in which staff write lists, a line each."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError


class TextLinesField(forms.CharField):
    """Texts, one a line."""

    def __init__(self, *, example: str, **how: Any) -> None:
        widget = forms.Textarea(attrs={"rows": 3, "placeholder": example})
        super().__init__(widget=widget, help_text=f"One a line, like “{example.splitlines()[1]}”.", **how)

    def to_python(self, value: Any) -> Any:
        """The lines that are not empty."""
        return [line for line in map(str.strip, (super().to_python(value) or "").splitlines()) if line]

    def prepare_value(self, value: Any) -> Any:
        """A list as lines; what was typed stays as it is."""
        return "\n".join(value) if isinstance(value, list) else value

    def validate(self, value: Any) -> None:
        """What may be missing is the kind's to say."""

    def run_validators(self, value: Any) -> None:
        """Nor are lines measured here."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether the lines say something else."""
        return bool(self.clean(data) != self.clean(self.prepare_value(initial)))


class LabelsField(TextLinesField):
    """Words for numbers, one a line: "5: Just right"."""

    def to_python(self, value: Any) -> Any:
        """The words by number. Raises ValidationError for a line without one."""
        named: dict[int, str] = {}
        for line in super().to_python(value):
            number, _, words = line.partition(":")
            digits = number.strip().removeprefix("-")
            if not (digits.isascii() and digits.isdecimal() and len(digits) <= 5) or not words.strip():
                raise ValidationError(f"“{line}” needs a number, a colon and its name, like “5: Just right”.")
            named[int(number)] = words.strip()
        return named

    def prepare_value(self, value: Any) -> Any:
        """Words by number as lines; what was typed stays as it is."""
        lines = [f"{number}: {words}" for number, words in value.items()] if isinstance(value, dict) else value
        return super().prepare_value(lines)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """A line that is refused is a change."""
        try:
            return super().has_changed(initial, data)
        except ValidationError:
            return True
