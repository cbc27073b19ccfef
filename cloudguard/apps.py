from django.apps import AppConfig


class CloudguardConfig(AppConfig):
    name = "cloudguard"
    verbose_name = "Running costs"
