"""The verdict on each survey, and on the whole portal."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from feedback.domain.anonymity import copies, people, rows
from feedback.domain.anonymity.finding import Finding
from feedback.models import Survey
from feedback.models.answers import Batch

GRACE = timedelta(hours=1)  # after its rows were written again, until a survey must be compacted


@dataclass(frozen=True)
class Verdict:
    """What was found about one survey, or about the portal as a whole; `note` says what could not be judged yet."""

    about: str
    findings: list[Finding]
    note: str = ""


def judge(surveys: Iterable[Survey], *, now: datetime) -> Iterator[Verdict]:
    """Attack these surveys one by one, and then whatever the portal writes elsewhere."""
    for survey in surveys:
        yield _judge(survey, now)
    yield Verdict("letters, sessions, cache and files", [find for find in copies.attacks() if find.counts])


def _judge(survey: Survey, now: datetime) -> Verdict:
    about = f"{survey.course.slug} {survey.meeting.date}"
    if survey.frozen_at is None:
        return Verdict(about, [], "not yet separated: the survey is open")
    found = [find for find in (*rows.attacks(survey), *people.attacks(survey)) if find.counts]
    if survey.compacted_at is None and now > (survey.sealed_at or survey.frozen_at) + GRACE:
        found.append(Finding("what freezing deleted was never removed from the disk (compaction)"))
    return Verdict(about, found, _note(survey))


def _note(survey: Survey) -> str:
    waiting = survey.completions.filter(batch=Batch.WAITING).count()
    notes = [
        "not yet compacted" if survey.compacted_at is None else "",
        f"{waiting} late answers not yet separated" if waiting else "",
    ]
    return ", ".join(filter(None, notes))
