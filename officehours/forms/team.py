"""Coming as a team: a tick for who is in one, and nothing for anybody else."""

from typing import Any

from django import forms

from courses.models import Enrollment
from officehours.domain import teams


class TeamTick(forms.CheckboxInput):
    """A tick that stands for a team's number."""

    def __init__(self, number: int) -> None:
        super().__init__(check_test=lambda value: value not in (None, ""))
        self.number = number

    def format_value(self, value: Any) -> str:
        """The number, ticked or not."""
        return str(self.number)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """What was sent: the number, or nothing."""
        return data.get(name)


class TeamForm(forms.Form):
    """Whether one comes alone or as a team."""

    team = forms.IntegerField(required=False, min_value=0, max_value=30000)

    def __init__(self, *args: Any, person: Enrollment, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        number = teams.number_of(person)
        if number is None:
            self.fields["team"].widget = forms.HiddenInput()
        else:
            self.fields["team"].widget = TeamTick(number)
            self.fields["team"].label = f"Come as team {number}; all of it get the letters"
