"""What was typed outlives the session: a form sent without one is shown again, to be sent once more."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from courses.access import CourseView, same_origin

UNTOLD = {"csrfmiddlewaretoken", "code", "password"}  # never written into a page
UNTYPED = {
    "begins",
    "count",
    "do",
    "next",
    "offset",
    "publish",
    "seen",
    "sure",
    "version",
}  # what buttons and hidden fields of our forms send
LONG = 60  # characters; more need a box of several lines


@dataclass(frozen=True)
class TypedField:
    """One value of a form that was sent."""

    name: str
    value: str

    @property
    def label(self) -> str:
        return self.name.replace("_", " ").replace("-", " ").capitalize()

    @property
    def is_hidden(self) -> bool:
        """Whether nobody typed it: it is sent again, unseen."""
        return not self.value or self.name in UNTYPED

    @property
    def is_long(self) -> bool:
        """Whether it needs several lines."""
        return len(self.value) > LONG or "\n" in self.value


class SessionExpired(LoginRequiredMiddleware):
    """Leads to sign-in who merely looks; gives back what was typed to who sent a form."""

    def handle_no_permission(  # type: ignore[override]  # Django's own only ever redirects
        self,
        request: HttpRequest,
        view_func: CourseView,  # type: ignore[override]
    ) -> HttpResponseBase:
        if request.method == "POST":
            return _lost(request, is_signed_out=True)
        return super().handle_no_permission(request, view_func)


def refused_token(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose CSRF token is not of this session, as after a new sign-in.

    With what was typed and a fresh token, if a page of this portal sent it; another site gets no form to
    be sent by one click.
    """
    if not same_origin(request):
        return render(request, "403_csrf.html", status=403)
    is_public = not getattr(request.resolver_match.func, "login_required", True) if request.resolver_match else True
    is_signed_out = not (is_public or request.user.is_authenticated)
    return _lost(request, is_signed_out=is_signed_out)


@sensitive_post_parameters()
def _lost(request: HttpRequest, *, is_signed_out: bool) -> HttpResponse:
    """Give back what was typed; of a view marked `secret` nothing, since codes may stand in any field of it."""
    if request.resolver_match and getattr(request.resolver_match.func, "is_secret", False):
        words = {"is_untold": True, "is_signed_out": is_signed_out}
        return render(request, "session_expired.html", words, status=403)
    return give_back(request, "session_expired.html", 403, is_signed_out=is_signed_out)


@never_cache
@sensitive_post_parameters()
def give_back(
    request: HttpRequest, template: str, status: int, *, mend: Callable[[str], str] = str, **words: object
) -> HttpResponse:
    """Show what was typed, mended, in a form that can be sent again; files are named, as they cannot be kept."""
    fields = [
        TypedField(name, mend(value)) for name, values in request.POST.lists() if name not in UNTOLD for value in values
    ]
    page = {
        "fields": fields,
        "shown": any(not field.is_hidden for field in fields),
        "files": list(request.FILES.items()),
        "address": request.get_full_path(),
        **words,
    }
    return render(request, template, page, status=status)
