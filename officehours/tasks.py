from celery import shared_task

from accounts.domain.clock import clock
from officehours.domain import appointment_requests, appointments, departures, queues, reminders, waiting_list


@shared_task
def end_offers(at: str | None = None) -> dict[str, int]:
    """Pass on what nobody answered in time, and what is held by people no longer in the course; end what they hold."""
    now = clock(at)
    return {
        "hours_ended": departures.end_due(now),
        "offers_lapsed": waiting_list.lapse_due(now),
        "requests_lapsed": appointment_requests.lapse_due(now),
        "slots_released": appointments.release_dropped(now),
        "requests_withdrawn": appointment_requests.withdraw_dropped(now),
        "queues_closed": queues.close_over(now),
        "places_left": queues.leave_dropped(now),
        "slots_offered": waiting_list.offer_due(now),
    }


@shared_task
def remind(at: str | None = None) -> dict[str, int]:
    return {"appointment_reminders_posted": reminders.remind_due(clock(at))}
