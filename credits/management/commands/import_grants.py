from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.domain.clock import clock
from accounts.errors import DomainError
from courses.models import Course
from credits.domain import past_grants


class Command(BaseCommand):
    help = "Record past hand-outs from a CSV with login, code, fulfilled_at and channel; all rows or none."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", metavar="SLUG")
        parser.add_argument("file", metavar="FILE", type=Path)

    def handle(self, *, slug: str, file: Path, **options: Any) -> None:
        course = Course.objects.filter(slug=slug).first()
        if course is None:
            raise CommandError(f'There is no course "{slug}".')
        try:
            report = past_grants.import_grants(course, file.read_bytes(), by=None, now=clock())
        except (DomainError, OSError) as refused:
            raise CommandError(str(refused)) from None
        if report.problems:
            raise CommandError("Nothing was written.\n" + "\n".join(report.problems))
        self.stdout.write(f"{report.added} hand-outs imported, {report.there} were there already")
