from typing import Any

from django import forms

from accounts.errors import DomainError
from courses.forms.dates import ClockInput, DayInput, WrittenDateField, zone_hint
from courses.models import Course
from courses.models.meeting import Weekday
from officehours.domain.edits import Edit, OwnTerms, Scope
from officehours.domain.series import Terms, check_hours, own_terms
from officehours.models import OfficeHours
from officehours.models.hours import Mode, is_web_address


class HoursFields(forms.Form):
    start = forms.TimeField(widget=ClockInput, label="Starts")
    end = forms.TimeField(widget=ClockInput, label="Ends")
    mode = forms.ChoiceField(choices=Mode, label="Held")
    place = forms.CharField(max_length=120, required=False)
    url = forms.CharField(
        max_length=500,
        required=False,
        label="Link",
        validators=[is_web_address],
        help_text="Of the online meeting; shown to people of the course only.",
    )

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        start, end = typed.get("start"), typed.get("end")
        try:
            if start and end:
                check_hours(start, end)
        except DomainError as error:
            self.add_error("end", error.message)
        return typed


class NewHoursForm(HoursFields):
    title = forms.CharField(max_length=120, required=False, help_text="If they have a name of their own.")
    host = forms.ChoiceField(label="Whose")
    weekday = forms.TypedChoiceField(choices=Weekday, coerce=int)
    first_on = WrittenDateField(widget=DayInput, label="From")
    last_on = WrittenDateField(widget=DayInput, label="Until")
    field_order = ("host", "weekday", "start", "end", "mode", "place", "url", "first_on", "last_on", "title")

    def __init__(self, *args: Any, course: Course, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "initial": {"last_on": course.ends_on, **kwargs.get("initial", {})}})
        self.staff = {str(person.user_id): person.user for person in course.enrollments.staff().select_related("user")}
        self.fields["host"].choices = [(pk, user.name or user.email) for pk, user in self.staff.items()]  # type: ignore[attr-defined]
        self.fields["start"].help_text = zone_hint(course)

    def as_new(self) -> dict[str, Any]:
        typed = self.cleaned_data
        terms = Terms(**{name: typed[name] for name in Terms.__dataclass_fields__})
        return {
            "host": self.staff[typed["host"]],
            "terms": terms,
            "first_on": typed["first_on"],
            "last_on": typed["last_on"],
        }


class EditForm(HoursFields):
    scope = forms.ChoiceField(
        label="For",
        choices=[(Scope.THIS, "This date"), (Scope.FROM, "From this date on"), (Scope.TO_COME, "All to come")],
        widget=forms.RadioSelect,
        initial=Scope.THIS,
    )
    date = WrittenDateField(widget=DayInput, label="Held on")
    title = forms.CharField(max_length=120, required=False, help_text="A new name is for all dates.")
    reason = forms.CharField(max_length=300, required=False, help_text="Students read it: “a conference”.")
    takes_changed = forms.BooleanField(
        required=False, label="Also dates that were changed on their own", help_text="For more than this date."
    )
    may_displace = forms.BooleanField(required=False, label="Cancel the bookings that no longer fit")
    field_order = ("scope", "date", "start", "end", "mode", "place", "url", "title", "reason", "takes_changed",
                   "may_displace")  # fmt: skip

    def __init__(self, *args: Any, hours: OfficeHours, **kwargs: Any) -> None:
        known = own_terms(hours) | {"reason": hours.reason, "title": hours.series.title}
        super().__init__(*args, **{**kwargs, "initial": known})
        self.hours = hours
        self.fields["start"].help_text = zone_hint(hours.course)

    def clean(self) -> dict[str, Any]:
        typed = super().clean()
        is_renamed = "title" in typed and typed["title"] != self.hours.series.title
        if is_renamed and typed.get("scope") == Scope.THIS:
            self.add_error("title", "A name is for all dates: choose those, or leave the name as it is.")
        return typed

    def as_edit(self) -> Edit:
        typed = self.cleaned_data
        terms = OwnTerms(**{name: typed[name] for name in OwnTerms.__dataclass_fields__})
        rest = {name: typed[name] for name in ("title", "reason", "may_displace", "takes_changed")}
        return Edit(self.hours.pk, Scope(typed["scope"]), terms, **rest)


class CancelHoursForm(forms.Form):
    scope = forms.ChoiceField(
        label="For",
        choices=[(Scope.THIS, "This date"), (Scope.FROM, "This date and all after it")],
        widget=forms.RadioSelect,
        initial=Scope.THIS,
    )
    reason = forms.CharField(max_length=300, help_text="Students read it: “Thanksgiving”, “ill”.")

    def __init__(self, *args: Any, hours: OfficeHours, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.hours = hours

    def as_edit(self) -> Edit:
        return Edit(self.hours.pk, Scope(self.cleaned_data["scope"]), None, reason=self.cleaned_data["reason"])
