"""manage.py import_survey SLUG DATE --responses CSV [--completions CSV] [--freeze]."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.domain.clock import clock
from accounts.errors import DomainError
from courses.domain.calendar import parse_date
from courses.models import Course
from feedback.domain.results_import import Outcome, import_survey


class Command(BaseCommand):
    help = "Import the answers of one class's survey, and who took part, from CSV files."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="the course")
        parser.add_argument("date", help="of the class, like 2023-11-21")
        parser.add_argument("--responses", required=True, type=Path, help="CSV: section, then a column a question")
        parser.add_argument("--completions", type=Path, help="CSV: login; without it the rate is not known")
        parser.add_argument("--freeze", action="store_true", help="fix the figures at once")

    def handle(self, *, slug: str, date: str, freeze: bool, **files: Any) -> None:
        try:
            outcome = self._import(slug, date, freeze, files["responses"], files["completions"])
        except (DomainError, OSError) as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(f"{slug} {date}: {outcome}")

    def _import(self, slug: str, date: str, freeze: bool, responses: Path, completions: Path | None) -> Outcome:
        course = Course.objects.filter(slug=slug).first()
        if course is None:
            raise DomainError(f'There is no course "{slug}".')
        return import_survey(
            course,
            parse_date(date),
            responses=responses.read_bytes(),
            completions=completions.read_bytes() if completions else None,
            freeze=freeze,
            now=clock(),
        )
