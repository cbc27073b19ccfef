"""The form of one survey."""

from typing import Any

from django import forms

from feedback.domain import surveys
from feedback.models import Question, Survey


class ScaleTiles(forms.RadioSelect):
    """A scale as big targets, each number with its anchor."""

    template_name = "forms/scale.html"


class AnswerForm(forms.Form):
    """The questions of one survey; its rules are those of `surveys.check_answers`."""

    def __init__(self, survey: Survey, typed: Any = None) -> None:
        super().__init__(typed)
        self.survey = survey
        for question in survey.questions.all():
            self.fields[question.key] = _field(question)

    def clean(self) -> dict[str, Any]:
        """The answers as the survey takes them; each refusal stands at its question."""
        try:
            return surveys.check_answers(self.survey, self.data)
        except surveys.AnswersRefused as refused:
            for key, sentence in refused.sentences.items():
                self.add_error(key, sentence)
            return {}


def _field(question: Question) -> forms.Field:
    """A field that keeps whatever was typed: the rules speak in `clean`."""
    if question.kind == Question.Kind.TEXT:
        return _Asked(question, widget=forms.Textarea(attrs={"rows": 3, "maxlength": surveys.LONGEST_TEXT}))
    choices = [(value, question.anchors.get(str(value), "")) for value in question.values]
    return _Asked(question, widget=ScaleTiles(choices=choices))


class _Asked(forms.CharField):
    """A question's field: marked as required, and judged by the survey's own rules only."""

    def __init__(self, question: Question, widget: forms.Widget) -> None:
        super().__init__(label=question.prompt, required=question.is_required, widget=widget, strip=False)

    def clean(self, value: Any) -> Any:
        return value
