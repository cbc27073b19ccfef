"""What a person may choose about their letters."""

from typing import Any

from django import forms

from mail.domain import kinds
from mail.domain.kinds import Choice, LetterKind


class PreferencesForm(forms.Form):
    def __init__(self, *args: Any, choices: dict[str, Choice], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choice in choices.items():
            kind = kinds.kind_named(name)
            self.fields[name] = forms.ChoiceField(
                label=kind.label,
                help_text=_help_text(kind),
                choices=[(offered.value, offered.label) for offered in kind.choices],
                initial=choice,
                widget=forms.RadioSelect,
            )


def _help_text(kind: LetterKind) -> str:
    """What a person cannot choose about a kind."""
    sentences = ["You must know of these, so they cannot be switched off."] if kind.must_know else []
    sentences += ["What concerns the next two days comes at once, whatever you choose."] if kind.hurries else []
    return " ".join(sentences)
