"""What an error page or an error mail may show."""

from django.http import HttpRequest
from django.views.debug import SafeExceptionReporterFilter


class DiscreetFilter(SafeExceptionReporterFilter):
    """Keeps what a view calls sensitive out of error pages, with DEBUG on too: screens are shared."""

    def is_active(self, request: HttpRequest | None) -> bool:
        return True

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, str]:
        """The names of what was sent, never a word of it: it may hold an answer, or a credit code."""
        return dict.fromkeys(request.POST, self.cleansed_substitute) if request is not None else {}
