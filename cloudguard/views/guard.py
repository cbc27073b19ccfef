from collections.abc import Callable
from datetime import timedelta
from functools import wraps

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import secret
from accounts.errors import DomainError
from cloudguard.domain import account_links, aws_roles, costs, role_template, running
from cloudguard.forms import AwsRoleForm, ConsentForm, SnoozeForm
from cloudguard.models import AccountLink
from cloudguard.queries.guard import counts_of
from courses.access import CourseRequest, course_view
from courses.domain import calendar

A_WEEK = timedelta(days=7)
OfLink = Callable[[CourseRequest, AccountLink], HttpResponse]


@secret
@require_GET
@course_view()
def guard(request: CourseRequest) -> HttpResponse:
    if request.enrollment.is_staff:
        context = {"is_on": aws_roles.is_on(), "counts": counts_of(request.course)}
        return render(request, "cloudguard/guard_counts.html", context)
    link = account_links.link_of(request.enrollment)
    if link is None or not aws_roles.is_on():
        return _invitation(request, link, ConsentForm())
    today = calendar.local_date(request.course, now())
    context = {
        "link": link,
        "bill": running.awake(link, today),
        "asleep": running.asleep(link, today),
        "blind": running.blind_words(link),
        "rule": costs.RULE,
        "snooze": SnoozeForm(link, initial={"until": today + A_WEEK}),
        "is_snoozed": link.snoozed_until is not None and link.snoozed_until >= today,
    }
    return render(request, "cloudguard/guard.html", context)


def _invitation(request: CourseRequest, link: AccountLink | None, form: ConsentForm, status: int = 200) -> HttpResponse:
    context = {"link": link, "form": form, "is_on": aws_roles.is_on(), "calls": role_template.ACTIONS}
    return render(request, "cloudguard/guard_invitation.html", context, status=status)


@secret
@require_POST
@course_view()
def guard_begin(request: CourseRequest) -> HttpResponse:
    form = ConsentForm(request.POST)
    if not form.is_valid():
        return _invitation(request, None, form, status=422)
    account_links.begin(request.enrollment, now=now())
    return redirect("guard_link", course_slug=request.course.slug)


def own_link(view: OfLink) -> Callable[[CourseRequest], HttpResponse]:
    """Hand a view the link of whoever asks; one who has none is led to the page where it begins."""

    @wraps(view)
    def enter(request: CourseRequest) -> HttpResponse:
        link = account_links.link_of(request.enrollment)
        return view(request, link) if link else redirect("guard", course_slug=request.course.slug)

    return enter


@secret
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters()
@sensitive_variables()
@course_view()
@own_link
def guard_link(request: CourseRequest, link: AccountLink) -> HttpResponse:
    form = AwsRoleForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and _taken(link, form):
        messages.info(request, "Linked. The portal takes its first look within minutes.")
        return redirect("guard", course_slug=request.course.slug)
    context = {"link": link, "form": form, "stack": role_template.STACK_NAME, "output": role_template.OUTPUT}
    context |= {"file": role_template.FILE_NAME, "is_on": aws_roles.is_on()}
    return render(request, "cloudguard/guard_link.html", context, status=422 if form.errors else 200)


@sensitive_variables()
def _taken(link: AccountLink, form: AwsRoleForm) -> bool:
    try:
        account_links.link_role(link, form.cleaned_data["role_arn"], now=now())
    except DomainError as error:
        form.add_error("role_arn", f"{error.message} Nothing was linked.")
        return False
    return True


@secret
@require_GET
@course_view()
@own_link
def guard_template(request: CourseRequest, link: AccountLink) -> HttpResponse:
    if not aws_roles.is_on():
        return redirect("guard", course_slug=request.course.slug)
    text = role_template.template(aws_roles.principal(), link.external_id)
    response = HttpResponse(text, content_type="application/yaml; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{role_template.FILE_NAME}"'
    return response


@require_POST
@course_view()
@own_link
def guard_snooze(request: CourseRequest, link: AccountLink) -> HttpResponse:
    form = SnoozeForm(link, request.POST)
    if not form.is_valid():
        raise DomainError("This is not a day, or nothing of yours, so nothing changed. Write a day like 2023-11-30.")
    what = form.cleaned_data["finding"] or link
    account_links.snooze(what, form.cleaned_data["until"], now=now())
    return redirect("guard", course_slug=request.course.slug)


@require_POST
@course_view()
@own_link
def guard_revoke(request: CourseRequest, link: AccountLink) -> HttpResponse:
    """Take the consent back: everything is erased at once."""
    account_links.revoke(link)
    messages.info(
        request,
        f"Revoked. The portal has erased the role, the external id and all that it had found. In your AWS account, "
        f"delete the stack {role_template.STACK_NAME} in CloudFormation: the role goes with it.",
    )
    return redirect("guard", course_slug=request.course.slug)
