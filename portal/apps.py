from importlib import import_module

from django.apps import AppConfig, apps


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = "Portal"

    def ready(self) -> None:
        import_module("portal.checks")
        if apps.is_installed("cloudguard"):
            register_cloudguard()


def register_cloudguard() -> None:
    """What the app of running costs shows on pages of others."""
    # Models can be imported only once all apps are loaded.
    from cloudguard.queries import costs  # noqa: PLC0415
    from courses.domain import cards  # noqa: PLC0415

    cards.register(cards.Page.CREDITS, costs.credits_cards)
    cards.register(cards.Page.TODAY, costs.today_cards)
