"""One run of the whole schedule, for hosts that have cron only, and for tests."""

import logging
from collections import Counter
from dataclasses import dataclass, field

from django.utils.module_loading import import_string

from mail.domain import outbox
from mail.models import Message
from portal.celery import SCHEDULE

logger = logging.getLogger(__name__)


@dataclass
class Run:
    """What one run did: counts by name, and the pieces that broke."""

    counts: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)


def run_once(at: str | None) -> Run:
    """Run every piece in its order, at an ISO time with zone or by the real clock.

    A piece that breaks is logged and does not keep the others from running. Counts are those the
    pieces return, and this run's new letters by kind.
    """
    run = Run()
    with outbox.one_run() as posted:
        for name in SCHEDULE:
            try:
                run.counts.update(import_string(name)(at))
            except Exception:
                logger.exception("%s broke", name)
                run.broken.append(name)
    kinds = Message.objects.filter(pk__in=posted).values_list("kind", flat=True)
    run.counts.update(kinds)
    return run
