"""A review as a file: a PDF from outside, opened in a process of its own, so that it can harm only that process."""

import hashlib
import secrets
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime

from django.core.files.base import ContentFile
from django.db.models import QuerySet

from accounts.errors import DomainError
from courses.models import Enrollment
from presentations.domain import feedback, pdf_opening, plans, reviews
from presentations.models import PeerReview, Presentation

MAX_BYTES = 10 * 1024 * 1024
MAX_FORM = MAX_BYTES + 256 * 1024  # with what was typed beside it
PATIENCE = 30  # seconds by the clock, over those of the processor
KEPT_OUT = "Nothing was stored. Print the form to a new PDF and upload that."
WHY_NOT = {
    pdf_opening.LOCKED: "This PDF is locked by a password.",
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


def cleaned_pdf(content: bytes) -> bytes:
    """The PDF written anew, without metadata.

    Raises DomainError for one that is broken, locked, far larger inside than outside, or acts by itself.
    """
    refuse_size(len(content))
    if not content.startswith(b"%PDF-"):
        raise DomainError(f"This is no PDF, whatever its name says. {KEPT_OUT}")
    opening = [sys.executable, "-I", pdf_opening.__file__]  # it gets none of our settings, nor their secrets
    try:
        done = subprocess.run(opening, input=content, capture_output=True, env={}, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        raise DomainError(f"{TOO_MUCH} {KEPT_OUT}") from None
    if done.returncode:  # negative: stopped at a limit
        raise DomainError(f"{WHY_NOT.get(done.returncode, TOO_MUCH)} {KEPT_OUT}")
    return done.stdout


def hand_in(
    talk: Presentation, *, by: Enrollment, content: bytes, now: datetime, typed: Mapping[str, str] | None = None
) -> PeerReview:
    """Hand in a review as PDF, with what was typed beside it; it replaces an earlier one.

    It is kept under a name that nobody can guess.

    Raises DomainError when the talk cannot be reviewed now, and for a file that is no harmless PDF.
    """
    window = reviews.open_window(talk, by, now)
    clean = cleaned_pdf(content)
    review = reviews.row_of(talk, by, now)
    old, storage = review.file.name, review.file.storage
    name = storage.save(f"reviews/{secrets.token_urlsafe(24)}.pdf", ContentFile(clean))
    digest = hashlib.sha256(clean).hexdigest()
    answers = reviews.added_to(review, plans.review_plan_of(talk.course), typed or {})
    try:
        reviews.hand_in(review, window, now, file=name, file_sha256=digest, **answers)
    except DomainError:
        storage.delete(name)
        raise
    if old:
        storage.delete(old)
    return review


def reviews_for_staff(person: Enrollment) -> "QuerySet[PeerReview]":
    """The reviews of a course that someone of staff may read."""
    return PeerReview.objects.filter(presentation__in=feedback.talks_for_staff(person))
