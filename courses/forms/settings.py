from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError

from courses.forms.dates import ClockInput, DayInput, WrittenDateField
from courses.models import Course, Role, WeeklyTime

STAFF_ROLES = [(role.value, role.label) for role in (Role.ASSISTANT, Role.INSTRUCTOR)]


class CourseForm(forms.ModelForm):
    starts_on = WrittenDateField(label="First day", widget=DayInput)
    ends_on = WrittenDateField(label="Last day", widget=DayInput)
    meetings_first_on = WrittenDateField(label="Classes from", widget=DayInput)
    meetings_last_on = WrittenDateField(label="Classes until", widget=DayInput)

    class Meta:
        model = Course
        fields = (
            "code", "title", "term", "school", "institution", "timezone",
            "starts_on", "ends_on", "meetings_first_on", "meetings_last_on",
        )  # fmt: skip
        labels = {"timezone": "Time zone"}
        help_texts = {"timezone": "By its city: America/Los_Angeles."}

    def clean_timezone(self) -> str:
        zone = str(self.cleaned_data["timezone"])
        if zone not in available_timezones():
            raise ValidationError(f"“{zone}” is not a time zone. Write it by its city, like America/Los_Angeles.")
        return zone

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        self._in_order("starts_on", "ends_on", "The course cannot end before it starts.")
        self._in_order("meetings_first_on", "meetings_last_on", "The last class cannot come before the first.")
        self._in_order("starts_on", "meetings_first_on", "Classes cannot start before the course does.")
        self._in_order("meetings_last_on", "ends_on", "The course cannot end before its last class.", later=False)
        return typed

    def _post_clean(self) -> None:
        """Leave the course as it is: the rule compares, and writes."""

    def _in_order(self, first: str, second: str, sentence: str, *, later: bool = True) -> None:
        begin, end = self.cleaned_data.get(first), self.cleaned_data.get(second)
        if begin and end and end < begin:
            self.add_error(second if later else first, sentence)


class AccentForm(forms.ModelForm):
    class Meta:
        model = Course
        fields = ("accent",)
        widgets = {"accent": forms.RadioSelect}
        labels = {"accent": "Colour"}


class StaffForm(forms.Form):
    name = forms.CharField(max_length=200)
    email = forms.CharField(max_length=320, label="E-mail", help_text="They sign in by a code sent there.")
    role = forms.ChoiceField(choices=STAFF_ROLES)


class RoleForm(forms.Form):
    """What someone of the staff may do."""

    role = forms.ChoiceField(choices=STAFF_ROLES)


class WeeklyTimeForm(forms.ModelForm):
    class Meta:
        model = WeeklyTime
        fields = ("weekday", "start", "end", "place")
        widgets = {"start": ClockInput, "end": ClockInput}
        labels = {"start": "Starts", "end": "Ends"}

    def _post_clean(self) -> None:
        """Leave overlaps to the rule, whose sentence names both times."""
        for name, value in self.cleaned_data.items():
            setattr(self.instance, name, value)


class NoClassDayForm(forms.Form):
    date = WrittenDateField(help_text="Like 2023-11-23, or Thursday 2023-11-23.")
    reason = forms.CharField(max_length=200, help_text="Students read it: “Thanksgiving”.")
