"""The form of one survey."""

from typing import Any

from django import forms

from feedback.domain import surveys
from feedback.models import Survey
from questionnaires.forms import answer_fields


class AnswerForm(forms.Form):
    """The questions of one survey; its rules are those of `surveys.check_answers`."""

    def __init__(self, survey: Survey, typed: Any = None) -> None:
        super().__init__(typed)
        self.survey = survey
        self.fields.update(answer_fields(survey.questions.all()))

    def clean(self) -> dict[str, Any]:
        """The answers as the survey takes them; each refusal stands at its question."""
        try:
            return surveys.check_answers(self.survey, self.data)
        except surveys.AnswersRefused as refused:
            for key, sentence in refused.sentences.items():
                self.add_error(key, sentence)
            return {}
