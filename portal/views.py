"""The roof's own pages: the way in, and each course's Today."""

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.access import public
from courses.access import CourseRequest, course_view


@require_GET
@public("a load balancer asks whether the process lives")
def healthz(request: HttpRequest) -> HttpResponse:
    """Say that the process answers."""
    return JsonResponse({"status": "ok"})


@require_GET
@public("a load balancer asks whether the portal can serve")
def readyz(request: HttpRequest) -> HttpResponse:
    """Say that the database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Lead a person to their course, or let them choose among several."""
    courses = [e.course for e in request.user.enrollments.active().select_related("course")]  # type: ignore[union-attr]
    if len(courses) == 1:
        return redirect("course_home", course_slug=courses[0].slug)
    return render(request, "portal/home.html", {"courses": courses})


@require_POST
@public("the choice of light or dark holds before sign-in too")
def theme(request: HttpRequest) -> HttpResponse:
    """Remember light, dark or the system's choice for a year."""
    response = redirect(request.headers.get("Referer", "/"))
    response.set_cookie("theme", request.POST.get("value", "system"), max_age=31_536_000, samesite="Lax")
    return response


@require_GET
@public("pieces of every page, with no data, in DEBUG only")
def style(request: HttpRequest) -> HttpResponse:
    """Show the pieces that every page is made of."""
    return render(request, "style.html")


@require_GET
@course_view()
def course_home(request: CourseRequest) -> HttpResponse:
    """Today: what waits for this person in this course."""
    return render(request, "portal/course_home.html")
