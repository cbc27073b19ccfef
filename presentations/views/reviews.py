"""A student reviews a talk; the team reads what was said."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.errors import DomainError
from courses.access import CourseRequest, course_view
from presentations.domain import feedback, plans, uploads, windows
from presentations.domain import reviews as rules
from presentations.forms.reviews import ReviewForm
from presentations.models import PeerReview, Presentation


@require_http_methods(["GET", "POST"])
@course_view()
def talk_review(request: CourseRequest, pk: int) -> HttpResponse:
    talk = _talk(request, pk)
    own = talk.reviews.filter(reviewer=request.enrollment).first()
    typed = request.POST if request.method == "POST" else None
    upload = uploads.upload_of(own)
    form = ReviewForm(
        plans.review_plan_of(request.course), typed, review=own, typed_before=upload.typed if upload else None
    )
    if typed is not None and form.is_valid() and _handed_in(request, talk, form):
        return redirect("talk_review", course_slug=request.course.slug, pk=pk)
    return review_page(request, talk, form, own)


def review_page(
    request: CourseRequest,
    talk: Presentation,
    form: ReviewForm | None = None,
    own: PeerReview | None = None,
    why_no_file: str = "",
) -> HttpResponse:
    """The rubric as it was typed; `why_no_file` says why a PDF that came with it was not taken."""
    if form is None:
        own = talk.reviews.filter(reviewer=request.enrollment).first()
        typed = rules.typed_beside_file(plans.review_plan_of(request.course), request.POST)
        form = ReviewForm(plans.review_plan_of(request.course), review=own, typed_before=typed)
    window = windows.review_window(talk, request.enrollment, now=now())
    context = {"talk": talk, "window": window, "review": own, "form": form, "why_no_file": why_no_file}
    context["upload"] = uploads.upload_of(own)
    context["most_bytes"] = uploads.MAX_BYTES
    is_wrong = bool(form.errors or why_no_file)
    return render(request, "presentations/review.html", context, status=422 if is_wrong else 200)


def _handed_in(request: CourseRequest, talk: Presentation, form: ReviewForm) -> bool:
    """Hand it in; what cannot be taken is said at its field, and everything typed is kept."""
    try:
        review = rules.submit(talk, by=request.enrollment, typed=form.cleaned_data, now=now())
    except rules.ReviewRefusedError as refused:
        for key, sentence in refused.sentences.items():
            form.add_error(key, sentence)
        return False
    except DomainError as error:
        form.add_error(None, error.message)
        return False
    messages.info(request, "Your review is handed in" + (", late." if review.is_late else "."))
    return True


@require_POST
@course_view()
def talk_review_draft(request: CourseRequest, pk: int) -> HttpResponse:
    context: dict[str, Any] = {}
    try:
        context["review"] = rules.save_draft(_talk(request, pk), by=request.enrollment, typed=request.POST, now=now())
    except DomainError as error:
        context["why_not"] = error.message
    return render(request, "presentations/_saved.html", context)


@require_GET
@course_view()
def talk_feedback(request: CourseRequest, pk: int) -> HttpResponse:
    """What a team reads of its reviews; nothing before release, and nothing for others."""
    talk = _talk(request, pk)
    found = feedback.visible_to(talk, request.enrollment)
    if found is None:
        raise Http404("Nothing is released for you.")
    return render(request, "presentations/feedback.html", {"talk": talk, "feedback": found})


def _talk(request: CourseRequest, pk: int) -> Presentation:
    return get_object_or_404(request.course.presentations.select_related("course", "team"), pk=pk)
