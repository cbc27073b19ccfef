"""The course's settings: small forms on one page, each with an address of its own."""

from collections.abc import Callable
from functools import partial

from django.forms import BaseForm
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from courses.access import CourseRequest, carry_out, course_view
from courses.domain import calendar, staff
from courses.domain import course_settings as rules
from courses.forms.settings import AccentForm, CourseForm, NoClassDayForm, RoleForm, StaffForm, WeeklyTimeForm
from courses.models import Role, WeeklyTime


@require_GET
@course_view(role=Role.INSTRUCTOR)
def course_settings(request: CourseRequest) -> HttpResponse:
    return settings_page(request)


@require_POST
@course_view(role=Role.INSTRUCTOR)
def course_fields(request: CourseRequest) -> HttpResponse:
    form = CourseForm(request.POST, instance=request.course)
    return settle(request, "course", form, partial(rules.change_course, request.course, now=now()))


@require_POST
@course_view(role=Role.INSTRUCTOR)
def course_accent(request: CourseRequest) -> HttpResponse:
    form = AccentForm(request.POST, instance=request.course)
    return settle(request, "accent", form, lambda **_: form.save())


def settle(request: CourseRequest, name: str, form: BaseForm, verb: Callable[..., object]) -> HttpResponse:
    if carry_out(form, verb):
        return redirect(f"/c/{request.course.slug}/settings/#{name}")
    return settings_page(request, **{name: form})


def settings_page(request: CourseRequest, **bound: BaseForm) -> HttpResponse:
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


@require_POST
@course_view(role=Role.INSTRUCTOR)
def staff_add(request: CourseRequest) -> HttpResponse:
    return settle(request, "staff", StaffForm(request.POST), partial(staff.add_staff, request.course, now=now()))


@require_POST
@course_view(role=Role.INSTRUCTOR)
def staff_role(request: CourseRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(request.course.enrollments.staff().select_related("course", "user"), pk=pk)
    return settle(request, "role", RoleForm(request.POST), partial(staff.change_role, person))


@require_http_methods(["GET", "POST"])
@course_view(role=Role.INSTRUCTOR)
def staff_remove(request: CourseRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(request.course.enrollments.staff().select_related("course", "user"), pk=pk)
    if request.method == "GET":
        return render(
            request, "courses/staff_remove.html", {"person": person, "duties": staff.duties_of(person, now())}
        )
    staff.remove_staff(person, now=now())
    if person == request.enrollment:
        return redirect("home")
    return redirect("course_settings", course_slug=request.course.slug)


@require_POST
@course_view(role=Role.INSTRUCTOR)
def weekly_time_add(request: CourseRequest) -> HttpResponse:
    form = WeeklyTimeForm(request.POST, instance=WeeklyTime(course=request.course))
    return settle(request, "weekly", form, lambda **_: rules.set_weekly_time(form.instance, now=now()))


@require_http_methods(["GET", "POST"])
@course_view(role=Role.INSTRUCTOR)
def weekly_time_edit(request: CourseRequest, pk: int) -> HttpResponse:
    weekly = get_object_or_404(request.course.weekly_times.select_related("course"), pk=pk)
    page = {"weekly": str(weekly), "pk": pk, "to_come": rules.to_come(weekly, now())}
    form = WeeklyTimeForm(request.POST if request.method == "POST" else None, instance=weekly)
    if carry_out(form, lambda **_: rules.set_weekly_time(form.instance, now=now())):
        return redirect("course_settings", course_slug=request.course.slug)
    page["form"] = form
    return render(request, "courses/weekly_time_edit.html", page, status=422 if form.errors else 200)


@require_POST
@course_view(role=Role.INSTRUCTOR)
def weekly_time_remove(request: CourseRequest, pk: int) -> HttpResponse:
    weekly = get_object_or_404(request.course.weekly_times.select_related("course"), pk=pk)
    rules.remove_weekly_time(weekly, now=now())
    return redirect("course_settings", course_slug=request.course.slug)


@require_POST
@course_view(role=Role.INSTRUCTOR)
def no_class_day_add(request: CourseRequest) -> HttpResponse:
    return settle(
        request,
        "off",
        NoClassDayForm(request.POST),
        lambda date, reason: rules.add_no_class_day(request.course, date, reason=reason, now=now()),
    )


@require_POST
@course_view(role=Role.INSTRUCTOR)
def no_class_day_remove(request: CourseRequest, pk: int) -> HttpResponse:
    off = get_object_or_404(request.course.no_class_days.select_related("course"), pk=pk)
    rules.remove_no_class_day(off, now=now())
    return redirect("course_settings", course_slug=request.course.slug)
