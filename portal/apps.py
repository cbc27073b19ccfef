from django.apps import AppConfig
from django.utils.module_loading import import_module


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = "Portal"

    def ready(self) -> None:
        import_module("portal.checks")
