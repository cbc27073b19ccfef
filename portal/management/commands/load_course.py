import sys
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.errors import DomainError
from courses.domain.calendar import parse_date
from portal.course_file import loading
from portal.course_file.loading import CoursePlan, read_folder
from portal.course_file.reading import FILE_NAME, CourseFileRefusedError

NOT_CONFIRMED = 2


class Command(BaseCommand):
    help = "Make a course from a folder with course.yaml and its rosters, or bring an existing one to what they say."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, metavar="FOLDER")
        parser.add_argument("--dry-run", action="store_true", help="print the plan and write nothing")
        parser.add_argument("--yes", action="store_true", help="do not ask before an existing course is changed")
        parser.add_argument(
            "--also-agreed", action="store_true", help="also change what people agreed: swaps, bookings, teams"
        )
        parser.add_argument(
            "--around", metavar="DATE", help="move all dates so that the newest class is in DATE's week"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        try:
            folder = read_folder(options["folder"], around=read_day(options["around"]))
            plan = loading.plan(folder, now=now, also_agreed=options["also_agreed"])
            self.report(plan)
            if options["dry_run"] or plan.is_unchanged:
                return
            if not plan.is_new and not options["yes"]:
                self.ask(plan)
            loading.apply(plan, now=now)
        except CourseFileRefusedError as refused:
            rows = "\n".join(f"{FILE_NAME}, {problem}" for problem in refused.problems)
            raise CommandError(f"Nothing was written.\n{rows}") from None

    def report(self, plan: CoursePlan) -> None:
        for line in plan.lines:
            self.stdout.write(line)
        if plan.is_unchanged:
            self.stdout.write(f"{plan.course.slug}: nothing changes")

    def ask(self, plan: CoursePlan) -> None:
        if not sys.stdin.isatty():
            raise CommandError(
                f"Nothing was written: {plan.course.slug} exists. Give --yes to change it without being asked.",
                returncode=NOT_CONFIRMED,
            )
        try:
            answer = input(f"Change {plan.course.slug} so? [y/N] ")
        except EOFError:
            answer = ""
        if answer.strip().lower() not in ("y", "yes"):
            raise CommandError("Nothing was written.", returncode=NOT_CONFIRMED)


def read_day(text: str | None) -> date | None:
    try:
        return parse_date(text) if text else None
    except DomainError as error:
        raise CommandError(f"--around: {error.message}") from None
