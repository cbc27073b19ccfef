"""manage.py survey_recap SLUG DATE: the figures of one class, as Markdown or JSON."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.errors import DomainError
from courses.domain import calendar
from feedback.models import Survey
from feedback.queries.recap import Recap, as_json, recap_of


class Command(BaseCommand):
    help = "Print the figures of the survey of one class, as they were frozen."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("date", help="the class's date, like 2023-11-21")
        parser.add_argument("--format", choices=("md", "json"), default="md")

    def handle(self, *args: Any, slug: str, date: str, format: str, **options: Any) -> None:
        try:
            survey = Survey.objects.get(course__slug=slug, meeting__date=calendar.parse_date(date))
            recap = recap_of(survey)
        except Survey.DoesNotExist:
            raise CommandError(f"The course {slug} has no survey of {date}.") from None
        except DomainError as error:
            raise CommandError(error.message) from None
        self.stdout.write(json.dumps(as_json(recap), indent=2) if format == "json" else markdown(recap))


def markdown(recap: Recap) -> str:
    """The recap as it would stand on a slide."""
    lines = [f"# {recap.meeting.label}, {recap.meeting.date:%A}, {calendar.long_date(recap.meeting.date)}", ""]
    lines += [f"{recap.n} answers.", ""]
    lines += [f"- {figure.markdown}" for figure in recap.figures]
    lines += ["", *(f"- {rate.section}: {rate.text}" for rate in recap.rates), f"- All: {recap.overall.text}"]
    return "\n".join(lines)
