"""A credit code is money: no text that anybody types into any form of the portal is kept with one in it."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.utils.timezone import now
from django.views.decorators.debug import sensitive_variables

from courses.access import CourseView
from credits.domain import audit, search
from credits.errors import VaultError
from portal.lost_session import UNTOLD, give_back

MOST = 200_000  # characters in one form: ten times the longest text there is, and two seconds of looking for codes


class NoCodesInTexts:
    """Gives a form back, unsaved, whose words hold a known code; views marked `takes_codes` are where codes belong.

    It compares fingerprints, so it learns nothing about a text but that. One place for all rooms: an agenda, an
    answer, a reason, a note, a draft.
    """

    def __init__(self, get_response: CourseView) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on; what there is to do is done once the view is known."""
        return self.get_response(request)

    @sensitive_variables()
    def process_view(
        self, request: HttpRequest, view: CourseView, args: Any, kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Stop a POST whose words hold a code."""
        if request.method != "POST" or not request.user.is_authenticated or getattr(view, "takes_codes", False):
            return None
        words = [text for name, values in request.POST.lists() if name not in UNTOLD for text in values]
        if sum(map(len, words)) > MOST:
            raise RequestDataTooBig("more words than any form of the portal takes")
        if not _hold_a_code(words):
            return None
        # Where it was typed is not said: the form may be a survey. That it was, tells of who tries out codes.
        slug = kwargs.get("course_slug", "")
        audit.refuse_at_the_door(slug, "a text held a code and was given back", now=now(), actor_id=request.user.pk)
        return give_back(request, "typed_code.html", 422, mend=search.without_codes)


@sensitive_variables()
def _hold_a_code(words: list[str]) -> bool:
    try:
        return search.holds_a_code(words)
    except VaultError:  # without its keys a portal can give out no code, but everything else goes on
        return False
