import sys
from datetime import UTC, date, datetime

from courses.domain import calendar, meetings
from courses.models import ClassMeeting, Course

NOW = datetime(2024, 4, 9, 19, tzinfo=UTC)


def consequence_of_cancelling(meeting: ClassMeeting, now: datetime) -> str:
    """This module stands in for a higher app."""
    return "A talk falls." if meeting.date == date(2024, 4, 10) else ""


def sentences(course: Course, day: date) -> list[str]:
    return meetings.consequences_of_cancelling(course.meetings.get(date=day), NOW)


def test_other_apps_say_what_they_lose(cast, monkeypatch):
    monkeypatch.setattr(calendar.listeners, "answers", (sys.modules[__name__],))
    assert sentences(cast.course, date(2024, 4, 10))[1:] == ["A talk falls."]
    assert sentences(cast.course, date(2024, 4, 15))[1:] == []


def test_it_is_said_which_numbers_change(cast, monkeypatch):
    monkeypatch.setattr(calendar.listeners, "answers", ())
    assert sentences(cast.course, date(2024, 6, 5)) == ["It is the last class; no other gets another number."]
    assert sentences(cast.course, date(2024, 6, 3)) == ["The class after it is numbered anew: L20 becomes L19."]
    assert sentences(cast.course, date(2024, 5, 29)) == [
        "The 2 classes after it are numbered anew: the last one, L20, becomes L19."
    ]
