"""Addresses of this app, under /c/<course>/."""

from django.urls import path

from feedback.views import answering, plan, questions, results

urlpatterns = [
    path("feedback/", results.feedback, name="feedback"),
    path("feedback/<isodate:date>/", results.survey_recap, name="survey_recap"),
    path("feedback/<isodate:date>/show", results.recap_in_class, name="recap_in_class"),
    path("feedback/<isodate:date>/freeze", results.freeze_survey, name="freeze_survey"),
    path("feedback/<isodate:date>/open", results.open_survey, name="open_survey"),
    path("feedback/<isodate:date>/ask", questions.ask_question, name="ask_question"),
    path("feedback/plan/", plan.survey_plan, name="survey_plan"),
    path("feedback/questions/", questions.inbox, name="inbox"),
    path("feedback/questions/<int:pk>/", questions.published_question, name="published_question"),
    path("feedback/questions/<int:pk>/edit", questions.student_question, name="student_question"),
    path("feedback/questions/<int:pk>/unpublish", questions.unpublish_question, name="unpublish_question"),
    path("feedback/questions/<int:pk>/merge", questions.merge_question, name="merge_question"),
    path("feedback/questions/<int:pk>/unmerge", questions.unmerge_question, name="unmerge_question"),
    path("feedback/questions/<int:pk>/aside", questions.set_question_aside, name="set_question_aside"),
    path("feedback/questions/<int:pk>/back", questions.take_question_back, name="take_question_back"),
    path("classes/<isodate:date>/survey", answering.survey, name="survey"),
    path("classes/<isodate:date>/survey/wall", results.survey_on_the_wall, name="survey_on_the_wall"),
]
