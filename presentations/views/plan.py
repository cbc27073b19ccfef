"""The instructor's rules, page by page: presenting, swapping, reviewing."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.errors import shown_on
from courses.access import CourseRequest, course_view
from courses.models import Role
from presentations.domain import plans, rubric, swaps
from presentations.forms.plan import (
    CommentForms,
    CriterionForms,
    KindForms,
    PlanForm,
    ReviewPlanForm,
    SwapPolicyForm,
    entries_of,
    section_forms,
)


@require_http_methods(["GET", "POST"])
@course_view(Role.INSTRUCTOR)
def presentation_plan(request: CourseRequest) -> HttpResponse:
    plan, typed = plans.plan_of(request.course), _typed(request)
    form, kinds = PlanForm(typed, instance=plan), KindForms(typed, initial=plan.kinds or [], prefix="kinds")
    if typed is not None and form.is_valid() and kinds.is_valid():
        fields = dict(form.cleaned_data)
        wanted = {"kinds": plans.with_keys(entries_of(kinds)), "presenting_sections": fields.pop("presenting")}
        with shown_on(form):
            plans.change_plan(plan, **wanted, **fields)
            messages.info(request, "Saved.")
            return redirect("presentation_plan", course_slug=request.course.slug)
    context = {"plan": plan, "form": form, "kinds": kinds}
    return render(request, "presentations/plan.html", context, status=200 if typed is None else 422)


@require_http_methods(["GET", "POST"])
@course_view(Role.INSTRUCTOR)
def swap_rules(request: CourseRequest) -> HttpResponse:
    plan, typed = plans.plan_of(request.course), _typed(request)
    form = SwapPolicyForm(plan, swaps.partner_numbers(request.course), typed)
    if typed is not None and form.is_valid():
        words = {name: form.cleaned_data[name] for name in ("swaps_need_approval", "swaps_until_hours")}
        with shown_on(form):
            swaps.change_policy(plan, form.wanted, **words)
            messages.info(request, "Saved.")
            return redirect("swap_rules", course_slug=request.course.slug)
    return render(request, "presentations/swap_rules.html", {"form": form}, status=200 if typed is None else 422)


@require_http_methods(["GET", "POST"])
@course_view(Role.INSTRUCTOR)
def review_plan(request: CourseRequest) -> HttpResponse:
    plan, typed = plans.review_plan_of(request.course), _typed(request)
    form, rules = ReviewPlanForm(plan, typed), section_forms(plan, typed)
    criteria = CriterionForms(typed, initial=plan.criteria or [], prefix="criteria")
    comments = CommentForms(typed, initial=plan.comments or [], prefix="comments")
    locked = rubric.locked_by(request.course)
    if locked:
        criteria.extra = comments.extra = 0
    if typed is not None and all(part.is_valid() for part in (form, criteria, comments, *rules)):
        asked = plans.with_keys([*entries_of(criteria), *entries_of(comments)])
        n = len(entries_of(criteria))
        wanted = {"criteria": asked[:n], "comments": asked[n:], **form.cleaned_data}
        owed = {rule.section: rule.cleaned_data for rule in rules}
        with shown_on(form):
            rubric.change(plan, owed=owed, **wanted)
            messages.info(request, "Saved.")
            return redirect("review_plan", course_slug=request.course.slug)
    context = {"form": form, "criteria": criteria, "comments": comments, "rules": rules, "locked": locked}
    return render(request, "presentations/review_plan.html", context, status=200 if typed is None else 422)


def _typed(request: CourseRequest) -> Any:
    return request.POST if request.method == "POST" else None
