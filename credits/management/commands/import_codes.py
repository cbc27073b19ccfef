from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.domain.clock import clock
from accounts.errors import DomainError
from courses.models import Course
from credits.domain import codes
from credits.domain.codes import CodesReport, RowOutcome
from credits.models import CreditPool


class Command(BaseCommand):
    help = "Import credit codes from a CSV into a pool; no code is printed, and the same file again adds nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", metavar="SLUG")
        parser.add_argument("pool", metavar="POOL", help="the programme's name")
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--preview", action="store_true", help="write nothing; say what would be")
        parser.add_argument("--also-doubtful", action="store_true", help="import what is perhaps no code, too")

    def handle(self, *, slug: str, pool: str, file: Path, preview: bool, also_doubtful: bool, **options: Any) -> None:
        try:
            into, content = pool_named(slug, pool), file.read_bytes()
            if preview:
                report = codes.preview(into, content, also_doubtful=also_doubtful)
            else:
                report = codes.import_codes(into, content, by=None, now=clock(), also_doubtful=also_doubtful)
        except (DomainError, OSError) as refused:
            raise CommandError(str(refused)) from None
        self._write(report, is_preview=preview)

    def _write(self, report: CodesReport, *, is_preview: bool) -> None:
        self.stdout.write(", ".join(f"{len(report.of(outcome))} {outcome}" for outcome in RowOutcome))
        for row in [*report.rest, *report.doubtful]:
            self.stdout.write(f"line {row.line}: {row.outcome}{f' ({row.why})' if row.why else ''}")
        if report.doubtful:
            self.stderr.write("What is perhaps no code was left out; --also-doubtful imports it as it stands.")
        if report.served:
            self.stdout.write(f"{report.served} of the waiting list got theirs")
        if is_preview:
            self.stderr.write("Nothing was written; leave out --preview to import.")


def pool_named(slug: str, program: str) -> CreditPool:
    """A pool by its course and programme. Raises DomainError, with the names there are."""
    course = Course.objects.filter(slug=slug).first()
    if course is None:
        raise DomainError(f'There is no course "{slug}".')
    pool = course.credit_pools.filter(program=program).first()
    if pool is None:
        names = ", ".join(f'"{pool}"' for pool in course.credit_pools.all()) or "none"
        raise DomainError(f'There is no pool "{program}" in {slug}; there is: {names}.')
    return pool
