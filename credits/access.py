from contextlib import suppress
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.timezone import now

from accounts.access import signed_in_recently
from courses.access import CourseRequest, CourseView
from credits.domain import audit
from credits.errors import VaultError


def refusals_logged(view: CourseView) -> CourseView:
    """Log who posts to a view of a course that they may not enter; a rule's refusal leads back to the credits."""

    @wraps(view)
    def enter(request: HttpRequest, course_slug: str, **kwargs: Any) -> HttpResponse:
        request.fallback_url = reverse("credits", args=[course_slug])  # type: ignore[attr-defined]
        try:
            return view(request, course_slug=course_slug, **kwargs)
        except (Http404, PermissionDenied):
            if request.method == "POST":
                with suppress(VaultError):
                    why = f"not let in: {request.resolver_match.url_name}" if request.resolver_match else "not let in"
                    audit.refuse_by_slug(course_slug, why, now=now(), actor_id=request.user.pk)
            raise

    return enter


def sign_in_again(request: CourseRequest, page: str, **kwargs: Any) -> HttpResponse | None:
    """Where to sign in anew if the last time was over five minutes ago, to be led on to `page`; None if it was not."""
    if signed_in_recently(request, now()):
        return None
    if request.method == "POST":
        ids = {"actor_id": request.user.pk, "enrollment_id": request.enrollment.pk}
        audit.refuse(request.course.pk, "the sign-in was over five minutes old", now=now(), **ids)
    there = reverse(page, kwargs={"course_slug": request.course.slug, **kwargs})
    return redirect(f"{reverse('confirm_sign_in')}?{urlencode({'next': there})}")
