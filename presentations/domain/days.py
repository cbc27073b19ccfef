"""The classes in which talks are given: added from the course's calendar, removed while nothing is planned for them."""

from datetime import date

from django.db import transaction

from accounts.errors import DomainError
from courses.domain import calendar
from courses.models import ClassMeeting, Course
from presentations.domain import releases
from presentations.models import PresentationDay


def to_add(course: Course) -> list[ClassMeeting]:
    """The classes that are held and no presentation day yet, in order."""
    return list(course.meetings.held().filter(presentation_day=None).order_by("starts_at"))


@transaction.atomic
def add(course: Course, day: date) -> PresentationDay:
    """Make a class a presentation day; asking twice makes one. Raises DomainError for a day without class."""
    meeting = course.meetings.held().filter(date=day).first()
    if meeting is None:
        off = course.no_class_days.filter(date=day).first()
        why = f" ({off.reason})" if off and off.reason else ""
        raise DomainError(f"There is no class on {calendar.long_date(day)}{why}. Choose a class; nothing was added.")
    return PresentationDay.objects.get_or_create(meeting=meeting, defaults={"course": course})[0]


@transaction.atomic
def remove(course: Course, day: date) -> None:
    """Make a class an ordinary one again; asking twice does no harm.

    Raises DomainError while a talk is planned for it or published on it.
    """
    releases.lock(course)
    slots = course.slots.filter(meeting__date=day).exclude(talk=None)
    planned = slots.draft().count()
    if planned:
        talks = "1 talk is" if planned == 1 else f"{planned} talks are"
        raise DomainError(f"{talks} planned for {calendar.long_date(day)}. Move them first; nothing was removed.")
    if slots.live().exists():
        raise DomainError(
            f"A talk on {calendar.long_date(day)} is still published. Release the draft first; nothing was removed."
        )
    course.presentation_days.filter(meeting__date=day).delete()
