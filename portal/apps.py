from importlib import import_module

from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = "Portal"

    def ready(self) -> None:
        import_module("portal.checks")
        registry = import_module("portal.course_file.registry")
        for app in ("courses", "feedback", "officehours", "presentations", "credits"):
            registry.register(import_module(f"{app}.course_file"))
