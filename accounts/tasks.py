"""Sweeps of this app."""

from celery import shared_task

from accounts.domain import sessions
from accounts.domain.clock import clock


@shared_task
def forget_sessions(at: str | None = None) -> dict[str, int]:
    """Delete the sessions that have run out."""
    return {"sessions_forgotten": sessions.forget(now=clock(at))}
