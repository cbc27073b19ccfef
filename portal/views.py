"""The portal's own pages: the way in, and each course's Today."""

from typing import cast

from django.contrib.auth import login
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.timezone import now
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import public
from accounts.models import User
from courses.access import CourseRequest, course_view
from portal import people_picker as picker
from portal import today

THEMES = ("light", "dark", "system")


@require_GET
@public("a load balancer asks whether the process lives")
def healthz(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "ok"})


@require_GET
@public("a load balancer asks whether the portal can serve")
def readyz(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    person = cast(User, request.user)
    courses = [enrollment.course for enrollment in person.enrollments.active().select_related("course")]
    if len(courses) == 1:
        return redirect("course_home", course_slug=courses[0].slug)
    left = [] if courses else person.enrollments.dropped().select_related("course")
    return render(request, "portal/home.html", {"courses": courses, "left": left})


@require_POST
@public("the choice of light or dark holds before sign-in too")
def theme(request: HttpRequest) -> HttpResponse:
    """Remember light, dark or the system's choice for a year."""
    choice = request.POST.get("value", "")
    response = redirect(own_page(request, request.headers.get("Referer", "")))
    response.set_cookie(
        "theme",
        choice if choice in THEMES else "system",
        max_age=31_536_000,
        samesite="Lax",
        secure=request.is_secure(),
    )
    return response


@require_GET
@public("pieces of every page, with no data, in DEBUG only")
def style(request: HttpRequest) -> HttpResponse:
    return render(request, "style.html")


@require_http_methods(["GET", "HEAD", "POST"])
@public("the demo's way in, with invented people only: 404 unless DEMO or DEBUG is on")
def people_picker(request: HttpRequest) -> HttpResponse:
    if not picker.is_allowed():
        raise Http404("Only where people are invented.")
    if request.method != "POST":
        return render(request, "portal/people_picker.html", {"courses": picker.courses_and_groups()})
    person = picker.person_named(request.POST.get("person", ""))
    if person is None:
        raise Http404("No such person.")
    login(request, person, backend="django.contrib.auth.backends.ModelBackend")
    return redirect(own_page(request, request.POST.get("next", "")))


def own_page(request: HttpRequest, address: str) -> str:
    """The address, if it is one of this portal; else the first page."""
    is_ours = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if is_ours else "/"


@require_GET
@course_view()
def course_home(request: CourseRequest) -> HttpResponse:
    return render(request, "portal/today.html", {"today": today.today_for(request.enrollment, now=now())})
