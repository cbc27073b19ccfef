"""Forming teams, and what a team says about its talk."""

from typing import Any
from unicodedata import category

from django import forms

from accounts.errors import DomainError
from courses.models import Course, Enrollment
from presentations.domain import arranging, plans
from presentations.models import Team


class AddPersonForm(forms.Form):
    person = forms.ChoiceField(label="Person")

    def __init__(self, people: list[Enrollment], typed: Any = None) -> None:
        super().__init__(typed)
        self.people = {str(person.pk): person for person in people}
        names = ((key, person.user.name) for key, person in self.people.items())
        self.fields["person"].choices = [("", "Choose a name"), *names]  # type: ignore[attr-defined]

    def chosen(self) -> Enrollment:
        """The person. Raises DomainError if none was chosen."""
        if not self.is_valid():
            raise DomainError("Choose someone from the list; nothing was changed.")
        return self.people[self.cleaned_data["person"]]


class TitleForm(forms.Form):
    kind = forms.ChoiceField(label="Kind", required=False)
    title = forms.CharField(label="Title", max_length=300)

    def __init__(self, team: Team, typed: Any = None) -> None:
        super().__init__(typed, initial={"kind": team.kind, "title": team.title})
        labels = plans.plan_of(team.course).kind_labels
        self.fields["kind"].choices = [("", "Not decided"), *labels.items()]  # type: ignore[attr-defined]

    def clean_title(self) -> str:
        return " ".join("".join(" " if category(c) == "Cc" else c for c in self.cleaned_data["title"]).split())


class DaysForm(forms.Form):
    """The days that a team would like, best first."""

    def __init__(self, team: Team, typed: Any = None) -> None:
        super().__init__(typed)
        days = [day.meeting.date for day in plans.days_of(team.course)]
        choices = [("", "No wish"), *((day.isoformat(), arranging.short_date(day)) for day in days)]
        wishes = dict(enumerate(team.preferred_days, start=1))
        for rank in range(1, len(days) + 1):
            self.fields[f"choice_{rank}"] = forms.ChoiceField(
                label=f"Choice {rank}", choices=choices, initial=wishes.get(rank, ""), required=False
            )

    def clean(self) -> dict[str, Any]:
        wishes = [wish for name in self.fields if (wish := self.cleaned_data.get(name))]
        if len(wishes) != len(set(wishes)):
            raise forms.ValidationError("A day stands twice; name each day once.")
        return {"days": wishes}


class TopicForm(forms.Form):
    title = forms.CharField(label="Title", max_length=300)
    kind = forms.ChoiceField(label="Kind", required=False)
    url = forms.URLField(label="Link", required=False, max_length=500, assume_scheme="https")

    def __init__(self, course: Course, typed: Any = None) -> None:
        super().__init__(typed)
        labels = plans.plan_of(course).kind_labels
        self.fields["kind"].choices = [("", "Any"), *labels.items()]  # type: ignore[attr-defined]
