"""The roof: the only place that may know every room. Celery finds its app here."""

from portal.celery import app as celery_app

__all__ = ["celery_app"]
