"""The weekly rule: class times, and dates without class."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_http_methods, require_POST

from accounts.errors import DomainError
from courses.access import CourseRequest, course_view
from courses.domain import weekly_rule
from courses.forms.settings import NoClassDayForm, WeeklyTimeForm
from courses.models import Role, WeeklyTime
from courses.views.settings import settle


@require_POST
@course_view(role=Role.INSTRUCTOR)
def weekly_time_add(request: CourseRequest) -> HttpResponse:
    """Add a class time to the week."""
    form = WeeklyTimeForm(request.POST, instance=WeeklyTime(course=request.course))
    return settle(request, "weekly", form, lambda typed: weekly_rule.set_weekly_time(form.instance, now=now()))


@require_http_methods(["GET", "POST"])
@course_view(role=Role.INSTRUCTOR)
def weekly_time_edit(request: CourseRequest, pk: int) -> HttpResponse:
    """Change a class time of the week for all classes to come."""
    weekly = get_object_or_404(request.course.weekly_times.select_related("course"), pk=pk)
    page = {"weekly": str(weekly), "pk": pk, "to_come": weekly_rule.to_come(weekly, now())}
    form = WeeklyTimeForm(request.POST if request.method == "POST" else None, instance=weekly)
    if form.is_valid():
        try:
            weekly_rule.set_weekly_time(form.instance, now=now())
            return redirect("course_settings", course_slug=request.course.slug)
        except DomainError as error:
            form.add_error(None, error.message)
    page["form"] = form
    return render(request, "courses/weekly_time_edit.html", page, status=422 if form.errors else 200)


@require_POST
@course_view(role=Role.INSTRUCTOR)
def weekly_time_remove(request: CourseRequest, pk: int) -> HttpResponse:
    """Take a class time out of the week."""
    weekly = get_object_or_404(request.course.weekly_times.select_related("course"), pk=pk)
    weekly_rule.remove_weekly_time(weekly, now=now())
    return redirect("course_settings", course_slug=request.course.slug)


@require_POST
@course_view(role=Role.INSTRUCTOR)
def no_class_day_add(request: CourseRequest) -> HttpResponse:
    """Mark a date without class."""
    form = NoClassDayForm(request.POST)
    return settle(
        request,
        "off",
        form,
        lambda typed: weekly_rule.add_no_class_day(request.course, typed["date"], reason=typed["reason"], now=now()),
    )


@require_POST
@course_view(role=Role.INSTRUCTOR)
def no_class_day_remove(request: CourseRequest, pk: int) -> HttpResponse:
    """Hold class on a date after all."""
    off = get_object_or_404(request.course.no_class_days.select_related("course"), pk=pk)
    weekly_rule.remove_no_class_day(off, now=now())
    return redirect("course_settings", course_slug=request.course.slug)
