"""The survey after each class: who took part and what was said, kept apart by construction."""

from feedback.models.answers import Completion, FreeText, ScaleCount
from feedback.models.question import StudentQuestion
from feedback.models.survey import Question, Survey, SurveyPlan

__all__ = ["Completion", "FreeText", "Question", "ScaleCount", "StudentQuestion", "Survey", "SurveyPlan"]
