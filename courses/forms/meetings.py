from typing import Any

from django import forms

from courses.domain import calendar
from courses.forms.dates import ClockInput, zone_hint
from courses.models import ClassMeeting


class MeetingForm(forms.Form):
    title = forms.CharField(max_length=200, required=False, help_text="What it is about: “Kubernetes I”.")
    start = forms.TimeField(widget=ClockInput, label="Starts")
    end = forms.TimeField(widget=ClockInput, label="Ends")
    place = forms.CharField(max_length=120, required=False)

    def __init__(self, *args: Any, meeting: ClassMeeting, **kwargs: Any) -> None:
        local_start, local_end = (
            calendar.local_time(meeting.course, at) for at in (meeting.starts_at, meeting.ends_at)
        )
        kept = {"title": meeting.title, "place": meeting.place}
        kwargs["initial"] = kept | {"start": local_start.time(), "end": local_end.time()}
        super().__init__(*args, **kwargs)
        self.fields["start"].help_text = zone_hint(meeting.course)

    @property
    def moves(self) -> bool:
        return bool({"start", "end", "place"} & set(self.changed_data))


class CancelForm(forms.Form):
    reason = forms.CharField(max_length=200, help_text="Students read it: “Thanksgiving”, “the room is flooded”.")
