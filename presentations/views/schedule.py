"""The published schedule."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_GET, require_POST

from accounts.access import public
from accounts.errors import DomainError
from courses.access import CourseRequest, course_view
from courses.models import Course
from presentations.domain import releases, teams
from presentations.queries import my_schedule


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
