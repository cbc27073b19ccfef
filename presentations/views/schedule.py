"""The published schedule, and swaps: a conversation of two buttons."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_GET, require_POST

from accounts.access import public
from accounts.errors import DomainError
from courses.access import CourseRequest, course_view
from courses.models import Course, Role
from presentations.domain import releases, teams
from presentations.domain import swaps as rules
from presentations.queries import my_schedule, team_pages

ANSWERS = {
    "open": "Asked: team {other} gets a letter, and answers until it is too late to swap.",
    "agreed": "Both teams agree; your instructor has the last word.",
    "accepted": "The two talks have changed places; both teams get a letter.",
    "declined": "Declined; nothing moves.",
    "withdrawn": "Withdrawn; nothing moves.",
}


@require_GET
@course_view()
def presentations(request: CourseRequest) -> HttpResponse:
    mine = my_schedule.schedule_of(request.enrollment, now=now())
    return render(request, "presentations/schedule.html", {"mine": mine})


@require_POST
@course_view()
def schedule_seen(request: CourseRequest) -> HttpResponse:
    team, number = teams.team_of(request.enrollment), request.POST.get("release", "")
    if team is None:
        raise DomainError("You are in no team, so there is nothing to confirm.")
    if not number.isdecimal() or len(number) > 5:
        raise DomainError("Nothing was noted: look at the schedule again, and say then that your team has seen it.")
    releases.mark_seen(team, by=request.enrollment, number=int(number))
    messages.info(request, f"Noted: your team has seen release {number}.")
    return redirect("presentations", course_slug=request.course.slug)


@require_GET
@public("an instructor may open the schedule, without names of students, to anyone")
def public_schedule(request: HttpRequest, course_slug: str) -> HttpResponse:
    course = get_object_or_404(Course, slug=course_slug, presentation_plan__is_public=True)
    if not course.releases.exists():
        raise Http404("Nothing is released.")
    return render(request, "presentations/public.html", {"course": course, "days": my_schedule.public_schedule(course)})


@require_GET
@course_view()
def swaps(request: CourseRequest) -> HttpResponse:
    return render(request, "presentations/swaps.html", {"swaps": team_pages.swaps_of(request.enrollment, now=now())})


@require_POST
@course_view()
def swap_ask(request: CourseRequest) -> HttpResponse:
    team, number = teams.team_of(request.enrollment), request.POST.get("team", "")
    other = request.course.teams.filter(number=number).first() if number.isdecimal() and len(number) < 5 else None
    if team is None or other is None:
        raise DomainError("Choose the team with which yours would change places; nothing was asked.")
    note = request.POST.get("note", "")[:300]
    swap = rules.propose(team, other, by=request.enrollment, now=now(), note=note)
    messages.info(request, ANSWERS[swap.state].format(other=other.number))
    return redirect("swaps", course_slug=request.course.slug)


def _one_button(verb: Callable[..., Any], role: Role = Role.STUDENT) -> Callable[..., HttpResponse]:
    """A view that moves one swap on and returns to the conversation."""

    @require_POST
    @course_view(role)
    def view(request: CourseRequest, pk: int) -> HttpResponse:
        swap = get_object_or_404(request.course.swap_requests.select_related("from_team", "to_team", "course"), pk=pk)
        verb(swap, by=request.enrollment, now=now())
        messages.info(request, ANSWERS[swap.state])
        return redirect("swaps", course_slug=request.course.slug)

    return view


swap_accept = _one_button(rules.accept)
swap_decline = _one_button(rules.decline)
swap_withdraw = _one_button(rules.withdraw)
swap_approve = _one_button(rules.approve, Role.ASSISTANT)
