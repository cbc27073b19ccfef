"""What cancelling a class would do, told before it is done."""

from datetime import datetime

from courses.domain import calendar
from courses.models import ClassMeeting


def consequences(meeting: ClassMeeting, now: datetime) -> list[str]:
    """Sentences: which classes get another number, and what other rooms lose (`said_before_cancelling`)."""
    return [_renumbering(meeting), *_of_other_rooms(meeting, now)]


def _renumbering(meeting: ClassMeeting) -> str:
    later = meeting.course.meetings.held().filter(starts_at__gt=meeting.starts_at)
    count, last = later.count(), later.order_by("starts_at").last()
    if last is None or last.number is None:
        return "It is the last class; no other gets another number."
    if count == 1:
        return f"The class after it is numbered anew: L{last.number} becomes L{last.number - 1}."
    return f"The {count} classes after it are numbered anew: the last one, L{last.number}, becomes L{last.number - 1}."


def _of_other_rooms(meeting: ClassMeeting, now: datetime) -> list[str]:
    sentences = [listener.said_before_cancelling(meeting, now) for listener in calendar.listeners]
    return [sentence for sentence in sentences if sentence]
