"""One class: its title, hours and place."""

from datetime import datetime, time

from django.db import transaction

from courses.domain import calendar, publishing, wall_clock
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
    was = [wall_clock.local(meeting.course, at).time() for at in (meeting.starts_at, meeting.ends_at)]
    if [*was, meeting.place] != [start, end, place]:
        calendar.retime_meeting(meeting, start=start, end=end, place=place, now=now)
