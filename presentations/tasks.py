"""This app's part of the schedule: sweeps over rows, so that a run missed or doubled does no harm."""

from celery import shared_task

from accounts.domain.clock import clock
from presentations.domain import reminders, swaps, uploads


@shared_task
def remind(at: str | None = None) -> dict[str, int]:
    return {"talk_reminders_posted": reminders.remind_due(clock(at))}


@shared_task
def expire_swaps(at: str | None = None) -> dict[str, int]:
    return {"swaps_expired": swaps.expire_due(clock(at))}


@shared_task
def check_uploads(at: str | None = None) -> dict[str, int]:
    return {"review_files_checked": uploads.check_due(clock(at))}
