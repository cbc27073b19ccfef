"""The audit of anonymity: every attack we know on who said what, and the verdict on each survey.

Attacks on the rows themselves go by their order and by what the database keeps beside each; attacks by known orders of
people compare the completions with every order that the database holds. Copies of texts elsewhere: text_copies.py.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.models import Session
from django.db import connection

from feedback.domain import text_copies
from feedback.domain.separation import SHUFFLED, Row, out_of_order
from feedback.models import Completion, FreeText, ScaleCount, Survey
from feedback.models.answers import Batch
from mail.models import Message

CHANCE = 1e-6  # a find that chance makes rarer than this is one
GRACE = timedelta(hours=1)  # after its rows were written again, until a survey must be compacted
Key = Callable[[Completion], float]
COLUMNS: dict[type[Row], set[str]] = {
    Completion: {"id", "survey_id", "enrollment_id", "batch"},
    ScaleCount: {"id", "survey_id", "question_id", "section_id", "batch", "value", "count"},
    FreeText: {"id", "survey_id", "question_id", "batch", "text"},
}


@dataclass(frozen=True)
class Trace:
    """One trace that leads from who to what. `sentence` never quotes a text or a name."""

    sentence: str
    p: float = 0.0  # 0: no chance makes it

    @property
    def counts(self) -> bool:
        """Whether chance does not explain it."""
        return self.p < CHANCE


@dataclass(frozen=True)
class Verdict:
    """What was found about one survey, or about the portal as a whole; `note` says what could not be judged yet."""

    about: str
    findings: list[Trace]
    note: str = ""


def judge(surveys: Iterable[Survey], *, now: datetime) -> Iterator[Verdict]:
    """Attack these surveys one by one, and then whatever the portal writes elsewhere."""
    for survey in surveys:
        yield _judge(survey, now)
    yield Verdict("letters, sessions, cache and files", [Trace(sentence) for sentence in text_copies.copies_found()])


def _judge(survey: Survey, now: datetime) -> Verdict:
    about = f"{survey.course.slug} {survey.meeting.date}"
    if survey.frozen_at is None:
        return Verdict(about, [], "not yet separated: the survey is open")
    found = [find for find in (*row_attacks(survey), *people_attacks(survey)) if find.counts]
    if survey.compacted_at is None and now > (survey.shuffled_at or survey.frozen_at) + GRACE:
        found.append(Trace("what freezing deleted was never removed from the disk (compaction)"))
    return Verdict(about, found, _note(survey))


def _note(survey: Survey) -> str:
    waiting = survey.completions.filter(batch=Batch.WAITING).count()
    notes = [
        "not yet compacted" if survey.compacted_at is None else "",
        f"{waiting} late answers not yet separated" if waiting else "",
    ]
    return ", ".join(filter(None, notes))


def fixed_rows(survey: Survey, model: Any) -> list[Any]:
    """A survey's rows of one table in the order of their ids, less the late answers that still wait."""
    return list(model._default_manager.filter(survey=survey).exclude(batch=Batch.WAITING).order_by("pk"))


def standing_orders(survey: Survey, model: Any) -> dict[str, list[Any]]:
    """The same rows as a database shows them to whoever looks: by id (SQLite's rowid), and by place on disk (ctid)."""
    rows = fixed_rows(survey, model)
    if connection.vendor != "postgresql":
        return {"id": rows}
    by_id = {row.pk: row for row in rows}
    placed = [by_id[pk] for pk, _ in _system_columns(survey, model) if pk in by_id]
    return {"id": rows, "ctid": placed}


def row_attacks(survey: Survey) -> Iterator[Trace]:
    """Every attack on the rows of one fixed survey."""
    for model in SHUFFLED:
        table = model._meta.db_table
        astray = out_of_order(fixed_rows(survey, model), survey.shuffle_salt)
        if astray:
            yield Trace(f"{astray} rows of {table} are not in shuffled order: they stand as they came")
        yield from _one_transaction(survey, model)
        with connection.cursor() as cursor:
            columns = {column.name for column in connection.introspection.get_table_description(cursor, table)}
        if columns - COLUMNS[model]:
            yield Trace(f"{table} has columns that may tell who or when: {', '.join(sorted(columns - COLUMNS[model]))}")
    yield from _counters_as_made(survey)


def _one_transaction(survey: Survey, model: Any) -> Iterator[Trace]:
    """Rows that one transaction wrote share their xmin; several values tell rows apart, and their order."""
    if connection.vendor != "postgresql":
        return
    fixed = {row.pk for row in fixed_rows(survey, model)}
    writers = {xmin for pk, xmin in _system_columns(survey, model) if pk in fixed}
    if len(writers) > 1:
        yield Trace(f"rows of {model._meta.db_table} were written by {len(writers)} transactions (xmin)")


def _counters_as_made(survey: Survey) -> Iterator[Trace]:
    """Counters in the order in which opening makes them were never written again."""
    for name, rows in standing_orders(survey, ScaleCount).items():
        natural = [(r.batch, r.question_id, r.section_id, r.value) for r in rows]
        place = {key: n for n, key in enumerate(sorted(natural))}
        p = order_chance(range(len(rows)), [place[key] for key in natural])
        yield Trace(f"the counters' {name} follows the order in which they were made", p)


def _system_columns(survey: Survey, model: Any) -> Sequence[tuple[int, str]]:
    """Id and xmin of a survey's rows, in the order of their place on disk (PostgreSQL)."""
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, xmin::text FROM {table} WHERE survey_id = %s ORDER BY ctid",  # noqa: S608 - our table's name
            [survey.pk],
        )
        return cursor.fetchall()


def people_attacks(survey: Survey) -> Iterator[Trace]:
    """Compare the order of the completions with every order of people that the database holds."""
    everyone = survey.completions.select_related("enrollment__user")
    people = {completion.pk: completion for completion in everyone}
    for standing, rows in standing_orders(survey, Completion).items():
        completions = [people[row.pk] for row in rows]
        for name, place in _known_orders(survey, completions).items():
            known = [(n, place[c.pk]) for n, c in enumerate(completions) if c.pk in place]
            p = order_chance([n for n, _ in known], [at for _, at in known])
            yield Trace(f"the completions' {standing} follows {name}", p)


def _known_orders(survey: Survey, completions: list[Completion]) -> dict[str, dict[int, float]]:
    """Orders of people, each as a place for the completions that it knows."""
    sessions, letters = _sessions(), _letters(survey)
    user_of = {c.pk: c.enrollment.user_id for c in completions}
    by_login = sorted(completions, key=lambda c: c.enrollment.login)
    by_name = sorted(completions, key=lambda c: c.enrollment.user.sort_name)
    signed_in = {c.pk: c.enrollment.user.last_login for c in completions}
    return {
        "the roster": {c.pk: c.enrollment_id for c in completions},
        "the people's accounts": dict(user_of),
        "the logins": {c.pk: n for n, c in enumerate(by_login)},
        "the names": {c.pk: n for n, c in enumerate(by_name)},
        "the last sign-ins": {pk: at.timestamp() for pk, at in signed_in.items() if at},
        "the sessions": {pk: sessions[user] for pk, user in user_of.items() if user in sessions},
        "the last letters": {pk: letters[user] for pk, user in user_of.items() if user in letters},
    }


def _sessions() -> dict[int, float]:
    """When the newest session of each person ends: a session that is saved again ends later."""
    ends: dict[int, float] = {}
    for session in Session.objects.order_by("expire_date").iterator():
        person = session.get_decoded().get("_auth_user_id")
        if person:
            ends[int(person)] = session.expire_date.timestamp()
    return ends


def _letters(survey: Survey) -> dict[int, float]:
    """The newest letter of the course to each person."""
    rows = Message.objects.filter(course_slug=survey.course.slug).order_by("pk").values_list("recipient", "pk")
    return {person: float(pk) for person, pk in rows}


def order_chance(order: Sequence[float], other: Sequence[float]) -> float:
    """The chance that two orders of the same rows agree, or disagree, this much (Spearman, two-sided)."""
    n = len(order)
    if n < 3 or len(set(order)) < 2 or len(set(other)) < 2:
        return 1.0
    rho = _correlation(_ranks(order), _ranks(other))
    if abs(rho) > 1 - 1e-12:
        return min(1.0, 2 / math.factorial(min(n, 100)))
    return math.erfc(abs(rho) * math.sqrt((n - 1) / 2))


def _ranks(values: Sequence[float]) -> list[float]:
    """The place of each value; equal ones share the middle of theirs."""
    places = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0.0] * len(values)
    start = 0
    while start < len(places):
        end = start
        while end + 1 < len(places) and values[places[end + 1]] == values[places[start]]:
            end += 1
        for place in places[start : end + 1]:
            ranks[place] = (start + end) / 2
        start = end + 1
    return ranks


def _correlation(order: Sequence[float], other: Sequence[float]) -> float:
    mean = (len(order) - 1) / 2  # of ranks
    covered = sum((a - mean) * (b - mean) for a, b in zip(order, other, strict=True))
    spread = sum((a - mean) ** 2 for a in order) * sum((b - mean) ** 2 for b in other)
    return covered / math.sqrt(spread)
