"""Who may enter a course: every view of one is entered through `course_view`."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.access import public
from accounts.errors import DomainError, shown_on
from accounts.models import User
from courses.models import Course, Enrollment, Role

CourseView = Callable[..., HttpResponse]


class CourseRequest(HttpRequest):
    user: User
    course: Course
    enrollment: Enrollment
    fallback_url: str  # where a refused POST leads that names no page; an app's own decorator may set it


def course_view(
    role: Role = Role.STUDENT, *, signed_out: CourseView | None = None, reason: str = ""
) -> Callable[[CourseView], CourseView]:
    """Let in who is enrolled in the course of the address and may do what `role` may.

    A stranger and a dropped student get 404, too small a role 403. Sets `request.course` and
    `request.enrollment`. A rule broken by a one-button POST becomes a notice on the page it came from.
    A POST of someone whose session is lost goes to `signed_out`, if there is one, for a `reason` to be told.
    """

    def decorate(view: CourseView) -> CourseView:
        @wraps(view)
        def enter(request: HttpRequest, course_slug: str, **kwargs: Any) -> HttpResponse:
            if signed_out and not request.user.is_authenticated:
                return _without_session(signed_out, request, course_slug, **kwargs)
            admit(request, course_slug, role)
            try:
                return view(request, **kwargs)
            except DomainError as broken:
                if request.method != "POST":
                    raise
                messages.error(request, broken.message)
                return redirect(back_of(request))

        enter.course_role = role  # type: ignore[attr-defined]
        return public(reason)(enter) if signed_out else enter

    return decorate


def _without_session(view: CourseView, request: HttpRequest, course_slug: str, **kwargs: Any) -> HttpResponse:
    """Keep what was typed when the session is lost; merely looking leads to sign-in."""
    if request.method == "POST":
        return view(request, course_slug, **kwargs)
    return redirect_to_login(request.get_full_path())


def admit(request: HttpRequest, course_slug: str, role: Role) -> None:
    """Turn the address and the signed-in person into `request.course` and `request.enrollment`.

    Raises Http404 for anyone who is not enrolled (any more), PermissionDenied for too small a role.
    """
    enrollment = (
        Enrollment.objects.active()
        .select_related("course", "section", "user")
        .filter(course__slug=course_slug, user_id=request.user.pk or 0)
        .first()
    )
    if enrollment is None:
        raise Http404("No such course, or you are not in it.")
    passed = cast(CourseRequest, request)
    passed.course, passed.enrollment = enrollment.course, enrollment
    if not enrollment.may(role):
        raise PermissionDenied(f"This page is for a course's {role.label.lower()}s.")


def back_of(request: HttpRequest) -> str:
    """The page of this portal from which a POST came; else `fallback_url`, or the course's page."""
    came_from = request.headers.get("Referer", "")
    own = f"{request.scheme}://{request.get_host()}/"
    passed = cast(CourseRequest, request)
    if came_from.startswith(own):
        return came_from
    return getattr(passed, "fallback_url", f"/c/{passed.course.slug}/")


def carry_out(form: BaseForm, verb: Callable[..., object]) -> bool:
    """Whether a form is valid and `verb`, given its fields by name, did what it asks; a refusal stands in the form."""
    if form.is_valid():
        with shown_on(form):
            verb(**form.cleaned_data)
    return form.is_valid()


def same_origin(request: HttpRequest) -> bool:
    """Whether a POST comes from a page of this portal, as browsers say it (Sec-Fetch-Site, Origin).

    For the one view that must take a form again after a new sign-in has changed the CSRF token.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    return origin is None or origin == f"{request.scheme}://{request.get_host()}"
