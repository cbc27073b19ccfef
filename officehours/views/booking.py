from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.errors import DomainError
from courses.access import CourseRequest, course_view
from courses.domain import letters
from courses.models import Enrollment, Role
from officehours.domain import appointment_requests, appointments, teams, waiting_list
from officehours.forms.booking import NO_TIME, Answers, AskForm, ChosenTimeForm, SlotForm, WishForm
from officehours.models import Appointment, OfficeHours
from officehours.queries import appointments as shown

DONE = {"accept": "Agreed", "counter": "Offered", "decline": "Declined", "cancel": "Cancelled"}


@require_GET
@course_view()
def hours_date(request: CourseRequest, pk: int) -> HttpResponse:
    return _date(
        request, get_object_or_404(request.course.office_hours.in_order(), pk=pk), SlotForm(person=request.enrollment)
    )


@require_POST
@course_view()
def hours_book(request: CourseRequest, pk: int) -> HttpResponse:
    hours, form = (
        get_object_or_404(request.course.office_hours.in_order(), pk=pk),
        SlotForm(request.POST, person=request.enrollment),
    )
    if not form.is_valid():
        return _date(request, hours, form)
    starts_at = form.cleaned_data["starts_at"]
    try:
        appointments.book(hours, by=request.enrollment, starts_at=starts_at, wish=form.as_wish(), now=now())
    except DomainError as error:
        form.add_error(None, error.message)
        return _date(request, hours, form)
    messages.info(request, "Booked. A letter with the time is on its way to you.")
    return _to_date(request, hours)


def _date(request: CourseRequest, hours: OfficeHours, form: WishForm) -> HttpResponse:
    page = {"hours": hours, "date": shown.of_date(hours, request.enrollment, now()), "form": form}
    return render(request, "officehours/date.html", page, status=422 if form.errors else 200)


@require_POST
@course_view()
def hours_wait(request: CourseRequest, pk: int) -> HttpResponse:
    hours, form = (
        get_object_or_404(request.course.office_hours.in_order(), pk=pk),
        WishForm(request.POST, person=request.enrollment),
    )
    if not form.is_valid():
        form.add_error(None, "You do not wait yet.")
        return _date(request, hours, form)
    try:
        waiting_list.join(hours, by=request.enrollment, topic=form.cleaned_data["topic"], now=now())
    except DomainError as error:
        form.add_error(None, error.message)
        return _date(request, hours, form)
    return _to_date(request, hours)


@require_POST
@course_view()
def hours_leave(request: CourseRequest, pk: int) -> HttpResponse:
    hours = get_object_or_404(request.course.office_hours.in_order(), pk=pk)
    waiting_list.leave(hours, by=request.enrollment)
    return _to_date(request, hours)


def _to_date(request: CourseRequest, hours: OfficeHours) -> HttpResponse:
    return redirect("hours_date", course_slug=request.course.slug, pk=hours.pk)


@require_http_methods(["GET", "POST"])
@course_view()
def appointment_ask(request: CourseRequest) -> HttpResponse:
    form = AskForm(request.POST or None, course=request.course, person=request.enrollment)
    if request.method == "POST" and form.is_valid():
        host = form.hosts[form.cleaned_data["host"]]
        try:
            appointment_requests.ask(
                request.course, by=request.enrollment, host=host, times=form.times(), wish=form.as_wish(), now=now()
            )
            messages.info(request, f"Asked. {host.user} answers by letter.")
            return redirect("office_hours", course_slug=request.course.slug)
        except DomainError as error:
            form.add_error(None, error.message)
    return render(request, "officehours/ask.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
@course_view()
def appointment_give_up(request: CourseRequest, pk: int) -> HttpResponse:
    mine = _mine(request, pk)
    appointments.give_up(mine, by=request.enrollment, now=now())
    freed = " If someone waits for this time, it is offered to them." if mine.starts_at else ""
    messages.info(request, f"Given back.{freed}")
    return redirect("office_hours", course_slug=request.course.slug)


@require_POST
@course_view()
def appointment_accept(request: CourseRequest, pk: int) -> HttpResponse:
    mine = _mine(request, pk)
    if mine.is_request:
        appointment_requests.accept(mine, time=_chosen(request), by=request.enrollment, now=now())
    else:
        waiting_list.accept(mine, by=request.enrollment, now=now())
    messages.info(request, "Booked. A letter with the time and place is on its way to you.")
    return redirect("office_hours", course_slug=request.course.slug)


@require_POST
@course_view()
def appointment_decline(request: CourseRequest, pk: int) -> HttpResponse:
    mine = _mine(request, pk)
    if mine.is_request:
        appointment_requests.decline(mine, by=request.enrollment, reason="", now=now())
    else:
        waiting_list.decline(mine, by=request.enrollment, now=now())
    messages.info(request, "Declined. You can book or ask again at any time.")
    return redirect("office_hours", course_slug=request.course.slug)


@require_http_methods(["GET", "POST"])
@course_view(Role.ASSISTANT)
def appointment_answer(request: CourseRequest, pk: int) -> HttpResponse:
    asked = get_object_or_404(request.course.appointments.select_related("student__user", "course", "host"), pk=pk)
    people = teams.people_of(request.course, asked)
    answers = Answers(request.POST, course=request.course, place=appointment_requests.usual_place(asked))
    form = answers.chosen
    if request.method == "POST" and form is None:
        raise DomainError("Choose an answer. Nothing was changed.")
    if form and form.is_valid():
        try:
            _answer(request.POST["do"], asked, form, by=request.enrollment)
            messages.info(request, f"{DONE[request.POST['do']]}. {letters.on_their_way(len(people))}")
            return redirect("office_hours", course_slug=request.course.slug)
        except DomainError as error:
            form.add_error(None, error.message)
    page = {"asked": asked, "people": people, "times": appointment_requests.times_of(asked), "answers": answers}
    return render(request, "officehours/answer.html", page, status=422 if form else 200)


def _answer(does: str, asked: Appointment, form: Any, *, by: Enrollment) -> None:
    typed = form.cleaned_data
    match does:
        case "counter":
            appointment_requests.counter(asked, times=form.times(), by=by, place=typed["place"], now=now())
        case "accept":
            appointment_requests.accept(asked, time=typed["time"], by=by, place=typed["place"], now=now())
        case "decline":
            appointment_requests.decline(asked, reason=typed["reason"], by=by, now=now())
        case "cancel":
            appointments.cancel(asked, reason=typed["reason"], by=by, now=now())


def _chosen(request: CourseRequest) -> datetime:
    form = ChosenTimeForm(request.POST)
    if not form.is_valid():
        raise DomainError(NO_TIME)
    chosen: datetime = form.cleaned_data["time"]
    return chosen


def _mine(request: CourseRequest, pk: int) -> Appointment:
    """One's own appointment, or the team's; staff read that it is a student's, students find nothing of others."""
    rows = request.course.appointments.select_related("student__user", "course", "host", "hours")
    if request.enrollment.is_staff:
        get_object_or_404(rows, pk=pk)
        raise DomainError("Only the student answers here. Staff change an appointment on its own page.")
    return get_object_or_404(rows.filter(teams.belongs_to(request.enrollment)), pk=pk)
