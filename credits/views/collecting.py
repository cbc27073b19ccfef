from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import secret, unreferred
from accounts.errors import DomainError
from courses.access import CourseRequest, course_view
from courses.domain.cards import Page, cards_on
from credits.access import refusals_logged, sign_in_again
from credits.domain import desk, grants, requests
from credits.domain.vault import Secret
from credits.forms import PinForm, ReportForm
from credits.models import CreditRequest, Grant
from credits.queries import ledger, mine


@require_GET
@course_view()
def credit_home(request: CourseRequest) -> HttpResponse:
    if request.enrollment.is_staff:
        return _stock(request)
    return _mine(request)


def _mine(request: CourseRequest, *, status: int = 200, **typed: object) -> HttpResponse:
    context = {
        "pools": mine.pools_of(request.enrollment, now=now()),
        "report": ReportForm(),
        "cards": cards_on(Page.CREDITS, request.enrollment),
        **typed,
    }
    return render(request, "credits/mine.html", context, status=status)


def _stock(request: CourseRequest) -> HttpResponse:
    pools = request.course.credit_pools.prefetch_related("sections")
    context = {
        "pools": [ledger.overview_of(pool, now()) for pool in pools],
        "cards": cards_on(Page.CREDITS, request.enrollment),
    }
    return render(request, "credits/stock.html", context)


@require_POST
@refusals_logged
@course_view()
def credit_ask(request: CourseRequest, pk: int) -> HttpResponse:
    pool = get_object_or_404(request.course.credit_pools, pk=pk)
    asked = requests.ask(pool, by=request.enrollment, now=now())
    messages.info(request, WORDS[CreditRequest.State(asked.state)])
    return redirect("credits", course_slug=request.course.slug)


@require_POST
@refusals_logged
@course_view()
def credit_withdraw(request: CourseRequest, pk: int) -> HttpResponse:
    asked = get_object_or_404(requests.of_course(request.course), pk=pk)
    requests.withdraw(asked, by=request.enrollment, now=now())
    messages.info(request, "Withdrawn. You can ask again at any time.")
    return redirect("credits", course_slug=request.course.slug)


WORDS = {
    CreditRequest.State.ASKED: "Your request is with the staff; a letter tells you when it is decided.",
    CreditRequest.State.WAITING: "No code is left at the moment. You are on the list and get one as soon as there is.",
    CreditRequest.State.SERVED: "Your code is ready: collect it here.",
    CreditRequest.State.DECLINED: "Your request was declined.",
    CreditRequest.State.WITHDRAWN: "You withdrew your request.",
}


@secret
@unreferred
@require_POST
@refusals_logged
@course_view()
def credit_reveal(request: CourseRequest, pk: int) -> HttpResponse:
    grant = get_object_or_404(grants.of_course(request.course), pk=pk)
    if again := sign_in_again(request, "credits"):
        return again
    code = grants.reveal(grant, by=request.enrollment, now=now())
    return _shown(request, grant, code)


def _shown(request: CourseRequest, grant: Grant, code: Secret) -> HttpResponse:
    """The page with the code on it, and little else: no form works on it."""
    response = render(request, "credits/code.html", {"grant": grant, "code": code})
    response["Referrer-Policy"] = "no-referrer"
    return response


@secret
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("digits")
@refusals_logged
@course_view()
def credit_collect(request: CourseRequest, pk: int) -> HttpResponse:
    pool = get_object_or_404(request.course.credit_pools, pk=pk)
    if again := sign_in_again(request, "credit_collect", pk=pk):
        return again
    form = PinForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            digits = Secret(form.cleaned_data["digits"])
            grant, code = desk.take(pool, by=request.enrollment, digits=digits, now=now())
            return _shown(request, grant, code)
        except DomainError as error:
            form.add_error("digits", error.message)
    return render(request, "credits/collect.html", {"pool": pool, "form": form}, status=422 if form.errors else 200)


@secret
@require_POST
@sensitive_post_parameters("words")
@refusals_logged
@course_view()
def credit_report(request: CourseRequest, pk: int) -> HttpResponse:
    grant = get_object_or_404(grants.of_course(request.course), pk=pk)
    form = ReportForm(request.POST)
    if not form.is_valid():
        return _mine(request, status=422, typed=form, typed_on=grant.pk)
    grants.report_faulty(grant, by=request.enrollment, words=form.cleaned_data["words"], now=now())
    messages.info(request, "Reported. The staff look at it, and give you another code if this one is faulty.")
    return redirect("credits", course_slug=request.course.slug)
