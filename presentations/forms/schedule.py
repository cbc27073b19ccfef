"""Arranging the schedule, and its rules."""

from typing import Any

from django import forms

from courses.models import ClassMeeting, Course
from presentations.domain import arranging

FREE_KINDS = [("guest", "Guest talk"), ("practice", "Practice talk"), ("break", "Break"), ("other", "Something else")]


class PlaceForm(forms.Form):
    meeting = forms.ModelChoiceField(queryset=ClassMeeting.objects.none(), to_field_name="date")
    position = forms.IntegerField(min_value=1, max_value=1000, required=False)

    def __init__(self, course: Course, typed: Any = None) -> None:
        super().__init__(typed)
        self.fields["meeting"].queryset = course.meetings.all()  # type: ignore[attr-defined]


class DayForm(forms.Form):
    date = forms.DateField(label="Class", widget=forms.Select)

    def __init__(self, meetings: list[ClassMeeting], typed: Any = None) -> None:
        super().__init__(typed)
        labels = ((each.date.isoformat(), f"{arranging.short_date(each.date)}, {each.label}") for each in meetings)
        self.fields["date"].widget.choices = list(labels)


class HoursForm(forms.Form):
    minutes = forms.IntegerField(label="Minutes", min_value=1, max_value=600, required=False)
    start = forms.TimeField(label="Starts at", required=False)


class GuestForm(forms.Form):
    guest = forms.CharField(label="Who speaks", max_length=200, required=False)
    title = forms.CharField(label="Title", max_length=300, required=False)
    kind = forms.ChoiceField(label="Kind", choices=FREE_KINDS)
    do_reviews_count = forms.BooleanField(label="Reviews of it count", required=False)
