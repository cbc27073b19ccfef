"""Sweeps over the codes. Tasks take the time only: no code and no name travels in one."""

from celery import shared_task

from accounts.domain.clock import clock
from credits.domain import desk, letters, requests


@shared_task
def serve_waiting(at: str | None = None) -> dict[str, int]:
    return {"credit_codes_served": requests.serve_due(clock(at))}


@shared_task
def tell(at: str | None = None) -> dict[str, int]:
    now = clock(at)
    return {"credit_letters_posted": letters.post_low_stock(now) + letters.remind_of_expiry(now)}


@shared_task
def forget_handovers(at: str | None = None) -> dict[str, int]:
    return {"handovers_forgotten": desk.forget(clock(at))}


@shared_task
def tell_log_heads(at: str | None = None) -> dict[str, int]:
    """Post where the log stands; a task of its own, so that no other letter can keep it back."""
    return {"credit_log_letters_posted": letters.post_log_heads(clock(at))}
