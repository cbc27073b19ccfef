from datetime import MAXYEAR, MINYEAR, datetime
from decimal import Decimal
from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator

from courses.forms.dates import DayInput, MomentInput
from courses.models import Course, Enrollment
from credits.domain import grants
from credits.models import Channel, CreditPool
from credits.queries import log

DESK_CHANNELS = [
    Channel.CLASS,
    Channel.BREAK,
    Channel.OFFICE_HOURS,
    Channel.APPOINTMENT,
    Channel.ZOOM,
    Channel.IN_PERSON,
]


class ReportForm(forms.Form):
    words = forms.CharField(
        label="What happened?",
        max_length=300,
        help_text="The message that AWS showed. Leave the code itself out.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class PinForm(forms.Form):
    digits = forms.RegexField(
        r"^\s*\d{3}\s?\d{3}\s*$",
        label="The six digits you are told",
        error_messages={"invalid": "These are not six digits."},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "autofocus": True}),
    )

    def clean_digits(self) -> str:
        return "".join(self.cleaned_data["digits"].split())


class TypedOnce(forms.Textarea):
    """A field whose content no page shows again."""

    def format_value(self, value: Any) -> str | None:
        return None


LARGEST = 1024 * 1024  # bytes
MOST_SENT = LARGEST + 64 * 1024  # bytes of the whole form; a longer one never touches the disk


class CodesForm(forms.Form):
    text = forms.CharField(
        label="Codes, one a line",
        required=False,
        max_length=LARGEST,
        widget=TypedOnce(attrs={"rows": 6, "autocomplete": "off"}),
    )
    file = forms.FileField(label="or a CSV with a column “code”", required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        text, file = cleaned.get("text"), cleaned.get("file")
        if bool(text) == bool(file):
            raise ValidationError("Paste codes or choose a file of at most 1 MB, one of the two.")
        if file and file.size > LARGEST:
            raise ValidationError("This file is larger than 1 MB; it was not read.")
        return cleaned

    @property
    def content(self) -> bytes:
        file = self.cleaned_data["file"]
        return cast(bytes, file.read()) if file else self.cleaned_data["text"].encode()


class LookUpForm(forms.Form):
    code = forms.CharField(
        max_length=200,
        help_text="It is compared by its keyed fingerprint; no code is opened for it.",
        widget=TypedOnce(attrs={"rows": 1, "autocomplete": "off"}),
    )


class DeclineForm(forms.Form):
    reason = forms.CharField(max_length=300)


class PersonField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Enrollment) -> str:
        return ", ".join(filter(None, [obj.user.sort_name or obj.user.email, str(obj.section or "")]))


class DeskForm(forms.Form):
    student = PersonField(
        queryset=Enrollment.objects.none(),
        empty_label="Choose who stands here",
        error_messages={"invalid_choice": "This student may have no code of these, or has all theirs by now."},
    )
    channel = forms.ChoiceField(
        label="Where", choices=[(channel.value, channel.label) for channel in DESK_CHANNELS], initial=Channel.CLASS
    )

    def __init__(self, pool: CreditPool, at: datetime, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        may = grants.may_take(pool, at)
        self.has_people = bool(may)
        people = pool.course.enrollments.filter(pk__in=may).select_related("user", "section")
        cast(PersonField, self.fields["student"]).queryset = people


class AsOfForm(forms.Form):
    at = forms.DateTimeField(label="As of", widget=MomentInput(), input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])

    def clean_at(self) -> datetime:
        local: datetime = self.cleaned_data["at"]
        if not MINYEAR < local.year < MAXYEAR:
            raise ValidationError("This year is beyond the calendar.")
        return local

    def instant(self, course: Course) -> datetime:
        """The whole minute that was named, or the whole second if one was."""
        local: datetime = self.cleaned_data["at"]
        second = local.second if self["at"].data.count(":") > 1 else 59
        return local.replace(tzinfo=course.zone, second=second, microsecond=999_999)


# What the course file takes too, so that a pool can be exported and loaded again.
LIMITS = (("value_usd", 0, 9_999_999), ("per_student", 1, 100), ("low_stock", 0, 10_000))


def _plain(value: Decimal) -> str:
    """A value without needless zeros: "100", "12.50"."""
    return f"{value:.2f}".removesuffix(".00") if value == round(value, 2) else f"{value.normalize():f}"


class PoolForm(forms.ModelForm):
    class Meta:
        model = CreditPool
        fields = (
            "program",
            "sections",
            "value_usd",
            "redeem_by",
            "expires_on",
            "per_student",
            "approves_by_rule",
            "low_stock",
            "note",
        )
        widgets = {
            "sections": forms.CheckboxSelectMultiple(),
            "redeem_by": DayInput(),
            "expires_on": DayInput(),
            "note": forms.Textarea(attrs={"rows": 3}),
        }
        help_texts = {
            "sections": "None chosen: all of the course.",
            "note": "Students read it beside the button. Markdown.",
            "approves_by_rule": "Later requests, after a declined one, are always decided by staff.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sections"].queryset = self.instance.course.sections.all()  # type: ignore[attr-defined]
        self.fields["program"].required = True
        if self.instance.value_usd is not None:
            self.initial["value_usd"] = _plain(self.instance.value_usd)
        for name, least, most in LIMITS:
            cast(forms.IntegerField, self.fields[name]).validators += [
                MinValueValidator(least),
                MaxValueValidator(most),
            ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        redeem_by, expires_on = cleaned.get("redeem_by"), cleaned.get("expires_on")
        if redeem_by and expires_on and redeem_by > expires_on:
            self.add_error("redeem_by", "This is after the day on which the credit expires.")
        return cleaned


class LogForm(forms.Form):
    person = PersonField(queryset=Enrollment.objects.none(), required=False, empty_label="Everybody")
    kind = forms.ChoiceField(label="What happened", required=False)

    def __init__(self, course: Course, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = course.enrollments.select_related("user", "section").order_by("user__sort_key", "pk")
        cast(PersonField, self.fields["person"]).queryset = people
        found = [(kind, kind) for kind in log.kinds(course)]
        self.fields["kind"].choices = [("", "Everything"), *found]  # type: ignore[attr-defined]

    @property
    def query(self) -> str:
        """What was chosen, as the links to other pages carry it on."""
        return urlencode({name: self.data[name] for name in self.fields if self.data.get(name)})
