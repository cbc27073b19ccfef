from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.errors import DomainError
from courses.domain.calendar import parse_date
from portal.course_file.loading import read_folder
from portal.demo import STEPS, read_demo

DEMO_DIR = Path(settings.BASE_DIR) / "demo"


class Command(BaseCommand):
    help = "Load the demo course so that it is alive today; again: nothing changes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--around", metavar="DATE", help="as if this were today")

    def handle(self, *args: Any, **options: Any) -> None:
        now, step = timezone.now(), None
        try:
            zone = ZoneInfo(read_folder(DEMO_DIR).tree["course"]["timezone"])
            around = parse_date(options["around"]) if options["around"] else now.astimezone(zone).date()
            demo = read_demo(DEMO_DIR, around=around, now=now)
            for step in STEPS:
                self.stdout.write(step(demo))
        except DomainError as error:
            where = (
                f"at “{step.__name__}”, which wrote nothing; the steps before it stand" if step else "before it began"
            )
            raise CommandError(f"The demo stopped {where}.\n{error}\nRun it again once this is mended.") from None
