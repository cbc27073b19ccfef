"""Questions as staff write them, and as people answer them."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from django import forms

from questionnaires.kind import EMPTY, Kind
from questionnaires.questions import Asked


class QuestionFormBase(forms.Form):
    """A question of one of some kinds, with a field for each option that any of them has."""

    kinds: ClassVar[Sequence[type[Kind]]]
    kind = forms.ChoiceField(initial="scale")

    def __init__(self, *args: Any, **how: Any) -> None:
        super().__init__(*args, **how)
        self.fields["kind"].choices = [(kind.name, kind.label) for kind in self.kinds]  # type: ignore[attr-defined]
        for place, kind in enumerate(self.kinds, start=1):
            for name, option in kind.options.items():
                if name not in self.fields:
                    self.fields[name] = option.field()
                attrs = self.fields[name].widget.attrs
                attrs["data-of-kind"] = f"{attrs.get('data-of-kind', '')} {place}".strip()

    def clean(self) -> dict[str, Any]:
        """What its kind refuses stands at its field."""
        cleaned = super().clean() or {}
        kind = next((kind for kind in self.kinds if kind.name == cleaned.get("kind")), None)
        if kind and not self.errors.keys() & kind.options.keys():
            for below, sentence in kind.problems(self.said_options()):
                self.add_error(below[0] if below else None, sentence)
        return cleaned

    def said_options(self) -> dict[str, Any]:
        """The options of its kind that say something, by name."""
        kind = next(kind for kind in self.kinds if kind.name == self.cleaned_data["kind"])
        typed = {name: self.cleaned_data.get(name) for name in kind.options}
        return {name: value for name, value in typed.items() if value not in EMPTY}


def answer_fields(questions: Iterable[Asked]) -> dict[str, forms.Field]:
    """A field for each question, by key."""
    return {
        question.key: question.answer_kind.field(label=question.prompt, required=question.is_required)
        for question in questions
    }
