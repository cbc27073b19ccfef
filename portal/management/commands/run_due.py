import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.domain.clock import clock
from accounts.errors import DomainError
from portal import schedule


class Command(BaseCommand):
    help = "Run every due sweep of the schedule once: open and freeze surveys, remind, send letters."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--at", metavar="ISO-TIME", help="what is due at this time, with zone: 2023-11-27T09:00-08:00"
        )
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        run = schedule.run_once(read_time(options["at"]))
        if options["format"] == "json":
            self.stdout.write(json.dumps(run.counts))
        else:
            for name, count in run.counts.items():
                self.stdout.write(f"{name} {count}")
        if run.broken:
            raise CommandError(f"These pieces broke and are tried again at the next run: {', '.join(run.broken)}.")


def read_time(text: str | None) -> str | None:
    try:
        return clock(text).isoformat() if text is not None else None
    except DomainError as broken:
        raise CommandError(broken.message) from None
