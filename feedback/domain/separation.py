"""Freezing: the figures are fixed, and who took part and what was said can no longer be laid side by side.

The order of rows tells who wrote what, and so does what a database keeps about each row. At freezing the survey's
completions, counters and texts are therefore all deleted and written again in shuffled order, in one transaction, and
what was deleted is then removed from the disk (secure_delete.py). The same again for late answers.

The shuffled order is that of the rows' digests under a random salt. It is as random as any shuffle, since the salt is
drawn at freezing and knows nothing of who came when; and unlike another it can be checked afterwards: a row that stands
elsewhere was not separated.
"""

import hashlib
import itertools
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Count, F, Q

from courses.domain.calendar import MINUTE
from feedback.domain import figures, plans, secure_delete, student_questions
from feedback.domain.figures import SMALL
from feedback.models import Completion, FreeText, ScaleCount, Survey
from feedback.models.answers import Batch
from feedback.models.survey import SurveyQuerySet

Row = Completion | FreeText | ScaleCount
R = TypeVar("R", Completion, FreeText, ScaleCount)
SHUFFLED: tuple[type[Row], ...] = (Completion, ScaleCount, FreeText)


def freeze_due(now: datetime) -> int:
    """Fix every survey whose due minute is over; how many."""
    due = Survey.objects.unfrozen().filter(due_at__lte=now - MINUTE)
    return sum(freeze(survey, now=now) for survey in due)


def freeze(survey: Survey, *, now: datetime, salt: str | None = None) -> bool:
    """Fix a survey's figures and part who from what, once; whether this call did it.

    All texts reach the inbox at once and credit appears for everyone at once. `compact` is left to be done.
    """
    with transaction.atomic():
        locked = _lock(survey)
        if locked.frozen_at is not None:
            return False
        locked.figures = figures.fix(locked)
        locked.frozen_at = now
        texts = locked.texts.filter(batch=Batch.ON_TIME).values_list("pk", flat=True)
        _write_again(locked, salt or new_salt(), to_inbox=set(texts), now=now)
        locked.save()
    survey.refresh_from_db()
    return True


def close_due(now: datetime) -> int:
    """Carry out the closing of every survey that takes no answers any more; how many."""
    over = Survey.objects.filter(closed_at=None, closes_at__lte=now)
    return sum(close(survey, now=now) for survey in over)


def close(survey: Survey, *, now: datetime) -> bool:
    """Close a survey, once; whether this call did it.

    Late answers that still wait are counted if they are five; a smaller rest earns its credit and is erased unread.
    """
    freeze(survey, now=now)
    with transaction.atomic():
        locked = _lock(survey)
        if locked.closed_at is not None:
            return False
        waiting = locked.completions.filter(batch=Batch.WAITING).count()
        if waiting >= SMALL:
            _count_late(locked, now)
        elif waiting:
            _erase_late(locked, now)
        locked.counts.filter(batch=Batch.WAITING).delete()
        locked.closed_at = now
        locked.save()
    survey.refresh_from_db()
    return True


def release_due(now: datetime) -> int:
    """Count the late answers of every fixed survey in which five wait; in how many surveys."""
    fixed = Survey.objects.frozen().filter(closed_at=None)
    waiting = Count("completions", filter=Q(completions__batch=Batch.WAITING))
    return sum(release(survey, now=now) for survey in fixed.annotate(waiting=waiting).filter(waiting__gte=SMALL))


def release(survey: Survey, *, now: datetime) -> bool:
    """Count the late answers of a fixed survey if five wait; whether this call did it."""
    with transaction.atomic():
        locked = _lock(survey)
        is_ready = locked.completions.filter(batch=Batch.WAITING).count() >= SMALL
        if locked.frozen_at is None or locked.closed_at is not None or not is_ready:
            return False
        _count_late(locked, now)
        locked.save()
    survey.refresh_from_db()
    return True


def compact_due(now: datetime) -> int:
    """Remove what freezing deleted from the disk, for every survey that still needs it; of how many it is gone."""
    waiting = list(Survey.objects.frozen().filter(compacted_at=None))
    return _compact(waiting, now) if waiting else 0


def compact(survey: Survey, *, now: datetime) -> bool:
    """Remove what freezing a survey deleted from the disk; False if it must be tried again."""
    done = _compact([survey], now) == 1
    survey.refresh_from_db()
    return done


def _compact(surveys: list[Survey], now: datetime) -> int:
    """Marks only those that were not written again meanwhile: then the salt is another one."""
    if not secure_delete.remove_deleted(SHUFFLED):
        return 0
    if secure_delete.keeps_freed_bytes():
        for survey in surveys:
            _write_over(survey)
        if not secure_delete.remove_deleted(SHUFFLED):
            return 0
    return sum(_unchanged(survey).update(compacted_at=now) for survey in surveys)


def _unchanged(survey: Survey) -> SurveyQuerySet:
    return Survey.objects.frozen().filter(pk=survey.pk, shuffle_salt=survey.shuffle_salt, compacted_at=None)


def _write_over(survey: Survey) -> None:
    """Write a survey's rows once more in the same order: they take the room of those that came in order of arrival.

    VACUUM frees that room and leaves its bytes; measured on 300 texts, all 300 could still be read in the file in
    their order of arrival, and none after this.
    """
    with transaction.atomic():
        locked = _unchanged(survey).select_for_update().first()
        if locked is not None and locked.shuffled_at is not None:
            _write_again(locked, locked.shuffle_salt, to_inbox=set(), now=locked.shuffled_at)


def _lock(survey: Survey) -> Survey:
    """The survey read anew; until the transaction ends nobody answers it and nobody else fixes it."""
    return Survey.objects.select_for_update().get(pk=survey.pk)


def _write_again(survey: Survey, salt: str, *, to_inbox: set[int], now: datetime) -> None:
    """Delete the survey's rows and write them in the order of a new salt; some texts go to the inbox, in that order."""
    survey.shuffle_salt, survey.shuffled_at, survey.compacted_at = salt, now, None
    texts = in_shuffled_order(survey.texts.filter(pk__in=to_inbox), salt)
    student_questions.gather(survey, texts)
    for model in SHUFFLED:
        mine: Any = model._default_manager.filter(survey=survey)
        rows = in_shuffled_order(mine, salt)
        mine.delete()
        for row in rows:
            row.pk = None
        mine.bulk_create(rows)


def _count_late(survey: Survey, now: datetime) -> None:
    """Move what waits to the late answers, which make the second set of figures."""
    plans.make_counters(survey, Batch.LATE)
    waiting = survey.counts.filter(batch=Batch.WAITING)
    for counter in waiting.filter(count__gt=0):
        late = ScaleCount.objects.filter(
            question=counter.question_id, section=counter.section_id, batch=Batch.LATE, value=counter.value
        )
        late.update(count=F("count") + counter.count)
    waiting.update(count=0)
    texts = set(survey.texts.filter(batch=Batch.WAITING).values_list("pk", flat=True))
    survey.texts.filter(batch=Batch.WAITING).update(batch=Batch.LATE)
    survey.completions.filter(batch=Batch.WAITING).update(batch=Batch.LATE)
    survey.late_figures = figures.fix(survey, late=True)
    _write_again(survey, new_salt(), to_inbox=texts, now=now)


def _erase_late(survey: Survey, now: datetime) -> None:
    """Give too few late answers their credit, and erase what they said."""
    survey.texts.filter(batch=Batch.WAITING).delete()
    survey.counts.filter(batch=Batch.WAITING).delete()
    survey.completions.filter(batch=Batch.WAITING).update(batch=Batch.LATE)
    _write_again(survey, new_salt(), to_inbox=set(), now=now)


def new_salt() -> str:
    """A salt that nobody could foresee."""
    return secrets.token_hex(16)


def in_shuffled_order(rows: Iterable[R], salt: str) -> list[R]:
    """The rows of one table as they are to stand under this salt."""
    return sorted(rows, key=lambda row: digest(row, salt))


def out_of_order(rows: Sequence[Row], salt: str) -> int:
    """How many rows of one table, given as they stand, come before one that ought to come first."""
    digests = [digest(row, salt) for row in rows]
    return sum(later < earlier for earlier, later in itertools.pairwise(digests))


def digest(row: Row, salt: str) -> bytes:
    """The place of one row under a salt; the same content has the same place."""
    return hashlib.sha256(f"{salt}:{type(row).__name__}:{_content(row)}".encode()).digest()


def _content(row: Row) -> str:
    if isinstance(row, Completion):
        return f"{row.enrollment_id}"
    if isinstance(row, ScaleCount):
        return f"{row.question_id}:{row.section_id}:{row.batch}:{row.value}"
    return f"{row.question_id}:{row.text}"
