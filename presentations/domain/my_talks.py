"""One's own talks for a calendar: where they stand, and those that were taken out of the schedule, or left."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from courses.domain import calendar
from courses.models import Course, Enrollment
from presentations.domain import schedule
from presentations.models import Presentation


@dataclass(frozen=True)
class Held:
    """A talk from when until when (UTC); `is_left`: it goes on without this person."""

    talk: Presentation
    starts_at: datetime
    ends_at: datetime
    room: str = ""
    is_cancelled: bool = False
    is_left: bool = False


def of(person: Enrollment) -> list[Held]:
    """All that were ever published as this person's."""
    stand = [
        _held(place, is_left=all(one.pk != person.pk for one in place.people))
        for place in schedule.places(schedule.days(person.course))
        if place.has(person)
    ]
    own = [talk for talk in person.course.presentations.all() if person.pk in talk.speakers]
    gone = {talk.pk: talk for talk in own} if own else {}
    for one in stand:
        gone.pop(one.talk.pk, None)
    return stand + _taken_out(person.course, gone)


def as_it_stands(talk: Presentation) -> Held | None:
    """One talk, for anyone of its team; None if it was never published."""
    place = schedule.place_of(talk, schedule.days(talk.course))
    return _held(place) if place else next(iter(_taken_out(talk.course, {talk.pk: talk})), None)


def _held(place: schedule.Place, *, is_left: bool = False) -> Held:
    meeting = place.slot.meeting
    return Held(place.talk, place.starts_at, place.ends_at, meeting.place, meeting.is_cancelled, is_left)


def _taken_out(course: Course, talks: dict[int, Presentation]) -> list[Held]:
    """Talks without a place, at the hour of the last release that had one for them."""
    found: dict[int, Held] = {}
    if not talks:
        return []
    for made in course.releases.order_by("-number"):
        for spot in made.schedule:
            if spot["talk"] in talks and spot["talk"] not in found:
                start = calendar.at(course, date.fromisoformat(spot["date"]), time.fromisoformat(spot["start"]))
                end = start + timedelta(minutes=spot["minutes"])
                found[spot["talk"]] = Held(talks[spot["talk"]], start, end, is_cancelled=True)
    return list(found.values())
