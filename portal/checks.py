"""What `manage.py check --deploy` says besides Django's own checks."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security, deploy=True)
def demo_is_off(**kwargs: Any) -> list[CheckMessage]:
    """Where DEMO is on, anyone may be anybody."""
    if not settings.DEMO:
        return []
    hint = "Unset DEMO. With it anyone who reaches the portal may sign in as anybody, and http is allowed."
    return [Error("DEMO is on.", hint=hint, id="portal.E001")]
