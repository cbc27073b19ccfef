"""The answers of a survey that was held elsewhere, from CSV files: what was said, and apart from it who took part."""

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.db.models import prefetch_related_objects

from accounts.errors import DomainError
from courses.domain import publishing
from courses.domain.calendar import long_date
from courses.models import ClassMeeting, Course, Enrollment, Role, Section
from feedback.domain import plans, separation, surveys
from feedback.models import Completion, FreeText, ScaleCount, Survey, SurveyPlan
from feedback.models.answers import Batch
from questionnaires.questions import Answers

PROBLEMS_SHOWN = 20


class Outcome(StrEnum):
    IMPORTED = "imported"
    SAME = "same files as before; nothing was changed"
    FROZEN = "its figures are fixed; nothing was changed"


@dataclass(frozen=True)
class Response:
    """One row of the responses: the section, and what was said."""

    section: Section
    answers: Answers


def import_survey(
    course: Course,
    day: date,
    *,
    responses: bytes,
    completions: bytes | None = None,
    freeze: bool = False,
    now: datetime,
) -> Outcome:
    """Import what was said in the survey of one class, and who took part; all of it counts as on time.

    Replaces an earlier import of a survey that is not frozen. With `freeze` the figures are fixed at once.
    Raises DomainError (row and sentence; then nothing is written) for files that do not fit the course or each
    other, and once a student has answered in the portal.
    """
    meeting = course.meetings.held().filter(date=day).first()
    if meeting is None:
        raise DomainError(f"{course.code} has no class on {long_date(day)}.")
    with transaction.atomic():
        survey, outcome = _import(meeting, responses, completions)
    if freeze and outcome != Outcome.FROZEN:
        separation.freeze(survey, now=now)
        separation.compact(survey, now=now)
    return outcome


def _import(meeting: ClassMeeting, responses: bytes, completions: bytes | None) -> tuple[Survey, Outcome]:
    digest = hashlib.sha256(hashlib.sha256(responses).digest() + (completions or b"")).hexdigest()
    survey = Survey.objects.select_for_update().filter(meeting=meeting).first()
    if survey and survey.frozen_at is not None:
        return survey, Outcome.FROZEN
    if survey and survey.imported_digest == digest:
        return survey, Outcome.SAME
    if survey and not survey.imported_digest and plans.is_locked(survey):
        raise DomainError(
            "A student has answered this survey in the portal, so no file can replace it. Nothing was changed."
        )
    survey = survey or surveys.make(meeting, _plan(meeting.course), opened_at=meeting.ends_at)
    answered = _responses(survey, responses)
    took_part = None if completions is None else _completions(meeting.course, completions)
    if took_part is not None:
        _must_agree(answered, took_part)
    _replace(survey, answered, took_part or [])
    Survey.objects.filter(pk=survey.pk).update(imported_digest=digest)
    return survey, Outcome.IMPORTED


def _plan(course: Course) -> SurveyPlan:
    plan = SurveyPlan.objects.filter(course=course).first()
    if plan is None:
        raise DomainError(f"{course.code} has no daily survey; set its questions first.")
    return plan


def _responses(survey: Survey, content: bytes) -> list[Response]:
    prefetch_related_objects([survey], "questions")
    sections = {section.code: section for section in survey.course.sections.all()}
    asked = {q.key for q in survey.questions.all()}
    needed = {"section"} | {q.key for q in survey.questions.all() if q.is_required}
    found, problems = [], []
    for line, row in _rows("responses", content, needed, asked | {"section"}):
        code = row.pop("section").strip()
        if code not in sections:
            problems.append(f'row {line}: section "{code[:60]}" is not one of this course')
            continue
        try:
            found.append(Response(sections[code], surveys.check_answers(survey, row)))
        except surveys.AnswersRefusedError as refused:
            problems += [f"row {line}: {key}: {sentence}" for key, sentence in refused.sentences.items()]
    _refuse_if("responses", problems)
    publishing.check_file(*publishing.texts_in([response.answers for response in found]))
    return found


def _completions(course: Course, content: bytes) -> list[Enrollment]:
    students = course.enrollments.filter(role=Role.STUDENT).exclude(login="").select_related("section")
    by_login = {person.login: person for person in students}
    found: dict[str, Enrollment] = {}
    problems = []
    for line, row in _rows("completions", content, {"login"}, None):
        login = row["login"].strip()
        if login not in by_login:
            problems.append(f'row {line}: login "{login[:60]}" is not on the roster of this course')
        elif login in found:
            problems.append(f'row {line}: login "{login[:60]}" occurs twice')
        else:
            found[login] = by_login[login]
    _refuse_if("completions", problems)
    return list(found.values())


def _rows(name: str, content: bytes, needed: set[str], known: set[str] | None) -> list[tuple[int, dict[str, str]]]:
    """The rows of a CSV file (comma or semicolon, with or without BOM), each with the line on which it begins."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DomainError(f"The {name} file is no text in UTF-8. Nothing was changed.") from None
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if first.count(";") > first.count(",") else ",")
    try:
        return list(_by_column(name, reader, needed, known))
    except csv.Error as error:
        raise DomainError(f"The {name} file, row {reader.line_num}: {error}. Nothing was changed.") from None


def _by_column(
    name: str, reader: Any, needed: set[str], known: set[str] | None
) -> Iterator[tuple[int, dict[str, str]]]:
    header = [cell.strip() for cell in next(reader, [])]
    for column in sorted(needed - set(header)):
        raise DomainError(f'The {name} file has no column "{column}". Nothing was changed.')
    for column in header:
        if known is not None and column not in known:
            raise DomainError(f'The {name} file has a column "{column[:60]}" that nobody asked. Nothing was changed.')
    begins = reader.line_num + 1
    for cells in reader:
        if len(cells) > len(header):
            raise DomainError(f"The {name} file, row {begins}: more cells than columns. Nothing was changed.")
        if any(cells):
            yield begins, dict(zip(header, cells + [""] * (len(header) - len(cells)), strict=True))
        begins = reader.line_num + 1


def _must_agree(answered: list[Response], took_part: list[Enrollment]) -> None:
    responses = Counter(response.section.code for response in answered)
    completions = Counter(person.section.code for person in took_part if person.section)
    _refuse_if(
        "completions",
        [
            f"{code} has {responses[code]} responses and {completions[code]} completions"
            for code in sorted(responses | completions)
            if responses[code] != completions[code]
        ],
    )


def _refuse_if(name: str, problems: list[str]) -> None:
    if problems:
        more = len(problems) - PROBLEMS_SHOWN
        shown = problems[:PROBLEMS_SHOWN] + ([f"and {more} more"] if more > 0 else [])
        raise DomainError("\n".join([f"The {name} file does not fit; nothing was changed.", *shown]))


def _replace(survey: Survey, answered: list[Response], took_part: list[Enrollment]) -> None:
    """Write the answers of a file in place of those that an earlier one brought."""
    survey.completions.all().delete()
    survey.texts.all().delete()
    survey.counts.all().delete()
    Completion.objects.bulk_create(Completion(survey=survey, enrollment=person) for person in took_part)
    questions = {question.key: question for question in survey.questions.all()}
    given = [
        (questions[key], response.section, answer) for response in answered for key, answer in response.answers.items()
    ]
    FreeText.objects.bulk_create(
        FreeText(survey=survey, question=question, text=str(answer))
        for question, _, answer in given
        if not question.answer_kind.is_counted
    )
    plans.make_counters(survey, Batch.ON_TIME)
    plans.make_counters(survey, Batch.WAITING)
    times = Counter((q.pk, section.pk, answer) for q, section, answer in given if q.answer_kind.is_counted)
    counters = list(ScaleCount.objects.filter(survey=survey, batch=Batch.ON_TIME))
    for counter in counters:
        counter.count = times[counter.question_id, counter.section_id, counter.value]
    ScaleCount.objects.bulk_update(counters, ["count"])
