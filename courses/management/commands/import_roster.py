from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.errors import DomainError
from courses.domain import gradebook, roster, roster_plan
from courses.models import Course, RosterChange
from courses.queries.roster import Summary, summary


class Command(BaseCommand):
    help = "Show what a roster file from Canvas would do to a course; with --apply, do it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="the course, as in its address")
        parser.add_argument("file", type=Path, help="CSV file from Canvas' gradebook")
        parser.add_argument("--apply", action="store_true", help="write what is shown")
        parser.add_argument(
            "--drop-from",
            action="append",
            default=[],
            metavar="SECTION",
            help="drop who is not in the file from this section, even if the file holds less than half of it",
        )

    def handle(self, *, slug: str, file: Path, apply: bool, drop_from: list[str], **options: Any) -> None:
        course = Course.objects.filter(slug=slug).first()
        if course is None:
            raise CommandError(f"There is no course {slug}.")
        try:
            content = _content_of(file)
            rows = gradebook.read(content)
            found = planned = summary(roster_plan.plan(course, rows), is_planned=True)
            if apply and (guessed := [str(row.line) for row in rows if row.is_guessed]):
                raise DomainError(f"Nothing was changed: it is not in UTF-8, see line {', '.join(guessed[:20])}.")
            if apply and (planned.writes or drop_from):
                made = roster.preview(course, file.name, content, by=None, now=timezone.now())
                roster.apply(made, now=timezone.now(), drop_from=drop_from)
                found = summary(list(made.changes.all()))
        except DomainError as broken:
            raise CommandError(f"{file}: {broken}") from broken
        self._print(found, is_applied=apply)
        for section in planned.thin:
            if section.code not in drop_from:
                self.stderr.write(
                    f"{section.code}: the file lists {section.listed} of {section.students} students. The others stay, "
                    f'unless you add --drop-from "{section.code}".'
                )

    def _print(self, found: Summary, *, is_applied: bool) -> None:
        self.stdout.write(", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in found.counts.items()))
        for _, changes in found.groups:
            for change in changes:
                self.stdout.write(_line(change))
        if not found.writes:
            self.stdout.write("Nothing changes: the roster is as the file says.")
        elif not is_applied:
            self.stderr.write("Nothing was written; add --apply to write this.")


def _content_of(file: Path) -> bytes:
    try:
        gradebook.check_size(file.stat().st_size)
        return file.read_bytes()
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from error


def _line(change: RosterChange) -> str:
    parts = [change.get_kind_display(), f"line {change.line}" if change.line else "", change.login, change.name]
    parts += [f"{label} {old or 'none'} → {new or 'none'}" for label, old, new in change.differences]
    return "  ".join(part for part in [*parts, change.note] if part)
