from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.errors import DomainError
from courses.access import CourseRequest, course_view
from courses.domain import assignments as rules
from courses.domain import calendar
from courses.domain.letters import on_their_way
from courses.forms.posted import AssignmentForm, MoveForm, NewAssignmentForm
from courses.models import Assignment, Role


@require_GET
@course_view()
def assignments(request: CourseRequest) -> HttpResponse:
    listed = rules.by_due_date(request.enrollment, now())
    return render(request, "courses/assignments.html", {"parts": listed})


@require_http_methods(["GET", "POST"])
@course_view(role=Role.ASSISTANT)
def assignment_new(request: CourseRequest) -> HttpResponse:
    form = NewAssignmentForm(request.POST if request.method == "POST" else None, course=request.course)
    is_past = form.is_valid() and _is_past(form.cleaned_data["due_at"]) and "sure" not in request.POST
    if is_past:
        form.add_error("due_at", "This is in the past.")
    if form.is_valid():
        rules.create(request.course, **form.cleaned_data)
        return redirect("assignments", course_slug=request.course.slug)
    page = {"form": form, "is_past": is_past}
    return render(request, "courses/assignment_edit.html", page, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@course_view(role=Role.ASSISTANT)
def assignment_edit(request: CourseRequest, pk: int) -> HttpResponse:
    edited = get_object_or_404(request.course.assignments, pk=pk)
    form = AssignmentForm(request.POST if request.method == "POST" else None, instance=edited, course=request.course)
    if form.is_valid():
        rules.edit(edited, **form.cleaned_data)
        return redirect("assignments", course_slug=request.course.slug)
    page = {"form": form, "assignment": edited, "is_draft": form.initial["state"] == edited.State.DRAFT}
    return render(request, "courses/assignment_edit.html", page, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@course_view(role=Role.ASSISTANT)
def assignment_move(request: CourseRequest, pk: int) -> HttpResponse:
    moved = get_object_or_404(request.course.assignments.select_related("course"), pk=pk)
    typed = request.POST if request.method == "POST" else None
    recipients = rules.recipients_of_move(moved)
    form = MoveForm(typed, initial={"due_at": moved.due_at}, course=request.course, mails=recipients)
    page = {"form": form, "assignment": moved, "letters": recipients}
    if form.is_valid():
        to, is_slip = form.cleaned_data["due_at"], form.cleaned_data.get("is_slip", False)
        page |= {"to": to, "is_slip": is_slip, "is_past": _is_past(to), "letters": 0 if is_slip else recipients}
        if (page["letters"] or page["is_past"]) and to != moved.due_at and "sure" not in request.POST:
            return render(request, "courses/assignment_move_sure.html", page)
        if _moved(request, moved, form, to, is_slip=is_slip):
            return redirect("assignments", course_slug=request.course.slug)
    return render(request, "courses/assignment_move.html", page, status=422 if form.errors else 200)


def _moved(request: CourseRequest, assignment: Assignment, form: MoveForm, to: datetime, *, is_slip: bool) -> bool:
    """Move it and say what happened; if a rule says no, its sentence stands in the form."""
    was = assignment.due_at
    try:
        written = rules.move_due_date(assignment, now=now(), to=to, is_slip=is_slip)
    except DomainError as error:
        form.add_error(None, error.message)
        return False
    if was != assignment.due_at:
        messages.success(request, f"{'Moved' if was else 'Set'}. {on_their_way(written)}")
    return True


def _is_past(due_at: datetime | None) -> bool:
    return due_at is not None and not calendar.is_on_time(due_at, now())


@require_POST
@course_view(role=Role.ASSISTANT)
def assignment_delete(request: CourseRequest, pk: int) -> HttpResponse:
    rules.delete_draft(get_object_or_404(request.course.assignments, pk=pk))
    return redirect("assignments", course_slug=request.course.slug)
