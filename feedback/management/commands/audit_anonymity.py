"""manage.py audit_anonymity [SLUG …]: try everything we know to find out who said what."""

import sys
from argparse import ArgumentParser
from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.domain.clock import clock
from accounts.errors import DomainError
from courses.models import Course
from feedback.domain.anonymity_audit import Verdict, judge
from feedback.models import Survey


class Command(BaseCommand):
    help = "Attack the separation of who took part and what was said; exits 1 if a trace leads from one to the other."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slugs", nargs="*", metavar="SLUG", help="only these courses")

    def handle(self, *, slugs: list[str], **options: Any) -> None:
        surveys = Survey.objects.select_related("course", "meeting")
        unknown = set(slugs) - set(Course.objects.filter(slug__in=slugs).values_list("slug", flat=True))
        if unknown:
            raise CommandError(f"There is no course {', '.join(sorted(unknown))}.")
        chosen = surveys.filter(course__slug__in=slugs) if slugs else surveys
        if self._report(judge(chosen, now=clock())):
            sys.exit(1)

    def _report(self, verdicts: Iterable[Verdict]) -> int:
        """Print each verdict as it comes; how many findings there were."""
        found = 0
        try:
            for verdict in verdicts:
                found += len(verdict.findings)
                self.stdout.write("\n".join(_lines(verdict)))
        except DomainError as error:
            raise CommandError(error.message) from None
        self.stdout.write(f"{found} findings" if found else "nothing found")
        return found


def _lines(verdict: Verdict) -> list[str]:
    if not verdict.findings:
        return [f"{verdict.about}: {verdict.note or 'nothing found'}"]
    return [f"{verdict.about}: FOUND {finding.sentence} (p = {finding.p:.1g})" for finding in verdict.findings]
