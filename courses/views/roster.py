from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.errors import DomainError
from courses.access import CourseRequest, course_view
from courses.domain import roster as rosters
from courses.forms.roster import RosterForm
from courses.models import Role, RosterImport
from courses.queries import roster as queries


@course_view(role=Role.ASSISTANT)
@require_GET
def roster(request: CourseRequest) -> HttpResponse:
    wanted = request.GET.get("q", "").strip()
    found = queries.people(request.course, wanted)
    imports = request.course.roster_imports.select_related("by")[:10]
    may_apply = request.enrollment.may(Role.INSTRUCTOR)
    page = {"people": found, "wanted": wanted, "imports": imports, "may_apply": may_apply}
    return render(request, "courses/roster.html", page)


@course_view(role=Role.INSTRUCTOR)
def roster_upload(request: CourseRequest) -> HttpResponse:
    form = RosterForm(request.POST, request.FILES) if request.method == "POST" else RosterForm()
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            made = rosters.preview(request.course, file.name, file.read(), by=request.user, now=timezone.now())
            return redirect("roster_import", request.course.slug, made.pk)
        except DomainError as broken:
            form.add_error("file", broken.message)
    return render(request, "courses/roster_upload.html", {"form": form}, status=422 if form.errors else 200)


@course_view(role=Role.ASSISTANT)
@require_GET
def roster_import(request: CourseRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(request.course.roster_imports.select_related("by"), pk=pk)
    page = {
        "roster_import": found,
        "summary": queries.summary(list(found.changes.all()), is_planned=found.state == RosterImport.State.PREVIEWED),
        "is_newest": rosters.is_newest(found),
        "may_apply": request.enrollment.may(Role.INSTRUCTOR),
    }
    return render(request, "courses/roster_import.html", page)


@course_view(role=Role.INSTRUCTOR)
@require_POST
def roster_apply(request: CourseRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(request.course.roster_imports, pk=pk)
    rosters.apply(found, now=timezone.now(), drop_from=request.POST.getlist("drop_from"))
    return redirect("roster_import", request.course.slug, pk)


@course_view(role=Role.INSTRUCTOR)
@require_POST
def roster_undo(request: CourseRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(request.course.roster_imports, pk=pk)
    rosters.undo(found, now=timezone.now())
    return redirect("roster_import", request.course.slug, pk)
