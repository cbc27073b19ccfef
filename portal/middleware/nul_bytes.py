"""Nobody types a NUL, PostgreSQL stores none, and logs the row that it refuses: it goes before a view reads."""

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict

from courses.access import CourseView

NUL = "\x00"


class NulBytes:
    """Takes NULs out of what a form or an address says; one place for all apps."""

    def __init__(self, get_response: CourseView) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> None:
        if "%00" in request.META.get("QUERY_STRING", ""):
            request.GET = _without(request.GET)  # type: ignore[assignment]  # Django's own are immutable too
        if request.method == "POST" and request.user.is_authenticated and _has_nul(request.POST):
            request.POST = _without(request.POST)  # type: ignore[assignment]


def _has_nul(typed: QueryDict) -> bool:
    return any(NUL in text for name, values in typed.lists() for text in (name, *values))


def _without(typed: QueryDict) -> QueryDict:
    found = typed.copy()
    found.clear()
    for name, values in typed.lists():
        found.setlist(name.replace(NUL, ""), [text.replace(NUL, "") for text in values])
    found._mutable = False
    return found
