"""`manage.py load_course FOLDER [--around DATE]`."""

from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.errors import DomainError
from portal.course_file.loading import FILE_NAME, Loaded, load, read_folder
from portal.course_file.problems import CourseFileRefused
from portal.course_file.spelling import day_of


class Command(BaseCommand):
    help = "Load a course from a folder with course.yaml and the rosters it names; again: only what the file changed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, metavar="FOLDER")
        parser.add_argument(
            "--around", metavar="DATE", help="move all dates so that the newest class is in DATE's week"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            folder = read_folder(options["folder"], around=_day(options["around"]))
            loaded = load(folder, now=timezone.now())
        except CourseFileRefused as refused:
            rows = "\n".join(f"{FILE_NAME}, {problem}" for problem in refused.problems)
            raise CommandError(f"Nothing was written.\n{rows}") from None
        self.report(loaded)

    def report(self, loaded: Loaded) -> None:
        """What was written, noun by noun; what was left alone, to stderr."""
        for line in loaded.tally.lines:
            self.stdout.write(line)
        if loaded.tally.is_unchanged:
            self.stdout.write(f"{loaded.course.slug}: nothing changed")
        for note in loaded.tally.notes:
            self.stderr.write(note)


def _day(text: str | None) -> date | None:
    try:
        return day_of(text) if text else None
    except DomainError as error:
        raise CommandError(f"--around: {error.message}") from None
