"""What of the log staff want to read."""

from typing import Any, cast
from urllib.parse import urlencode

from django import forms

from courses.models import Course, Enrollment
from credits.domain import log_book


class PersonField(forms.ModelChoiceField):
    """Anybody of the course."""

    def label_from_instance(self, obj: Enrollment) -> str:
        """As a roster lists them."""
        return str(obj.user.sort_name or obj.user.email)


class LogForm(forms.Form):
    """One kind of event, one person."""

    person = PersonField(queryset=Enrollment.objects.none(), required=False, empty_label="Everybody")
    kind = forms.ChoiceField(label="What happened", required=False)

    def __init__(self, course: Course, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = course.enrollments.select_related("user").order_by("user__sort_name", "pk")
        cast(PersonField, self.fields["person"]).queryset = people
        found = [(kind, kind) for kind in log_book.kinds(course)]
        self.fields["kind"].choices = [("", "Everything"), *found]  # type: ignore[attr-defined]

    @property
    def query(self) -> str:
        """What was chosen, as the links to other pages carry it on."""
        return urlencode({name: self.data[name] for name in self.fields if self.data.get(name)})
