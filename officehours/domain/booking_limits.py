from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.errors import DomainError
from courses.models import Course, Enrollment
from officehours.domain import slots
from officehours.models import Appointment

Times = tuple[datetime, datetime]


def lock(students: Iterable[int]) -> None:
    """Let nothing else count against these students' limit, nor take their own time, until the transaction ends.

    Their time is theirs in every course, so all their enrolments are locked. Call it after hosts are locked, and once
    for all whom the transaction concerns, so that no two wait for each other.
    """
    users = Enrollment.objects.filter(pk__in=list(students)).values("user")
    rows = Enrollment.objects.select_for_update(no_key=True).filter(user__in=users)
    list(rows.order_by("pk").values_list("pk"))


def open_of(student: str, now: datetime) -> Coalesce:
    """How many open bookings, offers and requests the `student` of a row has, as a column of its query."""
    theirs = Appointment.objects.counted(now).filter(student=OuterRef(student)).order_by().values("student")
    return Coalesce(Subquery(theirs.annotate(count=Count("pk")).values("count")), 0)


def check(student: Enrollment, course: Course, now: datetime) -> None:
    if student.is_staff:
        raise DomainError("Students book office hours, and staff hold them. Nothing was booked.")
    if no := reason_against(student, course, now):
        raise DomainError(f"{no} Nothing was booked.")


def reason_against(student: Enrollment, course: Course, now: datetime) -> str:
    limit = slots.rules_of(course).open_at_once
    if student.appointments.counted(now).count() < limit:
        return ""
    return f"You have {limit} open booking{'s' * (limit != 1)}, as many as one may have. Give one back first."


def check_own_time(
    student: Enrollment, starts_at: datetime, ends_at: datetime, *, by: Enrollment, beside: Appointment | None = None
) -> None:
    """Raise DomainError if a student holds another time, in whatever course, than `beside`: nobody is at two places."""
    then = _taking([student], starts_at, ends_at).exclude(pk=beside.pk if beside else 0)
    if other := then.select_related("host").first():
        who = "You have" if by == student else f"{student.user} has"
        raise DomainError(
            f"{who} another appointment or offer at this time, with {other.host}. Nothing was booked; choose another "
            "time, or give that one back first."
        )


def busy(students: Collection[Enrollment], starts_at: datetime, ends_at: datetime) -> dict[int, list[Times]]:
    """When students are somewhere already, in whatever course, from one instant to another; by user."""
    found: dict[int, list[Times]] = {}
    if students:
        for appointment in _taking(students, starts_at, ends_at).select_related("student"):
            found.setdefault(appointment.student.user_id, []).append(appointment.times)
    return found


def _taking(students: Iterable[Enrollment], starts_at: datetime, ends_at: datetime) -> QuerySet[Appointment]:
    theirs = Appointment.objects.holding().filter(student__user__in=[student.user_id for student in students])
    return theirs.filter(starts_at__lt=ends_at, ends_at__gt=starts_at)
