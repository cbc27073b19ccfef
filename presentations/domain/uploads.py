"""The old way to review: the form filled in elsewhere and handed in as PDF."""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime

from django.core.files.base import ContentFile
from django.db.models import QuerySet

from accounts.errors import DomainError
from courses.models import Enrollment
from presentations.domain import feedback, pdfs, plans, reviews
from presentations.models import PeerReview, Presentation


def hand_in(
    talk: Presentation, *, by: Enrollment, content: bytes, now: datetime, typed: Mapping[str, str] | None = None
) -> PeerReview:
    """Hand in a review as PDF, with what was typed beside it; it replaces an earlier one.

    It is kept under a name that nobody can guess.

    Raises DomainError when the talk cannot be reviewed now, and for a file that is no harmless PDF.
    """
    window = reviews.open_window(talk, by, now)
    clean = pdfs.cleaned(content)
    review = reviews.row_of(talk, by, now)
    old, storage = review.file.name, review.file.storage
    name = storage.save(f"reviews/{secrets.token_urlsafe(24)}.pdf", ContentFile(clean))
    digest = hashlib.sha256(clean).hexdigest()
    said = reviews.added_to(review, plans.review_plan_of(talk.course), typed or {})
    try:
        reviews.hand_in(review, window, now, file=name, file_sha256=digest, **said)
    except DomainError:
        storage.delete(name)
        raise
    if old:
        storage.delete(old)
    return review


def for_staff(person: Enrollment) -> "QuerySet[PeerReview]":
    """The reviews of a course that someone of staff may read."""
    return PeerReview.objects.filter(presentation__in=feedback.talks_for_staff(person))
