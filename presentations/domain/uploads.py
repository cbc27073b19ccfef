"""The old way to review: the form filled in elsewhere and handed in as PDF."""

import hashlib
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import QuerySet

from accounts.errors import DomainError
from courses.domain import publishing
from courses.models import Enrollment
from presentations.domain import feedback, pdfs, plans, reviews, windows
from presentations.models import PeerReview, Presentation, ReviewUpload

LEASE = timedelta(minutes=1)  # a claim older than this belongs to a worker that died


def hand_in(
    talk: Presentation, *, by: Enrollment, content: bytes, now: datetime, typed: Mapping[str, str] | None = None
) -> ReviewUpload:
    """Hand in a review as PDF, with what was typed beside it; it replaces one that was not checked yet.

    It counts as handed in now, once `check_due` has taken it, and is served to nobody before.

    Raises DomainError when the talk cannot be reviewed now, and for a file that is too large or no PDF.
    """
    reviews.open_window(talk, by, now)
    pdfs.refuse_at_once(content)
    beside = reviews.typed_beside_file(plans.review_plan_of(talk.course), typed or {})
    publishing.check(*beside.values())
    review = reviews.row_of(talk, by, now)
    name = _store("reviews/unchecked", content)
    fields = {"file": name, "typed": beside, "handed_in_at": now, "why_not": "", "claimed_until": None}
    with _kept(name), transaction.atomic():
        windows.hold(talk.pk)
        old = ReviewUpload.objects.unchecked().filter(review=review).first()
        upload, _ = ReviewUpload.objects.update_or_create(review=review, defaults=fields)
    if old:
        default_storage.delete(str(old.file.name))
    return upload


def upload_of(review: PeerReview | None) -> ReviewUpload | None:
    """The file that waits for its check, or was refused at it."""
    return ReviewUpload.objects.filter(review=review).first() if review else None


def check_due(now: datetime) -> int:
    """Check the files that came in, one after the other; how many."""
    due = ReviewUpload.objects.due(now).select_related("review__reviewer", "review__presentation__course")
    return sum(_check(upload, now) for upload in due.order_by("handed_in_at", "pk"))


def _check(upload: ReviewUpload, now: datetime) -> int:
    """Take a file or refuse it; what two workers find, one of them checks."""
    name = str(upload.file.name)
    same = ReviewUpload.objects.filter(pk=upload.pk, file=name)
    if not ReviewUpload.objects.due(now).filter(pk=upload.pk, file=name).update(claimed_until=now + LEASE):
        return 0
    try:
        with upload.file.open("rb") as stored:
            clean = pdfs.cleaned(stored.read())
        _take(upload, clean)
    except FileNotFoundError:
        same.update(file="", why_not="The file was lost. Hand it in again.")
    except DomainError as error:
        same.update(file="", why_not=error.message)
    default_storage.delete(name)
    return 1


def _take(upload: ReviewUpload, clean: bytes) -> None:
    """Hand in the review as of when the file came, with what was typed beside it; unless another file came since."""
    review, talk = upload.review, upload.review.presentation
    window = windows.of(talk, review.reviewer, now=upload.handed_in_at)
    name = _store("reviews", clean)
    with _kept(name), transaction.atomic():
        windows.hold(talk.pk)
        waiting = ReviewUpload.objects.filter(pk=upload.pk, file=upload.file.name)
        typed = waiting.values_list("typed", flat=True).first()
        if typed is None:
            raise DomainError("Another file came in meanwhile.")
        review.refresh_from_db()
        old, since = review.file.name, max(upload.handed_in_at, review.submitted_at or upload.handed_in_at)
        answers = reviews.added_to(review, plans.review_plan_of(talk.course), typed)
        reviews.hand_in(review, window, since, file=name, file_sha256=hashlib.sha256(clean).hexdigest(), **answers)
        waiting.delete()
    if old:
        default_storage.delete(old)


def _store(folder: str, content: bytes) -> str:
    """Keep a file under a name that nobody can guess."""
    return default_storage.save(f"{folder}/{secrets.token_urlsafe(24)}.pdf", ContentFile(content))


@contextmanager
def _kept(name: str) -> Iterator[None]:
    """Let a stored file go again if what was to name it is not written."""
    try:
        yield
    except BaseException:
        default_storage.delete(name)
        raise


def for_staff(person: Enrollment) -> "QuerySet[PeerReview]":
    """The reviews of a course that someone of staff may read."""
    return PeerReview.objects.filter(presentation__in=feedback.talks_for_staff(person))
