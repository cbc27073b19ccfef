"""Calendars that other programs read: one person's own of a course, and the course's public office hours."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from courses.domain import assignments, ical
from courses.models import Course, Enrollment, Published, Role
from feedback.queries import overview
from officehours.domain import calendar_feeds, letters
from officehours.models import CalendarFeed
from presentations.models import Presentation
from presentations.queries import my_talks

MINUTE = timedelta(minutes=1)


def personal(feed: CalendarFeed, *, now: datetime) -> bytes:
    """One person's calendar of a course, without the kinds they leave out; empty once they are dropped or barred."""
    person = feed.enrollment
    events = []
    if person.dropped_at is None and person.user.is_active:
        wanted = [make for kind, (_, make) in KINDS.items() if kind not in feed.left_out]
        events = [event for make in wanted for event in make(person, now)]
    return _calendar(person.course, events, person.course.code)


def public(course: Course, *, now: datetime) -> bytes:
    """The course's office hours, without links or names."""
    events = calendar_feeds.hours(course, now=now, is_public=True)
    return _calendar(course, events, f"{course.code}: office hours")


def _calendar(course: Course, events: list[ical.Event], name: str, method: str = "PUBLISH") -> bytes:
    return ical.calendar(events, zone=course.zone, name=name, domain=letters.domain(), method=method)


def _published(rows: Sequence[Published], events: Sequence[ical.Event], now: datetime) -> list[ical.Event]:
    """The events with the sequence that the row of each has reached, and when it was last changed."""
    shown = [
        ical.digest(event.summary, event.starts_at, event.ends_at, event.place, event.is_cancelled) for event in events
    ]
    ical.publish(zip(rows, shown, strict=True), now)
    return [
        replace(event, sequence=row.sequence, changed_at=row.changed_at or now)
        for row, event in zip(rows, events, strict=True)
    ]


def _meetings(person: Enrollment, now: datetime) -> list[ical.Event]:
    course = person.course
    meetings = list(course.meetings.all())
    events = [
        ical.Event(
            uid=f"meeting-{meeting.pk}",
            summary=f"{course.code}: {meeting.title or meeting.label}",
            starts_at=meeting.starts_at,
            ends_at=meeting.ends_at,
            changed_at=now,
            place=meeting.place,
            is_cancelled=meeting.is_cancelled,
        )
        for meeting in meetings
    ]
    return _published(meetings, events, now)


def _hours(person: Enrollment, now: datetime) -> list[ical.Event]:
    return calendar_feeds.hours(person.course, now=now, is_public=False)


def _appointments(person: Enrollment, now: datetime) -> list[ical.Event]:
    return calendar_feeds.appointments(person, now=now)


def _talks(person: Enrollment, now: datetime) -> list[ical.Event]:
    mine = my_talks.talks_of(person)
    events = _published([entry.talk for entry in mine], [_talk(entry, now) for entry in mine], now)
    return [_left(event) if entry.is_left else event for entry, event in zip(mine, events, strict=True)]


def _talk(entry: my_talks.CalendarTalk, now: datetime) -> ical.Event:
    return ical.Event(
        uid=f"talk-{entry.talk.pk}",
        summary=f"{entry.talk.course.code}: your talk, {entry.talk.title}",
        starts_at=entry.starts_at,
        ends_at=entry.ends_at,
        changed_at=now,
        place=entry.room,
        is_cancelled=entry.is_cancelled,
    )


def _left(event: ical.Event) -> ical.Event:
    """The talk of a team as it is to someone who left: over, though it goes on for the others as they were told."""
    return replace(event, sequence=event.sequence + 1, is_cancelled=True)


def talk_part(talk: Presentation, person: Enrollment, now: datetime) -> str:
    """A talk as the part of a letter to one of its team that a calendar takes in; empty if it was never published."""
    entry = my_talks.calendar_talk(talk)
    if entry is None:
        return ""
    method = "CANCEL" if entry.is_cancelled else "REQUEST"
    (event,) = _published([entry.talk], [_talk(entry, now)], now)
    invitation = replace(event, organizer=_organizer(talk.course), attendee=(str(person.user), person.user.email))
    return _calendar(talk.course, [invitation], talk.course.code, method).decode()


def _organizer(course: Course) -> tuple[str, str]:
    """The instructor who was there first; a course has always one."""
    instructor = course.enrollments.staff().filter(role=Role.INSTRUCTOR).select_related("user").order_by("pk")[0]
    return str(instructor.user), instructor.user.email


def _due(person: Enrollment, now: datetime) -> list[ical.Event]:
    code = person.course.code
    rows = [(row, row.due_at) for row in assignments.readable_by(person) if row.due_at]
    events = [_deadline(f"assignment-{row.pk}", f"{code}: {row.name} due", due_at, now) for row, due_at in rows]
    return _published([row for row, _ in rows], events, now)


def _surveys(person: Enrollment, now: datetime) -> list[ical.Event]:
    code = person.course.code
    rows = [] if person.is_staff else [mine.survey for mine in overview.surveys_of(person, now=now)]
    events = [
        _deadline(f"survey-{row.pk}", f"{code}: survey of {row.meeting.short_date} due", row.due_at, now)
        for row in rows
    ]
    return _published(rows, events, now)


def _deadline(uid: str, summary: str, due_at: datetime, now: datetime) -> ical.Event:
    """The named minute, all of which is on time."""
    return ical.Event(uid=uid, summary=summary, starts_at=due_at, ends_at=due_at + MINUTE, changed_at=now)


# kind: what the settings page calls it, and how its events are made.
KINDS: dict[str, tuple[str, Callable[[Enrollment, datetime], list[ical.Event]]]] = {
    "meetings": ("Classes", _meetings),
    "hours": ("Office hours", _hours),
    "appointments": ("Appointments", _appointments),
    "talks": ("My talks", _talks),
    "due": ("Due dates", _due),
    "surveys": ("Surveys", _surveys),
}
