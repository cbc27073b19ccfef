"""manage.py reviews_owed SLUG: how many peer reviews are owed, by section and by day."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from courses.models import Course
from presentations.domain import duties


class Command(BaseCommand):
    help = "Print how many peer reviews the students of a course owe by its released schedule."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--format", choices=("text", "json"), default="text")

    def handle(self, *args: Any, slug: str, format: str, **options: Any) -> None:
        try:
            owed = duties.course_duties(Course.objects.get(slug=slug))
        except Course.DoesNotExist:
            raise CommandError(f"There is no course {slug}.") from None
        days = {day.isoformat(): n for day, n in owed.by_day().items()}
        found = {"total": owed.total, "by_section": owed.by_section(), "by_day": days}
        self.stdout.write(json.dumps(found, indent=2) if format == "json" else text(found))


def text(found: dict[str, Any]) -> str:
    rows = {**found["by_section"], **found["by_day"], "all": found["total"]}
    return "\n".join(f"{name}: {n}" for name, n in rows.items())
