"""A review as a file: a PDF from outside, opened in a process of its own, so that it can harm only that process."""

import hashlib
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import QuerySet

from accounts.errors import DomainError
from courses.domain import letters, publishing
from courses.models import Enrollment
from presentations.domain import feedback, pdf_opening, plans, reviews, windows
from presentations.models import PeerReview, Presentation, ReviewUpload

LEASE = timedelta(minutes=1)  # a claim older than this belongs to a worker that died

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


def cleaned_pdf(content: bytes) -> bytes:
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


def hand_in(
    talk: Presentation, *, by: Enrollment, content: bytes, now: datetime, typed: Mapping[str, str] | None = None
) -> ReviewUpload:
    """Hand in a review as PDF, with what was typed beside it; it replaces one that was not checked yet.

    It counts as handed in now, once `check_due` has taken it, and is served to nobody before.

    Raises DomainError when the talk cannot be reviewed now, and for a file that is too large or no PDF.
    """
    reviews.open_window(talk, by, now)
    refuse_at_once(content)
    beside = reviews.typed_beside_file(plans.review_plan_of(talk.course), typed or {})
    publishing.check(*beside.values())
    review = reviews.row_of(talk, by, now)
    name = _store("reviews/unchecked", content)
    fields = {"file": name, "typed": beside, "handed_in_at": now, "why_not": "", "claimed_until": None}
    with _kept(name), transaction.atomic():
        windows.lock_talk(talk.pk)
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
    if not ReviewUpload.objects.due(now).filter(pk=upload.pk, file=name).update(claimed_until=now + LEASE):
        return 0
    try:
        with upload.file.open("rb") as stored:
            clean = cleaned_pdf(stored.read())
        _take(upload, clean)
    except FileNotFoundError:
        _refuse(upload, "The file was lost.", now)
    except DomainError as error:
        _refuse(upload, error.message, now)
    except publishing.TextRefusedError as error:  # of a code that came into the stock after the file
        _refuse(upload, error.message, now, typed={})
    default_storage.delete(name)
    return 1


def _refuse(upload: ReviewUpload, why_not: str, now: datetime, **kept: dict[str, str]) -> None:
    """Keep why a file was not taken and write it to whoever sent it, who may have left; unless another came since."""
    review, talk = upload.review, upload.review.presentation
    with transaction.atomic():
        same = ReviewUpload.objects.filter(pk=upload.pk, file=upload.file.name)
        if not same.update(file="", why_not=why_not, **kept):
            return
        letters.post_to(
            talk.course,
            "review_file_refused",
            people=[review.reviewer],
            key=f"review_file:{upload.pk}:{upload.handed_in_at.isoformat()}",
            kind="review_file_refused",
            now=now,
            upload=upload,
            why_not=why_not,
            talk=talk,
            window=windows.review_window(talk, review.reviewer, now=now),
        )


def _take(upload: ReviewUpload, clean: bytes) -> None:
    """Hand in the review as of when the file came, with what was typed beside it; unless another file came since."""
    review, talk = upload.review, upload.review.presentation
    window = windows.review_window(talk, review.reviewer, now=upload.handed_in_at)
    name = _store("reviews", clean)
    with _kept(name), transaction.atomic():
        windows.lock_talk(talk.pk)
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


def reviews_for_staff(person: Enrollment) -> "QuerySet[PeerReview]":
    """The reviews of a course that someone of staff may read."""
    return PeerReview.objects.filter(presentation__in=feedback.talks_for_staff(person))
