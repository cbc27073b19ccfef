"""How many open bookings a student may have."""

from collections.abc import Iterable
from datetime import datetime

from accounts.errors import RuleBroken
from courses.models import Course, Enrollment
from officehours.domain import slots


def lock(students: Iterable[int]) -> None:
    """Let nothing else count against these students' limit until the transaction ends; call it after `slots.lock`."""
    rows = Enrollment.objects.select_for_update(no_key=True).filter(pk__in=list(students))
    list(rows.order_by("pk").values_list("pk"))


def is_reached(student: Enrollment, course: Course, now: datetime) -> bool:
    """Whether a student has as many open bookings, offers and requests as the course allows."""
    return student.appointments.counted(now).count() >= slots.rules_of(course).open_at_once


def check(student: Enrollment, course: Course, now: datetime) -> None:
    """Raise RuleBroken if a student has as many open bookings as the course allows, or is none."""
    if student.is_staff:
        raise RuleBroken("Students book office hours, and staff hold them. Nothing was booked.")
    if is_reached(student, course, now):
        limit = slots.rules_of(course).open_at_once
        raise RuleBroken(
            f"You have {limit} open booking{'s' * (limit != 1)}, as many as one may have. "
            "Give one back first; nothing was booked."
        )
