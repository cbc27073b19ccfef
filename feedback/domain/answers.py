"""What may be answered: one whole number on each scale, and texts of a sensible length."""

import re
from collections.abc import Mapping

from accounts.errors import DomainError
from feedback.models import Question, Survey

LONGEST_TEXT = 5_000  # characters
WHOLE_NUMBER = re.compile(r"-?[0-9]{1,5}")

Answers = dict[str, int | str]


class AnswersRefused(DomainError):
    """Some answers are missing or not understood: `sentences` says, by question key, what to do. It quotes nothing."""

    def __init__(self, sentences: dict[str, str]) -> None:
        super().__init__("Nothing is recorded yet: please look at the questions marked below. What you typed is kept.")
        self.sentences = sentences


def check_answers(survey: Survey, raw: Mapping[str, object]) -> Answers:
    """The answers of a form, by question key: a number for a scale, a text (may be empty) for a text.

    Raises AnswersRefused with one sentence for each question that is not answered as it asks.
    """
    checked: Answers = {}
    refused: dict[str, str] = {}
    for question in survey.questions.all():
        typed = str(raw.get(question.key, "")).strip()
        sentence = _problem(question, typed)
        if sentence:
            refused[question.key] = sentence
        else:
            checked[question.key] = int(typed) if question.kind == Question.Kind.SCALE and typed else as_text(typed)
    if refused:
        raise AnswersRefused(refused)
    return checked


def as_text(typed: str) -> str:
    """A text as it is stored: one kind of line end, and no NUL, which PostgreSQL cannot hold."""
    return typed.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").strip()


def _problem(question: Question, typed: str) -> str:
    if not typed:
        return "This question needs an answer." if question.is_required else ""
    if question.kind == Question.Kind.TEXT:
        length = len(as_text(typed))
        return (
            f"This text has {length:,} characters; at most {LONGEST_TEXT:,} fit. Please shorten it."
            if length > LONGEST_TEXT
            else ""
        )
    if WHOLE_NUMBER.fullmatch(typed) and int(typed) in question.values:
        return ""
    return f"Choose a whole number from {question.min} to {question.max}."
