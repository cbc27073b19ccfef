from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.errors import DomainError
from courses.access import CourseRequest, course_view
from courses.domain import calendar, letters
from courses.models import Role
from courses.templatetags.course_time import span
from officehours.domain import conflicts, plans, polls, series, slots
from officehours.domain.edits import Scope
from officehours.forms.booking import BookingRulesForm
from officehours.forms.hours import CancelHoursForm, EditForm, NewHoursForm
from officehours.models import HoursSeries
from officehours.models.hours import monday
from officehours.queries import appointments, week


@require_GET
@course_view()
def office_hours(request: CourseRequest) -> HttpResponse:
    page = {
        "weeks": week.weeks(request.course, now(), books=None if request.enrollment.is_staff else request.enrollment),
        "mine": appointments.appointments_of(request.enrollment, now()),
        "rules": slots.rules_of(request.course),
        "asked": polls.asked_of(request.enrollment),
        "set_from": polls.set_from(request.course),
        "absent": slots.absent_hosts(request.course, now()) if request.enrollment.is_staff else [],
        "note": request.course.office_hours_note,
    }
    return render(request, "officehours/weeks.html", page)


@require_http_methods(["GET", "POST"])
@course_view(Role.ASSISTANT)
def hours_new(request: CourseRequest) -> HttpResponse:
    known = {"host": request.user.pk, "first_on": series.first_day(request.course, now())}
    form = NewHoursForm(request.POST or None, course=request.course, initial=known)
    if request.method == "POST" and form.is_valid():
        try:
            new = series.publish(request.course, **form.as_new(), now=now())
            messages.info(request, f"Published: {weekly(new)}, from {calendar.long_date(new.first_on)} on.")
            warn_of_overlaps(request, [new])
            return redirect("office_hours", course_slug=request.course.slug)
        except DomainError as error:
            form.add_error(None, error.message)
    return render(request, "officehours/new.html", {"form": form}, status=422 if form.errors else 200)


def weekly(hours: HoursSeries) -> str:
    return f"every {hours.get_weekday_display()}, {span(hours.start, hours.end)}"


def warn_of_overlaps(request: CourseRequest, new: list[HoursSeries]) -> None:
    if count := len({conflict.hours.pk for conflict in conflicts.of_series(new, now())}):
        dates = "1 date" if count == 1 else f"{count} dates"
        messages.warning(request, f"They lie over other hours or appointments of the same person on {dates}.")


@require_http_methods(["GET", "POST"])
@course_view(Role.ASSISTANT)
def hours_change(request: CourseRequest, pk: int) -> HttpResponse:
    hours = get_object_or_404(request.course.office_hours.in_order(), pk=pk)
    form = EditForm(request.POST if request.method == "POST" else None, hours=hours)
    return _change(request, form, "officehours/change.html", "Changed")


@require_http_methods(["GET", "POST"])
@course_view(Role.ASSISTANT)
def hours_cancel(request: CourseRequest, pk: int) -> HttpResponse:
    hours = get_object_or_404(request.course.office_hours.in_order(), pk=pk)
    form = CancelHoursForm(request.POST if request.method == "POST" else None, hours=hours)
    return _change(request, form, "officehours/cancel.html", "Cancelled")


def _change(request: CourseRequest, form: EditForm | CancelHoursForm, template: str, done: str) -> HttpResponse:
    """The form, then the preview, then it is done if the plan is still what was shown; else that is shown anew."""
    page: dict[str, Any] = {"hours": form.hours, "form": form}
    status = 200
    if form.is_valid() and not request.POST.get("mend"):
        try:
            edit = form.as_edit()
            if not request.POST.get("sure"):
                page["plan"] = plans.of_edit(request.course, edit, now=now())
            elif other := plans.apply_edit(
                request.course, edit, by=request.enrollment, seen=request.POST.get("seen", ""), now=now()
            ):
                page |= {"plan": other, "is_otherwise": True}
                status = 422
            else:
                messages.info(request, _done(done, form))
                return redirect("office_hours", course_slug=request.course.slug)
        except DomainError as error:
            form.add_error(None, error.message)
    return render(request, template, page, status=422 if form.errors else status)


def _done(what: str, form: EditForm | CancelHoursForm) -> str:
    """What was done to which dates: "Cancelled: April 16 2024 and all after it."."""
    day = calendar.long_date(form.hours.date)
    dates = {Scope.FROM: f"{day} and all after it", Scope.TO_COME: "all dates to come"}
    return f"{what}: {dates.get(form.cleaned_data['scope'], day)}."


@require_POST
@course_view(Role.ASSISTANT)
def hours_restore(request: CourseRequest, pk: int) -> HttpResponse:
    hours = get_object_or_404(request.course.office_hours.in_order(), pk=pk)
    mailed = plans.restore(hours, by=request.enrollment, now=now())
    again = f" Who was booked can book again. {letters.on_their_way(mailed)}" if mailed else ""
    messages.info(request, f"The office hours of {calendar.long_date(hours.date)} are held after all.{again}")
    return redirect("office_hours", course_slug=request.course.slug)


@require_http_methods(["GET", "POST"])
@course_view(Role.ASSISTANT)
def booking_rules(request: CourseRequest) -> HttpResponse:
    form = BookingRulesForm(request.POST or None, instance=slots.rules_of(request.course))
    if request.method == "POST" and form.is_valid():
        rules = slots.set_rules(request.course, **form.cleaned_data)
        messages.info(request, "Saved. Students can book." if rules.is_on else "Saved. Students cannot book.")
        return redirect("office_hours", course_slug=request.course.slug)
    return render(request, "officehours/rules.html", {"form": form}, status=422 if form.errors else 200)


@require_GET
@course_view()
def hours_former(request: CourseRequest, number: int, date: date, page: str = "") -> HttpResponse:
    """Where an address in an old letter leads: a series' number and a date, from before each date had its own."""
    where = {"former_addresses__series_number": number, "former_addresses__monday": monday(date)}
    hours = get_object_or_404(request.course.office_hours, **where)
    name = {"queue": "hours_queue", "change": "hours_change", "cancel": "hours_cancel"}.get(page, "hours_date")
    return redirect(name, course_slug=request.course.slug, pk=hours.pk)
