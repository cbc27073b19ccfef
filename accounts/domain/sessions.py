"""How long the portal remembers a browser."""

from datetime import datetime

from django.contrib.sessions.models import Session


def forget(*, now: datetime) -> int:
    """Delete the sessions that ran out before `now`; how many there were."""
    return Session.objects.filter(expire_date__lt=now).delete()[0]
