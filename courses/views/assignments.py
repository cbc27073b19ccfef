"""Assignments: what is due, and staff's forms for it."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.errors import RuleBroken
from courses.access import CourseRequest, course_view
from courses.domain import assignments as rules
from courses.forms.assignments import AssignmentForm, MoveForm, NewAssignmentForm
from courses.models import Role


@require_GET
@course_view()
def assignments(request: CourseRequest) -> HttpResponse:
    """What is to be handed in, and until when."""
    listed = rules.by_due_date(request.enrollment, now())
    return render(request, "courses/assignments.html", {"parts": listed})


@require_http_methods(["GET", "POST"])
@course_view(role=Role.ASSISTANT)
def assignment_new(request: CourseRequest) -> HttpResponse:
    """Write a new assignment."""
    form = NewAssignmentForm(request.POST if request.method == "POST" else None, course=request.course)
    if form.is_valid():
        rules.create(request.course, **form.cleaned_data)
        return redirect("assignments", course_slug=request.course.slug)
    return render(request, "courses/assignment_edit.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@course_view(role=Role.ASSISTANT)
def assignment_edit(request: CourseRequest, pk: int) -> HttpResponse:
    """Change what an assignment says; its due date moves on a page of its own."""
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
    """Move a due date: first say whom it mails, then do it."""
    moved = get_object_or_404(request.course.assignments.select_related("course"), pk=pk)
    typed = request.POST if request.method == "POST" else None
    form = MoveForm(typed, initial={"due_at": moved.due_at}, course=request.course)
    page = {"form": form, "assignment": moved, "letters": rules.concerned_by_move(moved)}
    if form.is_valid():
        to = form.cleaned_data["due_at"]
        if page["letters"] and to != moved.due_at and "sure" not in request.POST:
            return render(request, "courses/assignment_move_sure.html", page | {"to": to, "is_past": to < now()})
        try:
            rules.move_due_date(moved, to=to, now=now())
            return redirect("assignments", course_slug=request.course.slug)
        except RuleBroken as broken:
            form.add_error(None, broken.sentence)
    return render(request, "courses/assignment_move.html", page, status=422 if form.errors else 200)


@require_POST
@course_view(role=Role.ASSISTANT)
def assignment_delete(request: CourseRequest, pk: int) -> HttpResponse:
    """Throw a draft away."""
    rules.delete_draft(get_object_or_404(request.course.assignments, pk=pk))
    return redirect("assignments", course_slug=request.course.slug)
