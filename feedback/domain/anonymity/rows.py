"""Attacks on the rows themselves: their order, and what the database keeps beside each."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection

from feedback.domain.anonymity.finding import Finding, order_chance
from feedback.domain.seal import SEALED, Row, out_of_order
from feedback.models import Completion, FreeText, ScaleCount, Survey
from feedback.models.answers import Batch

COLUMNS: dict[type[Row], set[str]] = {
    Completion: {"id", "survey_id", "enrollment_id", "batch"},
    ScaleCount: {"id", "survey_id", "question_id", "section_id", "batch", "value", "count"},
    FreeText: {"id", "survey_id", "question_id", "batch", "text"},
}


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


def attacks(survey: Survey) -> Iterator[Finding]:
    """Every attack on the rows of one fixed survey."""
    for model in SEALED:
        table = model._meta.db_table
        astray = out_of_order(fixed_rows(survey, model), survey.seal)
        if astray:
            yield Finding(f"{astray} rows of {table} are not in sealed order: they stand as they came")
        yield from _one_transaction(survey, model)
        with connection.cursor() as cursor:
            columns = {column.name for column in connection.introspection.get_table_description(cursor, table)}
        if columns - COLUMNS[model]:
            yield Finding(
                f"{table} has columns that may tell who or when: {', '.join(sorted(columns - COLUMNS[model]))}"
            )
    yield from _counters_as_made(survey)


def _one_transaction(survey: Survey, model: Any) -> Iterator[Finding]:
    """Rows that one transaction wrote share their xmin; several values tell rows apart, and their order."""
    if connection.vendor != "postgresql":
        return
    fixed = {row.pk for row in fixed_rows(survey, model)}
    writers = {xmin for pk, xmin in _system_columns(survey, model) if pk in fixed}
    if len(writers) > 1:
        yield Finding(f"rows of {model._meta.db_table} were written by {len(writers)} transactions (xmin)")


def _counters_as_made(survey: Survey) -> Iterator[Finding]:
    """Counters in the order in which opening makes them were never written again."""
    for name, rows in standing_orders(survey, ScaleCount).items():
        natural = [(r.batch, r.question_id, r.section_id, r.value) for r in rows]
        place = {key: n for n, key in enumerate(sorted(natural))}
        p = order_chance(range(len(rows)), [place[key] for key in natural])
        yield Finding(f"the counters' {name} follows the order in which they were made", p)


def _system_columns(survey: Survey, model: Any) -> Sequence[tuple[int, str]]:
    """Id and xmin of a survey's rows, in the order of their place on disk (PostgreSQL)."""
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, xmin::text FROM {table} WHERE survey_id = %s ORDER BY ctid",  # noqa: S608 - our table's name
            [survey.pk],
        )
        return cursor.fetchall()
