import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.domain.clock import clock
from accounts.errors import DomainError
from courses.models import Course
from credits.queries import ledger


class Command(BaseCommand):
    help = "Count a course's credit hand-outs as of an instant."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", metavar="SLUG")
        parser.add_argument("at", metavar="ISO-TIME", help="with its zone, like 2023-11-27T23:59:59-08:00")
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *, slug: str, at: str, **options: Any) -> None:
        course = Course.objects.filter(slug=slug).first()
        if course is None:
            raise CommandError(f'There is no course "{slug}".')
        try:
            counts = ledger.as_of(course, clock(at))
        except DomainError as error:
            raise CommandError(error.message) from None
        if options["format"] == "json":
            self.stdout.write(json.dumps(counts.figures))
        else:
            self.stdout.write(
                f"{counts.text}; {counts.eligible} eligible, {counts.stock} in stock, {counts.waiting} waiting"
            )
