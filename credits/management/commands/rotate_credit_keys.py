from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.domain.clock import clock
from accounts.errors import DomainError
from credits.domain import codes


class Command(BaseCommand):
    help = "Seal every code anew with the first of CREDIT_KEYS; can be run again where it was stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only count the codes of each key")

    def handle(self, *, dry_run: bool, **options: Any) -> None:
        try:
            done = {"rotated": 0, "unreadable": 0} if dry_run else codes.rotate_keys(now=clock())
            for name, count in codes.codes_by_key().items():
                self.stdout.write(f"key {name}: {count} codes")
        except DomainError as refused:
            raise CommandError(refused.message) from None
        if not dry_run:
            self.stdout.write(f"{done['rotated']} sealed anew")
        if done["unreadable"]:
            raise CommandError(f"{done['unreadable']} codes do not open and were left as they are.")
