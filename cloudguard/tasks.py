"""Sweeps of the guard and of its letters. Tasks take the time only: no name and no account travels in one."""

from celery import shared_task

from accounts.domain.clock import clock
from cloudguard.domain import account_links, cost_reminders, sweeps


@shared_task
def remind(at: str | None = None) -> dict[str, int]:
    """Post the reminders of running cost that are due."""
    return {"cost_letters_posted": cost_reminders.remind(clock(at))}


@shared_task
def sweep_accounts(at: str | None = None) -> dict[str, int]:
    """Look into the linked accounts whose night it is, for as long as one run may take."""
    ends = sweeps.sweep_due(clock(at), clock=clock)
    return {"accounts_swept": 0, **{f"accounts_{what}": count for what, count in ends.items()}}


@shared_task
def forget_accounts(at: str | None = None) -> dict[str, int]:
    """Erase the links of those who left, and of courses that are over."""
    return {"accounts_forgotten": account_links.forget_due(clock(at))}
