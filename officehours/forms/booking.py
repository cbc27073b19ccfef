from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from courses.domain.calendar import YEARS
from courses.forms.dates import MomentField, zone_hint
from courses.models import Course, Enrollment
from officehours.domain import appointment_requests, teams
from officehours.domain.appointments import Wish
from officehours.models import BookingRules

NO_TIME = "Choose one of the proposed times."
TOO_LONG = {"max_length": "In %(limit_value)d characters at most; these are %(show_value)d. Nothing was changed."}
NO_SLOT = "Choose a slot; nothing was booked."


class TeamTick(forms.CheckboxInput):
    """A tick that stands for a team's number."""

    def __init__(self, number: int) -> None:
        super().__init__(check_test=lambda value: value not in (None, ""))
        self.number = number

    def format_value(self, value: Any) -> str:
        return str(self.number)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return data.get(name)


class TeamForm(forms.Form):
    team = forms.IntegerField(required=False, min_value=0, max_value=30000)

    def __init__(self, *args: Any, person: Enrollment, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        number = teams.number_of(person)
        if number is None:
            self.fields["team"].widget = forms.HiddenInput()
        else:
            self.fields["team"].widget = TeamTick(number)
            self.fields["team"].label = f"Come as team {number}; all of it get the letters"


class WishForm(TeamForm):
    topic = forms.CharField(
        max_length=300, required=False, label="What about", help_text="So that the host can prepare."
    )
    field_order: tuple[str, ...] = ("topic", "team")

    def as_wish(self) -> Wish:
        return Wish(topic=self.cleaned_data["topic"], team=self.cleaned_data["team"])


class SlotForm(WishForm):
    starts_at = forms.DateTimeField(error_messages=dict.fromkeys(("required", "invalid"), NO_SLOT))

    def clean_starts_at(self) -> datetime:
        starts_at: datetime = self.cleaned_data["starts_at"]
        if starts_at.year not in YEARS:
            raise ValidationError(NO_SLOT)
        return starts_at


class TimesForm(forms.Form):
    first = MomentField(label="A time")
    second = MomentField(label="Or", required=False)
    third = MomentField(label="Or", required=False)

    def __init__(self, *args: Any, course: Course, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("first", "second", "third"):
            self.fields[name].course = course  # type: ignore[attr-defined]
        self.fields["first"].help_text = zone_hint(course)

    def times(self) -> list[datetime]:
        return [self.cleaned_data[name] for name in ("first", "second", "third") if self.cleaned_data.get(name)]


class AppointmentPlaceForm(forms.Form):
    place = forms.CharField(max_length=300, required=False, label="Where", error_messages=TOO_LONG)


class CounterForm(TimesForm, AppointmentPlaceForm):
    field_order = ("first", "second", "third", "place")


class ReasonForm(forms.Form):
    reason = forms.CharField(
        max_length=300, required=False, help_text="It stands in the letter.", error_messages=TOO_LONG
    )


class AskForm(TimesForm, WishForm):
    host = forms.ChoiceField(label="With")
    field_order = ("host", "topic", "first", "second", "third", "team")

    def __init__(self, *args: Any, course: Course, **kwargs: Any) -> None:
        super().__init__(*args, course=course, **kwargs)
        self.hosts = {str(host.pk): host for host in appointment_requests.hosts_of(course)}
        self.fields["host"].choices = [(pk, str(host.user)) for pk, host in self.hosts.items()]  # type: ignore[attr-defined]


class ChosenTimeForm(forms.Form):
    time = forms.CharField(error_messages={"required": NO_TIME})

    def clean_time(self) -> datetime:
        try:
            return datetime.fromisoformat(self.cleaned_data["time"])
        except ValueError:
            raise ValidationError(NO_TIME) from None


class AcceptForm(ChosenTimeForm, AppointmentPlaceForm):
    pass


class Answers:
    """The three ways to answer a request, or to end a booking; what was typed in one of them stays there."""

    ways: ClassVar = {"accept": "accept", "counter": "counter", "decline": "end", "cancel": "end"}

    def __init__(self, typed: QueryDict, *, course: Course, place: str) -> None:
        chosen = self.ways.get(typed.get("do", ""))
        data = {chosen: typed} if chosen else {}
        where = {"place": place}
        self.accept = AcceptForm(data.get("accept"), initial=where, auto_id="accept_%s")
        self.counter = CounterForm(data.get("counter"), initial=where, auto_id="counter_%s", course=course)
        self.end = ReasonForm(data.get("end"))
        self.chosen: forms.Form | None = getattr(self, chosen) if chosen else None


class BookingRulesForm(forms.ModelForm):
    class Meta:
        model = BookingRules
        fields = ("is_on", "slot_minutes", "open_at_once", "offer_minutes")
        help_texts = {"offer_minutes": "How long a freed slot is kept for the first who waits."}
