"""Sweeps of the codes: over rows, by the time only; no code, name or account travels in a task."""

from celery import shared_task

from accounts.domain.clock import clock
from credits.domain import account_links, cost_letters, desk, news, requests, sweeps


@shared_task
def serve_waiting(at: str | None = None) -> dict[str, int]:
    """Give out what is there to those who wait."""
    return {"credit_codes_served": requests.serve_due(clock(at))}


@shared_task
def tell(at: str | None = None) -> dict[str, int]:
    """Post what is due: low stock, expiry, running cost."""
    now = clock(at)
    posted = news.tell_low_stock(now) + news.remind_of_expiry(now) + cost_letters.remind(now)
    return {"credit_letters_posted": posted}


@shared_task
def forget_handovers(at: str | None = None) -> dict[str, int]:
    """Delete yesterday's hand-outs of the desk."""
    return {"handovers_forgotten": desk.forget(clock(at))}


@shared_task
def sweep_accounts(at: str | None = None) -> dict[str, int]:
    """Look into the linked accounts whose night it is, for as long as one run may take."""
    ends = sweeps.sweep_due(clock(at), clock=clock)
    return {"accounts_swept": 0, **{f"accounts_{what}": count for what, count in ends.items()}}


@shared_task
def forget_accounts(at: str | None = None) -> dict[str, int]:
    """Erase the links of those who left, and of courses that are over."""
    return {"accounts_forgotten": account_links.forget_due(clock(at))}


@shared_task
def tell_log_heads(at: str | None = None) -> dict[str, int]:
    """Post where the log stands; a task of its own, so that no other letter can keep it back."""
    return {"credit_log_letters_posted": news.tell_log_heads(clock(at))}
