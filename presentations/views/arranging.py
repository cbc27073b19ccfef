"""Staff arrange the draft and release it."""

from datetime import date
from secrets import randbelow
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.errors import DomainError, shown_on
from courses.access import CourseRequest, course_view
from courses.models import Role
from presentations.domain import arranging, plans, published_schedule, releases, schedule
from presentations.forms.schedule import DayForm, GuestForm, HoursForm, PlaceForm
from presentations.models import Presentation, Slot


@require_GET
@course_view(Role.ASSISTANT)
def arrange(request: CourseRequest) -> HttpResponse:
    return _arrange_page(request)


def _arrange_page(request: CourseRequest, **refused: Any) -> HttpResponse:
    plan = plans.plan_of(request.course)
    planned = schedule.days(request.course, Slot.Edition.DRAFT, plan)
    published, classes = schedule.days(request.course, plan=plan), plans.classes_to_add(request.course)
    context = {
        "plan": plan,
        "days": planned,
        "day_form": DayForm(classes) if classes else None,
        "to_place": arranging.to_place(request.course),
        "findings": releases.check_draft(request.course, planned) + releases.check_classes(request.course, published),
        "changes": published_schedule.changes_between(
            published_schedule.snapshot(published), published_schedule.snapshot(planned)
        ),
        "guest_form": GuestForm(),
        **refused,
    }
    return render(request, "presentations/arrange.html", context, status=422 if refused else 200)


@require_POST
@course_view(Role.ASSISTANT)
def day_add(request: CourseRequest) -> HttpResponse:
    form = DayForm([], request.POST)
    if not form.is_valid():
        raise DomainError("Choose a class from the list; nothing was added.")
    plans.add_day(request.course, form.cleaned_data["date"])
    return redirect("arrange", course_slug=request.course.slug)


@require_POST
@course_view(Role.ASSISTANT)
def day_remove(request: CourseRequest, date: date) -> HttpResponse:
    plans.remove_day(request.course, date)
    return redirect("arrange", course_slug=request.course.slug)


@require_POST
@course_view(Role.ASSISTANT)
def talk_move(request: CourseRequest, pk: int) -> HttpResponse:
    talk, form = _talk(request, pk), PlaceForm(request.course, request.POST)
    if not form.is_valid():
        raise DomainError("Choose the day for this talk; it stays where it was.")
    arranging.move(talk, form.cleaned_data["meeting"], position=form.cleaned_data["position"])
    return _back(request, pk)


@require_POST
@course_view(Role.ASSISTANT)
def talk_nudge(request: CourseRequest, pk: int) -> HttpResponse:
    arranging.nudge(_talk(request, pk), by=-1 if request.POST.get("to") == "earlier" else 1)
    return _back(request, pk)


@require_POST
@course_view(Role.ASSISTANT)
def talk_unplace(request: CourseRequest, pk: int) -> HttpResponse:
    arranging.unplace(_talk(request, pk))
    return _back(request, pk)


@require_POST
@course_view(Role.ASSISTANT)
def talk_hours(request: CourseRequest, pk: int) -> HttpResponse:
    talk, form = _talk(request, pk), HoursForm(request.POST)
    if not form.is_valid():
        return _arrange_page(request, hours_of=talk.pk, hours=form)
    arranging.set_hours(talk, **form.cleaned_data)
    return _back(request, pk)


@require_POST
@course_view(Role.ASSISTANT)
def talk_remove(request: CourseRequest, pk: int) -> HttpResponse:
    arranging.remove_guest(_talk(request, pk))
    return redirect("arrange", course_slug=request.course.slug)


@require_POST
@course_view(Role.ASSISTANT)
def guest_add(request: CourseRequest) -> HttpResponse:
    form = GuestForm(request.POST)
    if form.is_valid():
        with shown_on(form):
            arranging.add_guest(request.course, **form.cleaned_data)
            return redirect("arrange", course_slug=request.course.slug)
    return _arrange_page(request, guest_form=form)


@require_POST
@course_view(Role.ASSISTANT)
def teams_to_place(request: CourseRequest) -> HttpResponse:
    arranging.make_talks(request.course)
    return redirect("arrange", course_slug=request.course.slug)


@require_POST
@course_view(Role.ASSISTANT)
def allocate(request: CourseRequest) -> HttpResponse:
    typed = request.POST.get("seed", "")
    seed = int(typed) if typed.isdecimal() and len(typed) < 10 else randbelow(10_000)
    placed = arranging.allocate(request.course, seed=seed, now=now())
    return render(request, "presentations/allocated.html", {"placed": placed, "seed": seed})


@require_POST
@course_view(Role.ASSISTANT)
def day_postpone(request: CourseRequest, date: date) -> HttpResponse:
    """Class is cancelled: everything from this day on goes to the next day, in the draft."""
    meeting = get_object_or_404(request.course.meetings.select_related("course"), date=date)
    n = arranging.postpone(meeting)
    class_stands = "" if meeting.is_cancelled else " The class itself stands still: cancel it under Classes."
    messages.info(request, f"{n} talks were postponed in the draft. Look at the changes, then release.{class_stands}")
    return redirect("release", course_slug=request.course.slug)


@require_http_methods(["GET", "POST"])
@course_view(Role.INSTRUCTOR)
def release(request: CourseRequest) -> HttpResponse:
    problem = ""
    if request.method == "POST":
        typed = {"note": request.POST.get("note", "")[:300], "token": request.POST.get("version", "")}
        try:
            made = releases.release(request.course, by=request.user, now=now(), **typed)
        except DomainError as error:
            problem = error.message
        else:
            messages.info(request, f"Release {made.number} is published; those concerned get a letter.")
            return redirect("presentations", course_slug=request.course.slug)
    return _release_page(request, problem)


def _release_page(request: CourseRequest, problem: str) -> HttpResponse:
    changes = releases.pending_changes(request.course)
    context = {
        "changes": changes,
        "version": plans.edit_token(changes),
        "recipients": releases.recipient_count(request.course, changes),
        "findings": releases.check_draft(request.course),
        "releases": request.course.releases.select_related("by").order_by("-number"),
        "unseen": releases.teams_that_have_not_seen(request.course),
        "problem": problem,
        "note": request.POST.get("note", ""),
    }
    return render(request, "presentations/release.html", context, status=422 if problem else 200)


def _talk(request: CourseRequest, pk: int) -> Presentation:
    return get_object_or_404(request.course.presentations.select_related("course", "team"), pk=pk)


def _back(request: CourseRequest, pk: int) -> HttpResponse:
    response = redirect("arrange", course_slug=request.course.slug)
    response["Location"] += f"#talk-{pk}"
    return response
