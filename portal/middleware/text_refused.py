"""A text that must not be published comes back without its codes, in a form that can be sent again."""

from collections.abc import Callable
from contextlib import suppress

from django.http import HttpRequest, HttpResponse
from django.utils.timezone import now
from django.views.decorators.debug import sensitive_variables

from courses.domain.publishing import TextRefusedError
from credits.domain import audit, search
from portal.middleware.session_expired import give_back


class TextRefused:
    """Answers a form whose text a verb refused, whatever its view is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Give back what was typed, with the reason; the log tells of who tries out codes."""
        if not isinstance(exception, TextRefusedError):
            return None
        with suppress(Exception):  # whatever is broken, no report of it may show what was typed
            slug = request.resolver_match.kwargs.get("course_slug", "") if request.resolver_match else ""
            # Where it was typed is not said: the form may be a survey.
            note = "a text held a code and was given back"
            audit.refuse_by_slug(slug, note, now=now(), actor_id=request.user.pk)
        return give_back(request, "text_refused.html", 422, mend=_without_codes, message=exception.message)


@sensitive_variables()
def _without_codes(text: str) -> str:
    """The text with dots for each code; nothing of it if that cannot be told."""
    try:
        return search.without_codes(text)
    except Exception:  # its report would show the text
        return ""
