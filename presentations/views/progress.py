"""Staff follow the reviews, screen them, and give them to the teams."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.errors import DomainError
from courses.access import CourseRequest, course_view
from courses.models import Role
from presentations.domain import feedback, plans, schedule, windows
from presentations.forms.reviews import AllowanceForm
from presentations.models import Presentation
from presentations.queries import progress


@require_GET
@course_view(Role.ASSISTANT)
def review_progress(request: CourseRequest) -> HttpResponse:
    found = progress.review_progress(request.course, reader=request.enrollment)
    return render(request, "presentations/progress.html", {"progress": found})


@require_GET
@course_view(Role.ASSISTANT)
def reviews_csv(request: CourseRequest) -> HttpResponse:
    code = request.GET.get("section", request.course.sections.values_list("code", flat=True).first())
    section = get_object_or_404(request.course.sections, code=code)
    response = HttpResponse(progress.as_csv(request.course, section), content_type="text/csv; charset=utf-8")
    name = "".join(c if c.isalnum() else "-" for c in section.code)
    response["Content-Disposition"] = f'attachment; filename="reviews-{name}.csv"'
    return response


@require_GET
@course_view(Role.ASSISTANT)
def talk_reviews(request: CourseRequest, pk: int) -> HttpResponse:
    """Everything that was written about one talk, with names: for staff who did not give it themselves."""
    return _reviews_page(request, get_object_or_404(feedback.talks_for_staff(request.enrollment), pk=pk))


def _reviews_page(request: CourseRequest, talk: Presentation, problem: str = "") -> HttpResponse:
    """All reviews of a talk; with the summary as it was typed, and why it was not given."""
    context = {
        "talk": talk,
        "plan": plans.review_plan_of(request.course),
        "reviews": talk.reviews.submitted().select_related("reviewer__user", "reviewer__section"),
        "released": getattr(talk, "feedback", None),
        "least": feedback.LEAST,
        "readers": len(schedule.people_by_team(request.course).get(talk.team_id or 0, [])),
        "problem": problem,
        "summary": request.POST.get("summary", ""),
    }
    return render(request, "presentations/talk_reviews.html", context, status=422 if problem else 200)


@require_POST
@course_view(Role.ASSISTANT)
def review_screen(request: CourseRequest, pk: int) -> HttpResponse:
    talks = feedback.talks_for_staff(request.enrollment).filter(reviews__pk=pk)
    review = get_object_or_404(talks).reviews.get(pk=pk)
    typed = {name: request.POST.get(name, "") for name in ("key", "text", "version")}
    feedback.screen(review, **typed)
    return redirect("talk_reviews", course_slug=request.course.slug, pk=review.presentation_id)


@require_POST
@course_view(Role.INSTRUCTOR)
def talk_release(request: CourseRequest, pk: int) -> HttpResponse:
    talk = get_object_or_404(feedback.talks_for_staff(request.enrollment), pk=pk)
    try:
        feedback.release(talk, now=now(), summary=request.POST.get("summary", ""))
    except DomainError as error:
        return _reviews_page(request, talk, error.message)
    messages.info(request, f"{talk.who} reads its feedback now, and gets a letter.")
    return redirect("talk_reviews", course_slug=request.course.slug, pk=pk)


@require_http_methods(["GET", "POST"])
@course_view(Role.ASSISTANT)
def allowance(request: CourseRequest) -> HttpResponse:
    """More time for one student, or no duty, with the reason."""
    form = AllowanceForm(request.course, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        words = dict(form.cleaned_data)
        try:
            windows.set_allowance(words.pop("person"), words.pop("meeting"), by=request.user, **words)
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            return redirect("review_progress", course_slug=request.course.slug)
    return render(request, "presentations/allowance.html", {"form": form}, status=422 if form.errors else 200)
