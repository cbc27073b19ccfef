from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.errors import DomainError
from courses.models import Course
from credits.domain import audit
from credits.models import AuditEvent


class Command(BaseCommand):
    help = "Verify the chain of the credit log; exits 1 and names the first row that is not as it was written."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", metavar="SLUG", nargs="?", help="one course; else all")
        parser.add_argument("--head", default="", help="a head from a daily letter, which must lie on the chain")

    def handle(self, *, slug: str | None, head: str, **options: Any) -> None:
        if head and not slug:
            raise CommandError("--head belongs to one course; name it.")
        try:
            broken = [name for pk, name in _chains(slug) if not self._is_whole(pk, name, head)]
        except DomainError as refused:
            raise CommandError(refused.message) from None
        if broken:
            raise CommandError(f"The log is broken: {', '.join(broken)}.")

    def _is_whole(self, pk: int, name: str, head: str) -> bool:
        verdict = audit.verify(pk, known_head=head)
        self.stdout.write(f"{name}: {verdict.broken or f'{verdict.events} events, head {verdict.head}'}")
        return not verdict.broken


def _chains(slug: str | None) -> list[tuple[int, str]]:
    """The courses that have a log, by id and name; one that is gone keeps its log. Raises DomainError."""
    names = dict(Course.objects.values_list("pk", "slug"))
    logged = AuditEvent.objects.order_by().values_list("course_id", flat=True).distinct()
    chains = {pk: names.get(pk, f"course {pk}, which is gone") for pk in {*names, *logged}}
    if slug and slug not in chains.values():
        raise DomainError(f'There is no course "{slug}".')
    return sorted((pk, name) for pk, name in chains.items() if slug in (None, name))
