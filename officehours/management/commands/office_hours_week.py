"""`manage.py office_hours_week SLUG DATE [--format md|json] [--at ISO-TIME]`."""

import json
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.domain.clock import clock
from accounts.errors import DomainError
from courses.domain import calendar
from courses.models import Course
from officehours.models import OfficeHours
from officehours.queries import week


class Command(BaseCommand):
    help = "Print the office hours of DATE's week, Monday to Sunday."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", metavar="SLUG")
        parser.add_argument("date", metavar="DATE", help="like 2023-11-28")
        parser.add_argument("--format", choices=("md", "json"), default="md")
        parser.add_argument("--at", metavar="ISO-TIME", help="go by this time, like 2023-11-27T09:00-08:00")

    def handle(self, *args: Any, slug: str, date: str, format: str, at: str | None, **options: Any) -> None:
        course = Course.objects.filter(slug=slug).first()
        if course is None:
            raise CommandError(f'There is no course "{slug}".')
        try:
            day, now = calendar.parse_date(date), clock(at)
        except DomainError as error:
            raise CommandError(error.message) from None
        found = week.hours_of_week(course, day)
        as_json = [week.as_json(row, now) for row in found]
        self.stdout.write(json.dumps(as_json, indent=2) if format == "json" else markdown(course, found, now))


def markdown(course: Course, found: list[OfficeHours], now: datetime) -> str:
    lines = [f"- {_line(course, row, now)}" for row in found] or ["No office hours in this week."]
    return "\n".join(["# Office hours", "", *lines])


def _line(course: Course, row: OfficeHours, now: datetime) -> str:
    zone = f"{row.starts_at.astimezone(course.zone):%Z}"
    when = f"{row.date:%A}, {calendar.long_date(row.date)}, {row.start:%H:%M}–{row.end:%H:%M} {zone}"
    where = row.where
    reason = f" ({row.reason})" if row.reason else ""
    if row.is_cancelled:
        return f"~~{when}, {where}~~ cancelled{reason}"
    if row.is_moved:
        was = f"{row.on:%A}, {calendar.long_date(row.on)}, {row.rule_start:%H:%M}–{row.rule_end:%H:%M}"
        return f"{when}, {where}, moved from ~~{was}~~{reason}"
    return f"{when}, {where}{', past' if row.is_over(now) else ''}{reason}"
