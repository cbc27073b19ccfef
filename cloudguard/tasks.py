"""Sweeps of the guard and of its letters. Tasks take the time only: no name and no account travels in one."""

from celery import shared_task

from accounts.domain.clock import clock
from cloudguard.domain import account_links, cost_reminders, sweeps


@shared_task
def remind(at: str | None = None) -> dict[str, int]:
    return {"cost_letters_posted": cost_reminders.remind(clock(at))}


@shared_task
def sweep_accounts(at: str | None = None) -> dict[str, int]:
    ends = sweeps.sweep_due(clock(at), clock=clock)
    return {"accounts_swept": 0, **{f"accounts_{what}": count for what, count in ends.items()}}


@shared_task
def forget_accounts(at: str | None = None) -> dict[str, int]:
    return {"accounts_forgotten": account_links.forget_due(clock(at))}
