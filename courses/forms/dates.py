"""Dates and times as staff type them: wall-clock, in the course's zone."""

from datetime import date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.errors import DomainError
from courses.domain import calendar
from courses.models import Course

PICKED_MOMENT = "%Y-%m-%dT%H:%M"


class WrittenDateField(forms.CharField):
    def to_python(self, value: Any) -> Any:
        if isinstance(value, date) or value in self.empty_values:
            return value or None
        try:
            return calendar.parse_date(value)
        except DomainError as error:
            raise ValidationError(error.message) from error


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class ClockInput(forms.TimeInput):
    """The browser's own time picker, to the minute."""

    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


class MomentInput(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format=PICKED_MOMENT)


class MomentField(forms.Field):
    """A local date and time of the course, as an instant (UTC); give `course` before it is used."""

    widget = MomentInput
    course: Course

    def prepare_value(self, value: Any) -> Any:
        """An instant as local time without zone, to the minute; what was typed stays as it was typed."""
        return calendar.local_time(self.course, value) if isinstance(value, datetime) else value

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values:
            return None
        try:
            wall = datetime.fromisoformat(str(value).strip())
            return calendar.instant_of(self.course, wall.replace(second=0, microsecond=0, tzinfo=None))
        except ValueError:
            raise ValidationError(f"“{value}” is not a date and time. Write it like 2023-11-30 23:59.") from None
        except DomainError as error:
            raise ValidationError(error.message) from error


def zone_hint(course: Course) -> str:
    return f"Local time of the course ({course.timezone})."
