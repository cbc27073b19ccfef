"""The part of appointments in the schedule: sweeps over rows, so that a run missed or doubled does no harm."""

from celery import shared_task

from accounts.domain.clock import clock
from officehours.domain import asking, bookings, departures, queues, reminders, untold, waiting


@shared_task
def end_offers(at: str | None = None) -> dict[str, int]:
    """Pass on what nobody answered in time, and what is held by people no longer in the course; end what they hold."""
    now = clock(at)
    return {
        "hours_ended": departures.end_due(now),
        "offers_lapsed": waiting.lapse_due(now),
        "requests_lapsed": asking.lapse_due(now),
        "slots_released": bookings.release_dropped(now),
        "requests_withdrawn": asking.withdraw_dropped(now),
        "queues_closed": queues.close_over(now),
        "places_left": queues.leave_dropped(now),
        "slots_offered": waiting.offer_due(now),
    }


@shared_task
def remind(at: str | None = None) -> dict[str, int]:
    """Remind of appointments, the day or an hour before; tell of changes that a course file made and nobody told."""
    now = clock(at)
    return {"appointment_changes_told": untold.tell_due(now), "appointment_reminders_posted": reminders.remind_due(now)}
