"""Staff read the log."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from courses.access import CourseRequest, course_view
from courses.models import Role
from credits.domain import log_book
from credits.forms.log import LogForm

EVENTS_A_PAGE = 50


@require_GET
@course_view(Role.ASSISTANT)
def credit_log(request: CourseRequest) -> HttpResponse:
    """Who did what when, without codes; and whether anybody changed it since."""
    form = LogForm(request.course, request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    page = Paginator(log_book.events(request.course, **chosen), EVENTS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "entries": log_book.named(page.object_list, request.course.zone),
        "verdict": log_book.verdict(request.course),
        "query": form.query,
    }
    return render(request, "credits/log.html", context, status=422 if form.errors else 200)
