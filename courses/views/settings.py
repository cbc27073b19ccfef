"""The course's settings: small forms on one page, each with an address of its own."""

from collections.abc import Callable
from typing import Any

from django.forms import BaseForm
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_GET, require_POST

from accounts.errors import DomainError
from courses.access import CourseRequest, course_view
from courses.domain import calendar
from courses.domain import course_fields as rules
from courses.forms.settings import AccentForm, CourseForm, NoClassDayForm, StaffForm, WeeklyTimeForm
from courses.models import Role


@require_GET
@course_view(role=Role.INSTRUCTOR)
def course_settings(request: CourseRequest) -> HttpResponse:
    """Everything about the course that its instructors decide."""
    return settings_page(request)


@require_POST
@course_view(role=Role.INSTRUCTOR)
def course_fields(request: CourseRequest) -> HttpResponse:
    """Change name, zone or dates of the course."""
    form = CourseForm(request.POST, instance=request.course)
    return settle(request, "course", form, lambda typed: rules.change_course(request.course, **typed, now=now()))


@require_POST
@course_view(role=Role.INSTRUCTOR)
def course_accent(request: CourseRequest) -> HttpResponse:
    """Choose the course's colour."""
    form = AccentForm(request.POST, instance=request.course)
    return settle(request, "accent", form, lambda typed: form.save())


def settle(request: CourseRequest, name: str, form: BaseForm, verb: Callable[[dict[str, Any]], Any]) -> HttpResponse:
    """Carry out one of the page's forms; what is wrong is said there, with everything typed kept."""
    if form.is_valid():
        try:
            verb(form.cleaned_data)
            return redirect(f"/c/{request.course.slug}/settings/#{name}")
        except DomainError as error:
            form.add_error(None, error.message)
    return settings_page(request, **{name: form})


def settings_page(request: CourseRequest, **bound: BaseForm) -> HttpResponse:
    """The page, with the form that was refused in the place of an empty one."""
    course = request.course
    forms: dict[str, BaseForm] = {
        "course": CourseForm(instance=course),
        "accent": AccentForm(instance=course),
        "staff": StaffForm(),
        "weekly": WeeklyTimeForm(),
        "off": NoClassDayForm(),
    }
    for name, form in (forms := forms | bound).items():
        form.auto_id = f"{name}_%s"  # one page, many fields called "name"
    page = {
        "forms": forms,
        "people": course.enrollments.staff().select_related("user"),
        "weekly_times": course.weekly_times.all(),
        "off_days": course.no_class_days.all(),
        "today": calendar.local_date(course, now()),
    }
    return render(request, "courses/settings.html", page, status=422 if bound else 200)
