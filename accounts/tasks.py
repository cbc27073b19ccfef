"""Sweeps of this app."""

from celery import shared_task

from accounts.domain import sign_in
from accounts.domain.clock import clock


@shared_task
def forget_sessions(at: str | None = None) -> dict[str, int]:
    return {"sessions_forgotten": sign_in.forget_sessions(now=clock(at))}
