"""One class: its title, hours and place, and what cancelling it would do."""

from datetime import datetime, time

from django.db import transaction

from courses.domain import calendar, publishing
from courses.models import ClassMeeting


@transaction.atomic
def change_meeting(meeting: ClassMeeting, *, title: str, start: time, end: time, place: str, now: datetime) -> None:
    """Change what one class is about, and its hours (wall-clock, course zone) and place.

    The title of a past class can still be changed. Raises DomainError for other hours of a class that is over.
    """
    publishing.check(title, place)
    if title != meeting.title:
        meeting.title = title
        meeting.save(update_fields=["title"])
    was = [calendar.local_time(meeting.course, at).time() for at in (meeting.starts_at, meeting.ends_at)]
    if [*was, meeting.place] != [start, end, place]:
        calendar.retime_meeting(meeting, start=start, end=end, place=place, now=now)


def consequences_of_cancelling(meeting: ClassMeeting, now: datetime) -> list[str]:
    """Sentences: which classes get another number, and what other apps lose (`consequence_of_cancelling`)."""
    return [_renumbering(meeting), *_of_other_apps(meeting, now)]


def _renumbering(meeting: ClassMeeting) -> str:
    later = meeting.course.meetings.held().filter(starts_at__gt=meeting.starts_at)
    count, last = later.count(), later.order_by("starts_at").last()
    if last is None or last.number is None:
        return "It is the last class; no other gets another number."
    if count == 1:
        return f"The class after it is numbered anew: L{last.number} becomes L{last.number - 1}."
    return f"The {count} classes after it are numbered anew: the last one, L{last.number}, becomes L{last.number - 1}."


def _of_other_apps(meeting: ClassMeeting, now: datetime) -> list[str]:
    sentences = [listener.consequence_of_cancelling(meeting, now) for listener in calendar.listeners]
    return [sentence for sentence in sentences if sentence]
