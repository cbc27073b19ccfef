"""Sweeps of this app: rosters that are on their way are carried to their end."""

import logging
from datetime import datetime

from celery import shared_task
from django.utils import timezone

from courses.domain import roster
from courses.models import RosterImport

log = logging.getLogger(__name__)


@shared_task
def apply_roster(import_id: int) -> None:
    """Take one roster to its end, applied or undone; nothing if it is there or gone."""
    for roster_import in RosterImport.objects.filter(pk=import_id):
        roster.carry_on(roster_import, now=timezone.now())


@shared_task
def resume_roster_imports(at: str | None = None) -> dict[str, int]:
    """Carry on every roster that a worker left half done, or that no broker passed on."""
    now = datetime.fromisoformat(at) if at else timezone.now()
    resumed = 0
    for roster_import in RosterImport.objects.filter(state__in=roster.UNDER_WAY):
        try:
            roster.carry_on(roster_import, now=now)
            resumed += 1
        except Exception:  # one bad roster must not hold up the others
            log.exception("roster import %s was not carried on", roster_import.pk)
    return {"roster_imports_resumed": resumed}
