"""How talks follow the calendar."""

from datetime import datetime

from accounts.errors import DomainError
from courses.models import ClassMeeting, Course
from presentations.models import PeerReview


def consequence_of_cancelling(meeting: ClassMeeting, now: datetime) -> str:
    """What cancelling a class would do to talks, for the page that asks; empty if nothing."""
    n = meeting.slots.live().exclude(talk=None).count()
    if not n:
        return ""
    talks = "1 talk is" if n == 1 else f"{n} talks are"
    return f"{talks} planned for this class. Under Presentations, “Postpone” then moves them to the next day."


def before_cancelling(meeting: ClassMeeting, now: datetime) -> None:
    """Let a class be cancelled. Raises DomainError if a talk of it was reviewed."""
    talks = meeting.slots.live().values("talk")
    if PeerReview.objects.submitted().filter(presentation__in=talks).exists():
        raise DomainError("A talk of this class was reviewed already, so the class cannot be cancelled.")


def after_calendar_change(course: Course, now: datetime) -> None:
    """Nothing is stored that could go stale: hours and duties are derived from the calendar."""
