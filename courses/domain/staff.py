"""Who teaches a course: instructors and assistants, and always at least one instructor."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from accounts.domain import addresses
from accounts.domain.registry import Registry
from accounts.errors import DomainError
from accounts.models import User, sort_name_of
from courses.domain import publishing
from courses.models import Course, Enrollment, Role

# What someone of the staff is still expected to do, as sentences of higher apps; empty if nothing.
duties: Registry[Callable[[Enrollment, datetime], str]] = Registry("what staff are still expected to do")


def duties_of(person: Enrollment, now: datetime) -> list[str]:
    return [sentence for duty in duties if (sentence := duty(person, now))]


@transaction.atomic
def add_staff(course: Course, *, name: str, email: str, role: Role, now: datetime) -> Enrollment:
    """Make someone an assistant or an instructor; they sign in by a code sent to `email`.

    Someone who was staff before comes back. Raises DomainError for an active student of the course, and for what is no
    e-mail address.
    """
    publishing.check(name, email)
    email = addresses.normalize(email)
    user = User.objects.filter(email=email).first()
    user = user or User.objects.create_user(email, name, sort_name=sort_name_of(name))
    enrollment = course.enrollments.filter(user=user).first()
    if enrollment is None:
        return Enrollment.objects.create(course=course, user=user, role=role)
    if not enrollment.is_staff and enrollment.dropped_at is None:
        raise DomainError(f"{user} is a student of this course and cannot be its staff as well. Nothing was changed.")
    if enrollment.is_staff and enrollment.dropped_at is None:
        change_role(enrollment, role)
    else:
        enrollment.role, enrollment.dropped_at = role, None
        enrollment.save(update_fields=["role", "dropped_at"])
    return enrollment


@transaction.atomic
def change_role(enrollment: Enrollment, role: Role) -> None:
    """Make an assistant an instructor, or the other way round. The last instructor stays one."""
    if role != Role.INSTRUCTOR:
        _leave_an_instructor(enrollment)
    enrollment.role = role
    enrollment.save(update_fields=["role"])


@transaction.atomic
def remove_staff(enrollment: Enrollment, *, now: datetime) -> None:
    """End someone's access at once; what they did stays. The last instructor cannot be removed."""
    _leave_an_instructor(enrollment)
    Enrollment.objects.filter(pk=enrollment.pk, dropped_at=None).update(dropped_at=now)


def _leave_an_instructor(enrollment: Enrollment) -> None:
    # Two instructors who remove each other at once wait here for one another.
    Course.objects.select_for_update().get(pk=enrollment.course_id)
    others = enrollment.course.enrollments.staff().filter(role=Role.INSTRUCTOR).exclude(pk=enrollment.pk)
    if enrollment.role == Role.INSTRUCTOR and not others.exists():
        raise DomainError(
            f"{enrollment.user} is the only instructor, and a course needs one. "
            "Nothing was changed; make someone else an instructor first."
        )
