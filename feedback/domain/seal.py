"""The order in which a fixed survey's rows stand on disk: that of their digests under a random seal.

It is as random as a shuffle, since the seal is drawn at freezing and knows nothing of who came when; and unlike a
shuffle it can be checked afterwards: a row that stands elsewhere was not separated.
"""

import hashlib
import itertools
import secrets
from collections.abc import Iterable, Sequence
from typing import TypeVar

from feedback.models import Completion, FreeText, ScaleCount

Row = Completion | FreeText | ScaleCount
R = TypeVar("R", Completion, FreeText, ScaleCount)
SEALED: tuple[type[Row], ...] = (Completion, ScaleCount, FreeText)


def new_seal() -> str:
    """A seal that nobody could foresee."""
    return secrets.token_hex(16)


def in_sealed_order(rows: Iterable[R], seal: str) -> list[R]:
    """The rows of one table as they are to stand under this seal."""
    return sorted(rows, key=lambda row: digest(row, seal))


def out_of_order(rows: Sequence[Row], seal: str) -> int:
    """How many rows of one table, given as they stand, come before one that ought to come first."""
    digests = [digest(row, seal) for row in rows]
    return sum(later < earlier for earlier, later in itertools.pairwise(digests))


def digest(row: Row, seal: str) -> bytes:
    """The place of one row under a seal; the same content has the same place."""
    return hashlib.sha256(f"{seal}:{type(row).__name__}:{_content(row)}".encode()).digest()


def _content(row: Row) -> str:
    if isinstance(row, Completion):
        return f"{row.enrollment_id}"
    if isinstance(row, ScaleCount):
        return f"{row.question_id}:{row.section_id}:{row.batch}:{row.value}"
    return f"{row.question_id}:{row.text}"
