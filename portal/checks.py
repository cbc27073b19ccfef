"""What `manage.py check`, and with `--deploy`, says besides Django's own checks."""

from importlib import import_module
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError

from accounts.domain.registry import Registry
from credits.domain import vault
from credits.errors import BadKeyError, NoKeyError
from credits.models import CreditPool


@register
def registries_are_filled(**kwargs: Any) -> list[CheckMessage]:
    """Every question that a lower app asks of a higher one has an answer; all apps are imported with the addresses."""
    import_module(settings.ROOT_URLCONF)
    hint = "Register it in portal/apps.py."
    empty = [registry.name for registry in Registry.every if not registry.answers]
    return [Error(f"Nothing is registered as: {name}.", hint=hint, id="portal.E005") for name in empty]


@register(Tags.security, deploy=True)
def demo_is_off(**kwargs: Any) -> list[CheckMessage]:
    """Where DEMO is on, anyone may be anybody."""
    if not settings.DEMO:
        return []
    hint = "Unset DEMO. With it anyone who reaches the portal may sign in as anybody, and http is allowed."
    return [Error("DEMO is on.", hint=hint, id="portal.E001")]


@register(Tags.security, deploy=True)
def a_proxy_stands_before_it(**kwargs: Any) -> list[CheckMessage]:
    """The web server answers two requests at a time: people who never finish theirs are a proxy's to wait for."""
    if not settings.IS_PRIVATE or settings.BEHIND_PROXY:
        return []
    hint = "Put one before it that takes requests whole (deploy/Caddyfile, deploy/nginx.conf), and unset BEHIND_PROXY."
    return [Error("The web server faces people without a proxy.", hint=hint, id="portal.E006")]


@register(Tags.security, deploy=True)
def credit_codes_have_a_key(**kwargs: Any) -> list[CheckMessage]:
    """Where a course gives out credit codes, their keys are set; and keys that are set can be read.

    A portal without such a course needs no key, so none is asked of it: the settings that are required stay few.
    """
    if not settings.IS_PRIVATE:
        return []
    try:
        vault.ring()
    except BadKeyError as error:
        return [Error(error.message, id="portal.E003")]
    except NoKeyError as missing:
        return [Error(missing.message, id="portal.E002")] if _a_course_has_codes() else []
    return []


def _a_course_has_codes() -> bool:
    """Whether any course has a pool; a database that does not answer, or is still empty, has none."""
    try:
        return CreditPool.objects.exists()
    except DatabaseError:
        return False


if apps.is_installed("cloudguard"):
    from cloudguard.domain import aws_roles

    @register(Tags.security, deploy=True)
    def guard_has_a_name_at_aws(**kwargs: Any) -> list[CheckMessage]:
        """A GUARD_PRINCIPAL that is no ARN would leave the guard off without a word."""
        if not settings.GUARD_PRINCIPAL or aws_roles.is_on():
            return []
        hint = "It looks like arn:aws:iam::111122223333:role/portal. As it is, the guard of forgotten machines is off."
        return [Error("GUARD_PRINCIPAL is not the ARN of a role, a user or an account.", hint=hint, id="portal.E004")]
