"""Deleted rows leave the disk: what freezing deleted must not lie about for someone who reads the files.

What no statement removes (a database's archives, replicas and backups of the days before) stands in SECURITY.md.
"""

import logging
import re
from collections.abc import Sequence

from django.conf import settings
from django.db import connection
from django.db.models import Model

log = logging.getLogger(__name__)

READER_WAIT = 1_000  # milliseconds for readers of the write-ahead log; the sweep comes again
LEFT_OVER = re.compile(
    r"(\d+) are dead but not yet removable"  # PostgreSQL 15 and later
    r"|tuples missed: (\d+) dead"
    r"|(\d+) dead row versions cannot be removed yet"  # PostgreSQL 14 and earlier
)


def remove_deleted(models: Sequence[type[Model]]) -> bool:
    """Remove the deleted rows of these tables from the disk; False if some are left, to be tried again.

    They are left while someone still reads an older state of the database, inside a transaction, and where the
    portal does not own its tables.
    """
    if connection.in_atomic_block:
        return False
    if connection.vendor == "postgresql":
        cleared = [_vacuum(model._meta.db_table) for model in models]
        return all(cleared)
    return _empty_write_ahead_log()


def keeps_freed_bytes() -> bool:
    """Whether the room of a removed row keeps its bytes until another row takes it (SQLite is told to zero it)."""
    return connection.vendor == "postgresql"


def _vacuum(table: str) -> bool:
    """VACUUM says success even where it did nothing, so its report is read (INDEX_CLEANUP: the old entries too)."""
    notices: list[str] = []
    connection.ensure_connection()
    hear = lambda diagnostic: notices.append(diagnostic.message_primary or "")  # noqa: E731 - kept to be removed
    connection.connection.add_notice_handler(hear)
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"VACUUM (VERBOSE, INDEX_CLEANUP ON) {connection.ops.quote_name(table)}")
    finally:
        connection.connection.remove_notice_handler(hear)
    left = [int(number) for found in LEFT_OVER.findall("\n".join(notices)) for number in found if number]
    if not left:
        log.warning("VACUUM of %s reported nothing: does the portal own its tables?", table)
    return bool(left) and not any(left)


def _empty_write_ahead_log() -> bool:
    """The pages themselves are zeroed by PRAGMA secure_delete (settings.py); the log beside them is cut to nothing."""
    usual = settings.DATABASES["default"].get("OPTIONS", {}).get("timeout", 5) * 1_000
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA busy_timeout={READER_WAIT:d}")
        try:
            is_busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        finally:
            cursor.execute(f"PRAGMA busy_timeout={usual:d}")
    return not is_busy
