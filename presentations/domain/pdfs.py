"""A PDF from outside: opened in a process of its own, so that whatever is in it can harm nothing but that process."""

import subprocess
import sys

from accounts.errors import DomainError
from presentations.domain import pdf_opening

MAX_BYTES = 10 * 1024 * 1024
MAX_FORM = MAX_BYTES + 256 * 1024  # with what was typed beside it
PATIENCE = 30  # seconds by the clock, over those of the processor
HEADER, FIRST = b"%PDF-", 1024  # readers look for the header in so many bytes (ISO 32000-1, Annex H)
KEPT_OUT = "Nothing was stored. Print the form to a new PDF and upload that."
WHY_NOT = {
    pdf_opening.LOCKED: "This PDF is locked: it cannot be opened without its password.",
    pdf_opening.NO_PAGE: "This PDF has no page.",
    pdf_opening.ACTS: "This PDF holds a script, an action or another file.",
    pdf_opening.BROKEN: "This PDF is broken, or far larger inside than outside; it was not opened.",
}
TOO_MUCH = f"This PDF has more than {pdf_opening.MOST_PAGES} pages, or is far larger inside than outside."


def refuse_size(size: int) -> None:
    """Refuse a file by its size, before it is read. Raises DomainError."""
    if size > MAX_BYTES:
        raise DomainError(
            f"The file has {size / 1024 / 1024:.0f} MB; at most 10 MB are taken. It was not stored, what you typed is "
            "kept. Print the form to a smaller PDF, or fill in the form on this page."
        )


def refuse_at_once(content: bytes) -> None:
    """Refuse what is no PDF by its size or its first bytes, which costs nothing. Raises DomainError."""
    refuse_size(len(content))
    if HEADER in content[:FIRST] and not content.startswith(HEADER):
        raise DomainError(
            "Something stands before the beginning of this PDF, so it was not opened. Nothing was stored. Open it in a "
            "PDF reader, print it to a new PDF, and upload that."
        )
    if not content.startswith(HEADER):
        raise DomainError(f"This is no PDF, whatever its name says. {KEPT_OUT}")


def cleaned(content: bytes) -> bytes:
    """The PDF written anew, without metadata. It takes up to two seconds of processor, so no page calls it.

    Raises DomainError for one that is broken, locked, far larger inside than outside, or acts by itself.
    """
    refuse_at_once(content)
    opening = [sys.executable, "-I", pdf_opening.__file__]  # it gets none of our settings, nor their secrets
    try:
        done = subprocess.run(opening, input=content, capture_output=True, env={}, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        raise DomainError(f"{TOO_MUCH} {KEPT_OUT}") from None
    if done.returncode:  # negative: stopped at a limit
        raise DomainError(f"{WHY_NOT.get(done.returncode, TOO_MUCH)} {KEPT_OUT}")
    return done.stdout
