"""The project: the only package that may know every app. Celery finds its app here."""

from portal.celery import app as celery_app

__all__ = ["celery_app"]
