"""What browsers and caches between may keep of a page."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import patch_cache_control

SECRET = {
    "Cache-Control": "no-store, no-transform, private",  # no-transform: no proxy compresses it either
    "Pragma": "no-cache",
    "X-Robots-Tag": "noindex",
}


class Compression(GZipMiddleware):
    """GZip for pages, never for one that says no-transform: the size of a compressed page tells about a secret."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:  # type: ignore[override]
        if "no-transform" in response.get("Cache-Control", ""):
            return response
        return super().process_response(request, response)  # type: ignore[return-value]


class PrivatePages:
    """Keep every page out of shared caches, and have a browser ask again before it shows one anew.

    Not `no-store`: with it, Back after a failure would lose what was typed. A view that says
    otherwise (a public feed) is left alone; of one marked `accounts.access.secret` nothing stays anywhere,
    of its errors and redirects neither.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        view = getattr(request.resolver_match, "func", None)
        if getattr(view, "is_secret", False):
            for name, value in SECRET.items():
                response[name] = value
        if getattr(view, "is_unreferred", False):
            response["Referrer-Policy"] = "no-referrer"
        if not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_cache=True)
        return response
