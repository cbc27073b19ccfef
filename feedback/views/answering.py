"""A student answers the survey of one class."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.errors import DomainError
from courses.access import CourseRequest, course_view, same_origin
from courses.models import Course
from feedback.domain import surveys
from feedback.models import Survey
from feedback.queries.overview import MySurvey
from questionnaires.forms import AnswerForm

FOREIGN = (
    "This form came from another site, so nothing is recorded. What was typed stands below: "
    "look at it, and send it from this page."
)


def session_lost(request: HttpRequest, course_slug: str, date: date) -> HttpResponse:
    """Show the form again with what was typed; nothing is stored, and it can be sent after a new sign-in."""
    course = get_object_or_404(Course, slug=course_slug)
    survey = get_object_or_404(course.surveys, meeting__date=date)
    form = AnswerForm(survey.questions.all(), request.POST)
    context = {"course": course, "survey": survey, "form": form, "is_signed_out": True}
    return render(request, "feedback/survey.html", context, status=403)


@csrf_exempt  # a new sign-in changes the token, and a form kept from before must still be taken: see same_origin
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters()
@course_view(signed_out=session_lost, reason="a form whose session was lost is shown again with what was typed")
def survey(request: CourseRequest, date: date) -> HttpResponse:
    """Answer the survey of one class, or read that one has answered."""
    meeting = get_object_or_404(request.course.meetings, date=date)
    asked = request.course.surveys.select_related("meeting").filter(meeting=meeting).first()
    if asked is None:
        typed = [text for text in request.POST.values() if text]
        status = 422 if request.method == "POST" else 200
        return render(request, "feedback/survey_not_open.html", {"meeting": meeting, "typed": typed}, status=status)
    form = AnswerForm(asked.questions.all(), request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and _recorded(request, asked, form):
        return redirect("survey", course_slug=request.course.slug, date=date)
    return render(request, "feedback/survey.html", _page(request, asked, form), status=422 if form.errors else 200)


def _recorded(request: CourseRequest, asked: Survey, form: AnswerForm) -> bool:
    """Record the answers; if a rule says no, its sentence stands on the page beside what was typed."""
    try:
        if not same_origin(request):
            raise DomainError(FOREIGN)
        surveys.submit_response(asked, by=request.enrollment, answers=form.cleaned_data, now=now())
    except DomainError as error:
        form.add_error(None, error.message)
        return False
    return True


def _page(request: CourseRequest, asked: Survey, form: AnswerForm) -> dict[str, Any]:
    batch = request.enrollment.completions.filter(survey=asked).values_list("batch", flat=True).first()
    mine = MySurvey(asked, batch, now())
    return {"course": request.course, "survey": asked, "mine": mine, "form": form}
