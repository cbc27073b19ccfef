"""What someone with the whole database would do to link texts to their writers; the tests know the truth."""

from django.db import connection

from feedback.models import Completion, FreeText, ScaleCount, Survey

ORDERS = {"sqlite": ("id",), "postgresql": ("id", "ctid", "xmin::text::bigint")}


def linked(survey: Survey, wrote: dict[int, str]) -> dict[str, int]:
    """How many texts each attack gives to their real writer: the n-th text is taken for the n-th completion's."""
    found = {}
    for order in ORDERS[connection.vendor]:
        people = column(Completion, "enrollment_id", survey, order)
        texts = column(FreeText, "text", survey, order)
        found[order] = sum(wrote[person] == text for person, text in zip(people, texts, strict=True))
    return found


def counters_named(survey: Survey) -> int:
    """How many counters share their last transaction with exactly one text (PostgreSQL)."""
    texts = column(FreeText, "xmin::text", survey, "id")
    raised = column(ScaleCount, "xmin::text", survey, "id")
    return sum(texts.count(xmin) == 1 for xmin in raised)


def column(model: type, name: str, survey: Survey, order: str) -> list:
    """One column of a survey's rows, in an order that the database keeps."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {name} FROM {model._meta.db_table} WHERE survey_id = %s ORDER BY {order}", [survey.pk])
        return [value for (value,) in cursor.fetchall()]
