from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import secret
from accounts.errors import DomainError
from courses.access import CourseRequest, course_view
from courses.models import Role
from credits.access import refusals_logged
from credits.domain import code_lists, desk, grants, requests, search
from credits.domain.vault import Secret
from credits.forms import DeclineForm, DeskForm, LookUpForm
from credits.models import CreditPool
from credits.queries import ledger


@require_http_methods(["GET", "POST"])
@refusals_logged
@course_view(Role.ASSISTANT)
def credit_requests(request: CourseRequest) -> HttpResponse:
    open_requests = requests.of_course(request.course)
    if request.method == "POST":
        chosen = [asked for asked in open_requests.asked() if str(asked.pk) in request.POST.getlist("request")]
        messages.info(request, _approved(requests.approve_many(chosen, by=request.user, now=now())))
        return redirect("credit_requests", course_slug=request.course.slug)
    return _requests(request)


def _requests(request: CourseRequest, *, status: int = 200, **typed: object) -> HttpResponse:
    open_requests = requests.of_course(request.course)
    context = {"asked": open_requests.asked(), "waiting": open_requests.waiting(), "free": ledger.free(request.course)}
    return render(request, "credits/requests.html", context | typed, status=status)


def _approved(approved: requests.Approved) -> str:
    outcomes = [f"{approved.given} got a code"] if approved.given else []
    outcomes += [f"{approved.waiting} wait for one"] if approved.waiting else []
    sentences = [f"{', '.join(outcomes)}; each was told by letter."] if outcomes else []
    sentences += [f"{refused.enrollment.user} could not be approved: {why}" for refused, why in approved.refused]
    return " ".join(sentences) or "Nobody was chosen who is to be decided still, so nothing changed."


@require_POST
@refusals_logged
@course_view(Role.ASSISTANT)
def credit_decline(request: CourseRequest, pk: int) -> HttpResponse:
    asked = get_object_or_404(requests.of_course(request.course), pk=pk)
    form = DeclineForm(request.POST)
    if not form.is_valid():
        return _requests(request, status=422, typed=form, typed_on=asked.pk)
    requests.decline(asked, by=request.user, reason=form.cleaned_data["reason"], now=now())
    return redirect("credit_requests", course_slug=request.course.slug)


@require_POST
@refusals_logged
@course_view(Role.ASSISTANT)
def credit_reopen(request: CourseRequest, pk: int) -> HttpResponse:
    grant = get_object_or_404(grants.of_course(request.course), pk=pk)
    grants.reopen(grant, by=request.user, now=now())
    messages.info(request, f"{grant.enrollment.user} can collect the code once more.")
    return redirect("credit_ledger", course_slug=request.course.slug, pk=grant.pool_id)


@require_http_methods(["GET", "POST"])
@refusals_logged
@course_view(Role.ASSISTANT)
def credit_faulty(request: CourseRequest, pk: int) -> HttpResponse:
    """Take a code out of circulation and give its student another, once its consequence was read."""
    grant = get_object_or_404(grants.of_course(request.course), pk=pk)
    if request.method == "GET":
        context = {"grant": grant, "spare": grants.spare(grant, now()), "came_from": request.GET.get("from")}
        return render(request, "credits/faulty.html", context)
    is_replaced = requests.replace(grant, by=request.user, now=now())
    waits = "Marked. No code goes out for it now: none is left, or the student may have none any more."
    messages.info(request, "Replaced; the student is told." if is_replaced else waits)
    if request.POST.get("from") == "ledger":
        return redirect("credit_ledger", course_slug=request.course.slug, pk=grant.pool_id)
    return redirect("credits", course_slug=request.course.slug)


@secret
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("code")
@refusals_logged
@course_view(Role.ASSISTANT)
def credit_search(request: CourseRequest) -> HttpResponse:
    """Learn the state of a code without opening any. What was typed is not shown again."""
    form = LookUpForm(request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        typed = code_lists.tidied(Secret(form.cleaned_data["code"]))
        context = {"form": LookUpForm(), "is_searched": True}
        context["found"] = search.find_code(request.course, typed, by=request.user, now=now())
    return render(request, "credits/search.html", context, status=422 if form.errors else 200)


@secret
@require_http_methods(["GET", "POST"])
@refusals_logged
@course_view(Role.ASSISTANT)
def credit_desk(request: CourseRequest, pk: int) -> HttpResponse:
    """Begin a hand-out: six digits for one student, for two minutes; with `of`, how one that was begun stands."""
    pool = get_object_or_404(request.course.credit_pools.prefetch_related("sections"), pk=pk)
    if request.method == "GET" and "of" in request.GET:
        return _begun(request, pool, request.GET["of"])
    form = DeskForm(pool, now(), request.POST if request.method == "POST" else None)
    pin = _started(request, pool, form) if form.is_valid() else None
    context = {"pin": pin, "handover": pin.handover, "status": desk.HandoverStatus.OPEN} if pin else {}
    return _desk(request, pool, form, **context)


def _desk(request: CourseRequest, pool: CreditPool, form: DeskForm, **context: object) -> HttpResponse:
    others = [handover for handover in desk.running(pool, now=now()) if handover != context.get("handover")]
    page = {"pool": pool, "form": form, "running": others, **context}
    return render(request, "credits/desk.html", page, status=422 if form.errors else 200)


def _begun(request: CourseRequest, pool: CreditPool, number: str) -> HttpResponse:
    """How a hand-out stands, without its digits; htmx gets the piece, or nothing (204) while it can be taken still."""
    begun = pool.handovers.select_related("enrollment__user")
    handover = get_object_or_404(begun, pk=int(number) if number.isdecimal() and len(number) < 19 else 0)
    status = desk.status_of(handover, now=now())
    if not request.headers.get("HX-Request"):
        return _desk(request, pool, DeskForm(pool, now()), handover=handover, status=status)
    if status == desk.HandoverStatus.OPEN:
        return HttpResponse(status=204)
    return render(request, "credits/_handover.html", {"pool": pool, "handover": handover, "status": status})


def _started(request: CourseRequest, pool: CreditPool, form: DeskForm) -> desk.Pin | None:
    student, channel = form.cleaned_data["student"], form.cleaned_data["channel"]
    try:
        return desk.start(pool, student, by=request.user, channel=channel, now=now())
    except DomainError as error:
        form.add_error("student", error.message)
        return None
