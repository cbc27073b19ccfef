"""The clockwork of appointments: sweeps over rows, so that a run missed or doubled does no harm."""

from celery import shared_task

from accounts.domain.clock import clock
from officehours.domain import reminders, waiting


@shared_task
def end_offers(at: str | None = None) -> dict[str, int]:
    """Offer slots to the next on the list where nobody answered in time."""
    return {"offers_lapsed": waiting.lapse_due(clock(at))}


@shared_task
def remind(at: str | None = None) -> dict[str, int]:
    """Remind of appointments, the day or an hour before."""
    return {"appointment_reminders_posted": reminders.remind_due(clock(at))}
