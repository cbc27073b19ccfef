from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.timezone import now
from django.views.decorators.http import require_GET

from courses.access import CourseRequest, course_view
from courses.domain import gradebook
from courses.models import Role
from credits.forms import AsOfForm, LogForm
from credits.queries import ledger, log

EVENTS_A_PAGE = 50


@require_GET
@course_view(Role.ASSISTANT)
def credit_log(request: CourseRequest) -> HttpResponse:
    form = LogForm(request.course, request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    page = Paginator(log.events(request.course, **chosen), EVENTS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "entries": log.named(page.object_list, request.course.zone),
        "verdict": log.verdict(request.course),
        "query": form.query,
    }
    return render(request, "credits/log.html", context, status=422 if form.errors else 200)


@require_GET
@course_view(Role.ASSISTANT)
def credit_ledger(request: CourseRequest, pk: int) -> HttpResponse:
    pool = get_object_or_404(request.course.credit_pools.prefetch_related("sections"), pk=pk)
    form = AsOfForm(request.GET if "at" in request.GET else None)
    at = form.instant(request.course) if form.is_valid() else now()
    context = {
        "pool": pool,
        "form": form,
        "counts": ledger.as_of(request.course, at, pool=pool),
        "sections": ledger.by_section(pool, at),
        "channels": ledger.by_channel(pool, at),
        "rows": ledger.rows(pool, at),
    }
    return render(request, "credits/ledger.html", context, status=422 if form.errors else 200)


@require_GET
@course_view(Role.ASSISTANT)
def credit_ledger_csv(request: CourseRequest, pk: int) -> HttpResponse:
    pool = get_object_or_404(request.course.credit_pools, pk=pk)
    header = ["login", "name", "section", "channel", "fulfilled_at", "collected_at"]
    text = gradebook.spreadsheet([header, *(ledger.cells(grant) for grant in ledger.rows(pool, now()))])
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="credits-{request.course.slug}.csv"'
    return response
