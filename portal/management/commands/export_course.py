from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from courses.models import Course
from portal.course_file.exporting import export


class Command(BaseCommand):
    help = "Write a course as course.yaml and rosters into a folder, as load_course reads them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", metavar="SLUG")
        parser.add_argument("folder", type=Path, metavar="DIR")

    def handle(self, *args: Any, **options: Any) -> None:
        course = Course.objects.filter(slug=options["slug"]).first()
        if course is None:
            raise CommandError(f'There is no course "{options["slug"]}".')
        try:
            names = export(course, options["folder"])
        except OSError as error:
            raise CommandError(f"{options['folder']} cannot be written: {error.strerror}.") from None
        for name in names:
            self.stdout.write(str(options["folder"] / name))
