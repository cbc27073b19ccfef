from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from accounts.access import secret, takes_upload
from accounts.errors import DomainError
from courses.access import CourseRequest, course_view
from courses.models import Role
from credits.access import refusals_logged
from credits.domain import codes, pools
from credits.forms import MOST_SENT, CodesForm, PoolForm
from credits.models import CreditPool


@secret
@takes_upload(MOST_SENT)
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters()
@sensitive_variables()
@refusals_logged
@course_view(Role.INSTRUCTOR)
def credit_import(request: CourseRequest, pk: int) -> HttpResponse:
    """Import codes: first what it would do row by row, then do it. Between the two the list travels sealed."""
    pool = get_object_or_404(request.course.credit_pools, pk=pk)
    if sealed := request.POST.get("sealed"):
        content = codes.open_draft(sealed, pool, request.user)
        also_doubtful = "also_doubtful" in request.POST
        report = codes.import_codes(pool, content, by=request.user, now=now(), also_doubtful=also_doubtful)
        messages.info(request, _done(report))
        return redirect("credits", course_slug=request.course.slug)
    form = CodesForm(request.POST, request.FILES) if request.method == "POST" else CodesForm()
    context = {"pool": pool, "form": form}
    if form.is_valid() and (preview := _preview(request, pool, form)):
        context |= {"form": CodesForm(), **preview}
    return render(request, "credits/import.html", context, status=422 if form.errors else 200)


def _preview(request: CourseRequest, pool: CreditPool, form: CodesForm) -> dict[str, object]:
    content = form.content
    try:
        report = codes.preview(pool, content)
    except DomainError as error:
        form.add_error(None, error.message)
        return {}
    return {"report": report, "sealed": codes.seal_draft(content, pool, request.user)}


def _done(report: codes.CodesReport) -> str:
    words = f"{report.new} {'code' if report.new == 1 else 'codes'} imported"
    return f"{words}; {report.served} of the waiting list got theirs." if report.served else f"{words}."


@require_http_methods(["GET", "POST"])
@refusals_logged
@course_view(Role.INSTRUCTOR)
def credit_pool(request: CourseRequest, pk: int) -> HttpResponse:
    pool = get_object_or_404(request.course.credit_pools, pk=pk)
    return _pool_form(request, pool)


@require_http_methods(["GET", "POST"])
@refusals_logged
@course_view(Role.INSTRUCTOR)
def credit_pool_new(request: CourseRequest) -> HttpResponse:
    return _pool_form(request, CreditPool(course=request.course))


def _pool_form(request: CourseRequest, pool: CreditPool) -> HttpResponse:
    form = PoolForm(request.POST if request.method == "POST" else None, instance=pool)
    if form.is_valid() and _kept(request, pool, form):
        return redirect("credits", course_slug=request.course.slug)
    context = {"pool": pool, "form": form, "version": pools.version_of(pool)}
    return render(request, "credits/pool.html", context, status=422 if form.errors else 200)


def _kept(request: CourseRequest, pool: CreditPool, form: PoolForm) -> bool:
    version, sections = request.POST.get("version", ""), form.cleaned_data["sections"]
    try:
        pools.keep(pool, sections=sections, version=version, by=request.user, now=now())
    except DomainError as error:
        form.add_error(None, error.message)
    return not form.errors
