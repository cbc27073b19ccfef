"""Who teaches the course: instructors add, remove, and say what each may do."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.timezone import now
from django.views.decorators.http import require_POST

from courses.access import CourseRequest, course_view
from courses.domain import staff
from courses.forms.settings import RoleForm, StaffForm
from courses.models import Role
from courses.views.settings import settle


@require_POST
@course_view(role=Role.INSTRUCTOR)
def staff_add(request: CourseRequest) -> HttpResponse:
    """Add an assistant or an instructor."""
    return settle(
        request, "staff", StaffForm(request.POST), lambda typed: staff.add_staff(request.course, **typed, now=now())
    )


@require_POST
@course_view(role=Role.INSTRUCTOR)
def staff_role(request: CourseRequest, pk: int) -> HttpResponse:
    """Make an assistant an instructor, or the other way round."""
    person = get_object_or_404(request.course.enrollments.staff().select_related("course", "user"), pk=pk)
    form = RoleForm(request.POST)
    return settle(request, "role", form, lambda typed: staff.change_role(person, Role(typed["role"])))


@require_POST
@course_view(role=Role.INSTRUCTOR)
def staff_remove(request: CourseRequest, pk: int) -> HttpResponse:
    """End someone's access."""
    person = get_object_or_404(request.course.enrollments.staff().select_related("course", "user"), pk=pk)
    staff.remove_staff(person, now=now())
    if person == request.enrollment:
        return redirect("home")
    return redirect("course_settings", course_slug=request.course.slug)
