"""Questions as staff write them, and as people answer them."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from django import forms

from questionnaires.kind import EMPTY, Kind
from questionnaires.questions import Asked, check_answers


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


class AnswerField(forms.CharField):
    """A field that keeps whatever was typed; whether it can be taken is said by its kind."""

    def __init__(self, question: Asked) -> None:
        widget = question.answer_kind.widget()
        super().__init__(label=question.prompt, required=question.is_required, widget=widget, strip=False)

    def clean(self, value: Any) -> Any:
        """Whatever was typed."""
        return value


class AnswerForm(forms.Form):
    """Some questions, to be answered; its cleaned data are the answers as `check_answers` gives them."""

    def __init__(self, questions: Iterable[Asked], typed: Any = None, **how: Any) -> None:
        super().__init__(typed, **how)
        self.questions = list(questions)
        self.fields.update({question.key: AnswerField(question) for question in self.questions})

    def clean(self) -> dict[str, Any]:
        """The answers; each refusal stands at its question."""
        answers, refused = check_answers(self.questions, self.data)
        for key, sentence in refused.items():
            self.add_error(key, sentence)
        return answers
