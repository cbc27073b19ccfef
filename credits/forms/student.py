"""What students fill in."""

from django import forms


class ReportForm(forms.Form):
    """Why a code did not work."""

    words = forms.CharField(
        label="What happened?",
        max_length=300,
        help_text="The message that AWS showed. Leave the code itself out.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class PinForm(forms.Form):
    """The six digits of the desk."""

    digits = forms.RegexField(
        r"^\s*\d{3}\s?\d{3}\s*$",
        label="The six digits you are told",
        error_messages={"invalid": "These are not six digits."},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "autofocus": True}),
    )

    def clean_digits(self) -> str:
        """Two groups of three are said, and typed, with a space between; the digits alone count."""
        return "".join(self.cleaned_data["digits"].split())
