"""Addresses of this room."""

from datetime import date

from django.urls import URLPattern, register_converter


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

urlpatterns: list[URLPattern] = []
