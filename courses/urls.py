"""Addresses of this room."""

from datetime import date

from django.urls import URLPattern, path, register_converter

from courses.views import roster


class DateConverter:
    """A date in an address: "2023-11-28"."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> date:
        """The date; a ValueError makes the address unknown (404)."""
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        """As it stands in the address."""
        return value.isoformat()


register_converter(DateConverter, "isodate")

urlpatterns: list[URLPattern] = [
    path("roster/", roster.roster, name="roster"),
    path("roster/upload", roster.roster_upload, name="roster_upload"),
    path("roster/imports/<int:pk>", roster.roster_import, name="roster_import"),
    path("roster/imports/<int:pk>/apply", roster.roster_apply, name="roster_apply"),
    path("roster/imports/<int:pk>/undo", roster.roster_undo, name="roster_undo"),
]
