"""Office hours: this week and all weeks, new ones, and what staff change of them."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.errors import DomainError
from courses.access import CourseRequest, course_view
from courses.domain import calendar, letters
from courses.models import Role
from courses.templatetags.course_time import span
from officehours.domain import clashes, editing, hosts, overview, polls, series, slots, untold, week
from officehours.domain.editing import Edit, Scope
from officehours.domain.occurrences import Occurrence
from officehours.forms.booking import BookingRulesForm
from officehours.forms.hours import CancelForm, EditForm, NewHoursForm
from officehours.models import HoursSeries


@require_GET
@course_view()
def office_hours(request: CourseRequest) -> HttpResponse:
    """Every week of office hours, and one's own appointments."""
    page = {
        "weeks": week.weeks(request.course, now(), books=None if request.enrollment.is_staff else request.enrollment),
        "mine": overview.of(request.enrollment, now()),
        "rules": slots.rules_of(request.course),
        "asked": polls.asked_of(request.enrollment),
        "set_from": polls.set_from(request.course),
        "untold": untold.news(request.course, now=now()) if request.enrollment.is_staff else None,
        "absent": hosts.absent(request.course, now()) if request.enrollment.is_staff else [],
        "note": request.course.office_hours_note,
    }
    return render(request, "officehours/weeks.html", page)


@require_http_methods(["GET", "POST"])
@course_view(Role.ASSISTANT)
def hours_new(request: CourseRequest) -> HttpResponse:
    """Publish new weekly office hours."""
    known = {"host": request.user.pk, "first_on": series.first_day(request.course, now())}
    form = NewHoursForm(request.POST or None, course=request.course, initial=known)
    if request.method == "POST" and form.is_valid():
        try:
            new = series.publish(request.course, **form.as_new(), now=now())
            messages.info(request, f"Published: {said_weekly(new)}, from {calendar.long_date(new.first_on)} on.")
            warn_of_overlaps(request, [new])
            return redirect("office_hours", course_slug=request.course.slug)
        except DomainError as error:
            form.add_error(None, error.message)
    return render(request, "officehours/new.html", {"form": form}, status=422 if form.errors else 200)


def said_weekly(one: HoursSeries) -> str:
    """A series as a message says it: "every Tuesday, 2:30–3:30 pm"."""
    return f"every {one.get_weekday_display()}, {span(one.start, one.end)}"


def warn_of_overlaps(request: CourseRequest, new: list[HoursSeries]) -> None:
    """Say on how many dates new hours lie over others of the same person."""
    if count := len({clash.held.uid for clash in clashes.of_series(new, now())}):
        dates = "1 date" if count == 1 else f"{count} dates"
        messages.warning(request, f"They lie over other hours or appointments of the same person on {dates}.")


@require_http_methods(["GET", "POST"])
@course_view(Role.ASSISTANT)
def hours_change(request: CourseRequest, pk: int, date: date) -> HttpResponse:
    """Change one date, all from it on, or all to come; what follows is shown before it is done."""
    held = held_or_404(request, pk, date)
    form = EditForm(request.POST if request.method == "POST" else None, held=held)
    page: dict[str, Any] = {"held": held, "form": form}
    if form.is_valid() and _is_done(request, form, form.as_edit(), page):
        messages.info(request, _done("Changed", held, form))
        return redirect("office_hours", course_slug=request.course.slug)
    return render(request, "officehours/change.html", page, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@course_view(Role.ASSISTANT)
def hours_cancel(request: CourseRequest, pk: int, date: date) -> HttpResponse:
    """Cancel one date, or all from it on; what follows is shown before it is done."""
    held = held_or_404(request, pk, date)
    form = CancelForm(request.POST if request.method == "POST" else None)
    page: dict[str, Any] = {"held": held, "form": form}
    if form.is_valid() and _is_done(request, form, form.as_edit(held.series, held), page):
        messages.info(request, _done("Cancelled", held, form))
        return redirect("office_hours", course_slug=request.course.slug)
    return render(request, "officehours/cancel.html", page, status=422 if form.errors else 200)


def _is_done(request: CourseRequest, form: Any, edit: Edit, page: dict[str, Any]) -> bool:
    """Do it once it is confirmed; else put what would follow on the page. A rule's refusal stands in the form."""
    try:
        if request.POST.get("mend"):
            return False
        if request.POST.get("sure"):
            page["is_otherwise"] = True
            seen, by = request.POST.get("seen", ""), request.enrollment
            page["consequences"] = editing.apply(request.course, edit, by=by, seen=seen, now=now())
        else:
            page["consequences"] = editing.rehearse(request.course, edit, now=now())
        if page["consequences"] is None:
            return True
        page["is_many"] = edit.scope != Scope.THIS
    except DomainError as error:
        form.add_error(None, error.message)
    return False


def _done(what: str, held: Occurrence, form: Any) -> str:
    """What was done to which dates: "Cancelled: April 16 2024 and all after it."."""
    day = calendar.long_date(held.date)
    dates = {Scope.FROM: f"{day} and all after it", Scope.TO_COME: "all dates to come"}
    return f"{what}: {dates.get(form.cleaned_data['scope'], day)}."


@require_POST
@course_view(Role.ASSISTANT)
def hours_restore(request: CourseRequest, pk: int, date: date) -> HttpResponse:
    """Hold one date after all."""
    held = held_or_404(request, pk, date)
    told = editing.restore(held.series, held.on, by=request.enrollment, now=now())
    again = f" Who was booked can book again. {letters.on_their_way(told)}" if told else ""
    messages.info(request, f"The office hours of {calendar.long_date(held.date)} are held after all.{again}")
    return redirect("office_hours", course_slug=request.course.slug)


@require_POST
@course_view(Role.ASSISTANT)
def hours_tell(request: CourseRequest) -> HttpResponse:
    """Write to who is booked and does not know what a loaded course file has changed."""
    messages.info(request, letters.on_their_way(untold.tell(request.course, now=now())))
    return redirect("office_hours", course_slug=request.course.slug)


@require_http_methods(["GET", "POST"])
@course_view(Role.ASSISTANT)
def booking_rules(request: CourseRequest) -> HttpResponse:
    """Switch booking on, and say how."""
    form = BookingRulesForm(request.POST or None, instance=slots.rules_of(request.course))
    if request.method == "POST" and form.is_valid():
        rules = slots.set_rules(request.course, **form.cleaned_data)
        messages.info(request, "Saved. Students can book." if rules.is_on else "Saved. Students cannot book.")
        return redirect("office_hours", course_slug=request.course.slug)
    return render(request, "officehours/rules.html", {"form": form}, status=422 if form.errors else 200)


def held_or_404(request: CourseRequest, pk: int, on: date) -> Occurrence:
    """The office hours that an address leads to, under whichever number and date they go by now."""
    held = slots.led_to(request.course, pk, on)
    if held is None:
        raise Http404("There are no office hours on this date.")
    return held
