"""A text that must not be published comes back in a form that can be sent again, where its page does not show it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from courses.domain.publishing import TextRefusedError
from portal.middleware.session_expired import give_back


class TextRefused:
    """Answers a refusal that no view has caught."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Give back what was typed, with the reason."""
        if not isinstance(exception, TextRefusedError):
            return None
        return give_back(request, "text_refused.html", 422, message=exception.message)
