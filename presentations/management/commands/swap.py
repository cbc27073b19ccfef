"""manage.py swap SLUG TEAM TEAM: staff let two teams change places."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.domain.clock import clock
from accounts.errors import DomainError
from courses.models import Course
from presentations.domain import swaps


class Command(BaseCommand):
    help = "Let two teams change places without asking them; the policy on who may swap with whom holds."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("team", type=int)
        parser.add_argument("other", type=int)

    def handle(self, *args: Any, slug: str, team: int, other: int, **options: Any) -> None:
        try:
            swaps.swap_by_staff(Course.objects.get(slug=slug), team, other, by=None, now=clock())
        except Course.DoesNotExist:
            raise CommandError(f"There is no course {slug}.") from None
        except DomainError as error:
            raise CommandError(error.message) from None
        self.stdout.write(f"Team {team} and team {other} changed places.")
