"""Waivers and extensions: for one student and one class, with the reason."""

from datetime import datetime

from accounts.errors import DomainError
from accounts.models import User
from courses.domain import publishing
from courses.models import ClassMeeting, Enrollment
from presentations.models import ReviewAllowance


def allow(
    person: Enrollment,
    meeting: ClassMeeting,
    *,
    by: User,
    is_waived: bool,
    extended_until: datetime | None,
    reason: str,
) -> ReviewAllowance | None:
    """Write down what holds for one student and one class; replaces what held. Neither of the two: takes it back.

    Raises DomainError if there is nothing to take back.
    """
    publishing.check(reason)
    if not is_waived and extended_until is None:
        if not ReviewAllowance.objects.filter(enrollment=person, meeting=meeting).delete()[0]:
            raise DomainError("Waive the duty or give more time; nothing was changed.")
        return None
    values = {"is_waived": is_waived, "extended_until": extended_until, "reason": reason, "by": by}
    found, _ = ReviewAllowance.objects.update_or_create(enrollment=person, meeting=meeting, defaults=values)
    return found
