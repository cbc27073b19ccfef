"""The surveys' part of the schedule: sweeps over rows, so that a run missed or doubled does no harm.

Tasks take the time only: no answer and no name travels through a broker.
"""

from celery import shared_task

from accounts.domain.clock import clock
from feedback.domain import reminders, separation, surveys


@shared_task
def open_surveys(at: str | None = None) -> dict[str, int]:
    return {"surveys_opened": surveys.open_due(clock(at))}


@shared_task
def freeze_surveys(at: str | None = None) -> dict[str, int]:
    return {"surveys_frozen": separation.freeze_due(clock(at))}


@shared_task
def close_surveys(at: str | None = None) -> dict[str, int]:
    """Close the surveys whose time is over, and count late answers where five wait."""
    now = clock(at)
    return {"surveys_closed": separation.close_due(now), "late_batches_counted": separation.release_due(now)}


@shared_task
def compact_surveys(at: str | None = None) -> dict[str, int]:
    return {"surveys_compacted": separation.compact_due(clock(at))}


@shared_task
def remind(at: str | None = None) -> dict[str, int]:
    return {"reminders_posted": reminders.remind_due(clock(at))}
