import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeVar

from django.db import transaction

log = logging.getLogger(__name__)
Row = TypeVar("Row")


def run_each(rows: Iterable[Row], verb: Callable[[Row, datetime], int], now: datetime) -> int:
    """Do it to each row by itself; the sum of what it returns."""
    return sum(_one(row, verb, now) for row in rows)


def _one(row: Row, verb: Callable[[Row, datetime], int], now: datetime) -> int:
    try:
        with transaction.atomic():
            return verb(row, now)
    except Exception:
        log.exception("%s broke at %s", getattr(verb, "__name__", verb), row)
        return 0
