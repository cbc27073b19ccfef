"""What may be answered in a survey."""

from collections.abc import Mapping

from accounts.errors import DomainError
from feedback.models import Survey
from questionnaires import questions
from questionnaires.questions import Answers


class AnswersRefused(DomainError):
    """Some answers are missing or not understood: `sentences` says, by question key, what to do. It quotes nothing."""

    def __init__(self, sentences: dict[str, str]) -> None:
        super().__init__("Nothing is recorded yet: please look at the questions marked below. What you typed is kept.")
        self.sentences = sentences


def check_answers(survey: Survey, typed: Mapping[str, object]) -> Answers:
    """The answers of a form, by question key: a number for what is counted, else a text; none for what is left out.

    Raises AnswersRefused with one sentence for each question that is not answered as it asks.
    """
    answers, refused = questions.check_answers(survey.questions.all(), typed)
    if refused:
        raise AnswersRefused(refused)
    return answers
