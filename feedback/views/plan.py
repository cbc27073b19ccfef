"""What is asked after every class."""

from django.contrib import messages
from django.forms import BaseFormSet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_http_methods

from accounts.errors import DomainError
from courses.access import CourseRequest, course_view
from courses.models import Role
from feedback.domain import plans
from feedback.forms.plan import QuestionForm, QuestionForms, SurveyPlanForm


@require_http_methods(["GET", "POST"])
@course_view(Role.INSTRUCTOR)
def survey_plan(request: CourseRequest) -> HttpResponse:
    """Edit the window, the reminder and the questions of the surveys to come."""
    plan = plans.plan_of(request.course)
    typed = request.POST if request.method == "POST" else None
    form = SurveyPlanForm(typed, instance=plan)
    asked = [{"required": True, **question} for question in plan.questions]
    questions = QuestionForms(typed, initial=asked, prefix="questions")
    if typed is not None and form.is_valid() and questions.is_valid() and _saved(request, form, questions):
        return redirect("survey_plan", course_slug=request.course.slug)
    context = {"form": form, "questions": questions}
    return render(request, "feedback/plan.html", context, status=200 if typed is None else 422)


def _saved(request: CourseRequest, form: SurveyPlanForm, questions: "BaseFormSet[QuestionForm]") -> bool:
    """Save what was typed; a rule that says no stands above the form, and everything typed is kept."""
    asked = [form.as_asked() for form in questions.ordered_forms if form.has_changed() or form.initial]
    try:
        locked = plans.change(form.instance, now=now(), questions=asked)
    except DomainError as error:
        form.add_error(None, error.message)
        return False
    kept = ", ".join(survey.meeting.label for survey in locked)
    messages.info(request, f"Saved. {kept} was answered already and keeps its questions." if kept else "Saved.")
    return True
