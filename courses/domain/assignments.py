from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from accounts.errors import DomainError
from courses.domain import calendar, letters, publishing
from courses.models import Assignment, Course, Enrollment


@dataclass
class Part:
    title: str
    assignments: list[Assignment]


def readable_by(person: Enrollment) -> QuerySet[Assignment]:
    """The assignments of the person's course that they may read, by due date: drafts are for staff only."""
    everything = person.course.assignments.order_by("due_at", "position", "pk")
    return everything if person.is_staff else everything.exclude(state=Assignment.State.DRAFT)


def by_due_date(person: Enrollment, now: datetime) -> list[Part]:
    shown = list(readable_by(person))
    to_come = [assignment for assignment in shown if assignment.due_at and calendar.is_on_time(assignment.due_at, now)]
    past = [assignment for assignment in reversed(shown) if assignment.due_at and assignment not in to_come]
    undated = [assignment for assignment in shown if not assignment.due_at]
    parts = [Part("To come", to_come), Part("No due date yet", undated), Part("Past", past)]
    return [part for part in parts if part.assignments]


def create(course: Course, **fields: Any) -> Assignment:
    publishing.check(*publishing.texts_in(fields))
    last = course.assignments.order_by("position").last()
    return Assignment.objects.create(course=course, position=last.position + 1 if last else 1, **fields)


def edit(assignment: Assignment, **fields: Any) -> None:
    """Change what an assignment says; its due date moves by `move_due_date`."""
    publishing.check(*publishing.texts_in(fields))
    for name, value in fields.items():
        setattr(assignment, name, value)
    assignment.save(update_fields=list(fields))


def delete_draft(assignment: Assignment) -> None:
    """Throw a draft away. Raises DomainError for what students could read."""
    deleted, _ = Assignment.objects.filter(pk=assignment.pk, state=Assignment.State.DRAFT).delete()
    if not deleted:
        raise DomainError(f"Students have seen {assignment.name}; it stays. Only a draft can be deleted.")


def recipients_of_move(assignment: Assignment) -> int:
    """How many people a move of the due date would mail: nobody for a draft or a first due date."""
    return assignment.course.enrollments.students().count() if is_known_to_students(assignment) else 0


def is_known_to_students(assignment: Assignment) -> bool:
    return assignment.due_at is not None and assignment.state != Assignment.State.DRAFT


@transaction.atomic
def move_due_date(assignment: Assignment, *, to: datetime, now: datetime, is_slip: bool = False) -> int:
    """Move a due date and write one letter to each student; how many were written.

    The first due date is kept and shown struck through while another one holds; moving back is a move too.
    A slip of the pen is put right without a letter and without a trace. Asking twice moves once. A draft, or a
    first due date, is set without a letter. Raises DomainError if the due date was moved elsewhere since it was read.
    """
    was, is_news = assignment.due_at, is_known_to_students(assignment) and not is_slip
    if was == to or not _moved(assignment, to, is_slip) or not is_news:
        return 0
    return letters.post_to(
        assignment.course,
        "due_date_moved",
        people=assignment.course.enrollments.students().select_related("user"),
        key=f"assignment:{assignment.pk}:move:{assignment.moves}",
        kind="due_date_moved",
        now=now,
        thread=f"assignment:{assignment.pk}",
        assignment=assignment,
        was=was,
    )


def _moved(assignment: Assignment, to: datetime, is_slip: bool) -> bool:
    """Whether this call moved it: not if another click did the same just before."""
    fields: dict[str, Any] = {"due_at": to}
    if not is_known_to_students(assignment):
        fields["originally_due_at"] = None
    elif not is_slip:
        fields["originally_due_at"] = assignment.originally_due_at or assignment.due_at
        fields["moves"] = assignment.moves + 1
    as_read = Assignment.objects.filter(pk=assignment.pk, due_at=assignment.due_at, moves=assignment.moves)
    if as_read.update(**fields):
        for name, value in fields.items():
            setattr(assignment, name, value)
        return True
    assignment.refresh_from_db()
    if assignment.due_at == to:
        return False
    raise DomainError(
        f"Someone moved {assignment.name} while you were looking at it. "
        "Nothing was changed by you; read the new due date and move it again if need be."
    )
