"""One's own talks for a calendar: where they stand, and those that were removed from the schedule, or left."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from courses.domain import calendar
from courses.models import Course, Enrollment
from presentations.domain import schedule
from presentations.models import Presentation


@dataclass(frozen=True)
class CalendarTalk:
    """A talk from when until when (UTC); `is_left`: it goes on without this person."""

    talk: Presentation
    starts_at: datetime
    ends_at: datetime
    room: str = ""
    is_cancelled: bool = False
    is_left: bool = False


def talks_of(person: Enrollment) -> list[CalendarTalk]:
    """All that were ever published as this person's."""
    placed = [
        _placed(place, is_left=all(speaker.pk != person.pk for speaker in place.people))
        for place in schedule.places(schedule.days(person.course))
        if place.has(person)
    ]
    own = [talk for talk in person.course.presentations.all() if person.pk in talk.speakers]
    gone = {talk.pk: talk for talk in own} if own else {}
    for entry in placed:
        gone.pop(entry.talk.pk, None)
    return placed + _removed(person.course, gone)


def calendar_talk(talk: Presentation) -> CalendarTalk | None:
    """One talk, for anyone of its team; None if it was never published."""
    place = schedule.place_of(talk, schedule.days(talk.course))
    return _placed(place) if place else next(iter(_removed(talk.course, {talk.pk: talk})), None)


def _placed(place: schedule.Place, *, is_left: bool = False) -> CalendarTalk:
    meeting = place.slot.meeting
    return CalendarTalk(place.talk, place.starts_at, place.ends_at, meeting.place, meeting.is_cancelled, is_left)


def _removed(course: Course, talks: dict[int, Presentation]) -> list[CalendarTalk]:
    """Talks without a place, at the hour of the last release that had one for them."""
    found: dict[int, CalendarTalk] = {}
    if not talks:
        return []
    for release in course.releases.order_by("-number"):
        for spot in release.schedule:
            if spot["talk"] in talks and spot["talk"] not in found:
                start = calendar.instant(course, date.fromisoformat(spot["date"]), time.fromisoformat(spot["start"]))
                end = start + timedelta(minutes=spot["minutes"])
                found[spot["talk"]] = CalendarTalk(talks[spot["talk"]], start, end, is_cancelled=True)
    return list(found.values())
