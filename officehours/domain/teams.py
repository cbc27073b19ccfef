"""Who comes as a team: only those who are in it. Which team is whose stands in another room."""

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.errors import RuleBroken
from courses.models import Enrollment


def check(person: Enrollment, number: int | None) -> None:
    """Raise RuleBroken for a team that is not this person's."""
    if number is not None and import_string(settings.TEAM_NUMBER)(person) != number:
        raise RuleBroken(f"You are not in team {number}; leave the number empty to come alone. Nothing was changed.")
