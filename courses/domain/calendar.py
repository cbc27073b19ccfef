"""When a course meets: dates from its weekly rule, lecture numbers, and what cancelling one does.

Wall-clock times are localised date by date, so 14:30 stays 14:30 across the end of summer time.
"""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any, Protocol

from django.db import transaction

from accounts.domain.registry import Registry
from accounts.errors import DomainError
from courses.domain import publishing
from courses.models import ClassMeeting, Course, NoClassDay, WeeklyTime

MINUTE = timedelta(minutes=1)
YEARS = range(1990, 2101)  # of all dates of courses
WRITTEN_DATE = re.compile(r"^(?:(?P<weekday>[A-Za-z]+),? +)?(?P<date>\d{4}-\d{2}-\d{2})$")


class Listener(Protocol):
    """The rules of a higher app that must agree to, and follow, a change of the calendar."""

    def consequence_of_cancelling(self, meeting: ClassMeeting, now: datetime, /) -> str:
        """What cancelling a class would do, as a sentence; empty if nothing."""

    def before_cancelling(self, meeting: ClassMeeting, now: datetime, /) -> None:
        """Let a class be cancelled, or raise DomainError."""

    def after_calendar_change(self, course: Course, now: datetime, /) -> None:
        pass


listeners: Registry[Listener] = Registry("listeners to changes of the calendar")


def parse_date(text: str) -> date:
    """A date as a person writes it: "2023-11-30" or, with its weekday, "Thursday 2023-11-30".

    Raises DomainError with the real weekday if the written one is another, or if it is no date.
    """
    match = WRITTEN_DATE.match(text.strip())
    try:
        day = date.fromisoformat(match["date"]) if match else None
    except ValueError:
        day = None
    if match is None or day is None or day.year not in YEARS:
        raise DomainError(f'"{text}" is not a date that a course can have; write it like 2023-11-30.')
    real = f"{day:%A}"
    if match["weekday"] and not real.lower().startswith(match["weekday"].lower()):
        raise DomainError(f"{long_date(day)} is a {real}.")
    return day


def long_date(day: date) -> str:
    """A date in words, without its weekday: "November 30 2023"."""
    return f"{day:%B} {day.day} {day.year}"


def instant(course: Course, day: date, wall: time) -> datetime:
    """The instant (UTC) of a wall-clock time of the course on a local date."""
    return datetime.combine(day, wall, tzinfo=course.zone).astimezone(UTC)


def instant_of(course: Course, wall: datetime) -> datetime:
    """The instant (UTC) of a local date and time of the course; of a repeated hour, the first.

    Raises DomainError for a time that the clocks skip when summer time begins, and for one at the calendar's end.
    """
    if wall.year not in YEARS:
        raise DomainError(f"The year {wall.year} is too far away. Take a date nearer to the course.")
    local = wall.replace(tzinfo=course.zone)
    utc = local.astimezone(UTC)
    if utc.astimezone(course.zone).replace(tzinfo=None) != wall:
        raise DomainError(
            f"{wall:%H:%M} does not exist on {wall:%A} {wall.date()}: the clocks of {course.timezone} skip that hour. "
            "Take an earlier or a later time."
        )
    return utc


def local_time(course: Course, at: datetime) -> datetime:
    """The local date and time of the course at an instant, as a form shows it (without zone)."""
    return at.astimezone(course.zone).replace(tzinfo=None)


def midnight_after(course: Course, day: date) -> datetime:
    """The instant (UTC) at which a local date is over: its 24:00."""
    return instant(course, day + timedelta(days=1), time())


def local_date(course: Course, instant: datetime) -> date:
    return instant.astimezone(course.zone).date()


def is_on_time(due_at: datetime, now: datetime) -> bool:
    """Whether `now` is on time for something due at a named minute: "20:59" means before 21:00:00."""
    return now < due_at + MINUTE


def rule_dates(course: Course) -> dict[date, WeeklyTime]:
    """Every date of the weekly rule, no-class days included, with its class time."""
    times = {weekly.weekday: weekly for weekly in course.weekly_times.all()}
    span = (course.meetings_last_on - course.meetings_first_on).days + 1
    days = (course.meetings_first_on + timedelta(days=n) for n in range(span))
    return {day: times[day.weekday()] for day in days if day.weekday() in times}


@transaction.atomic
def lay_out(course: Course, *, since: date | None = None) -> None:
    """Make the meetings of the weekly rule that are missing, cancel those on no-class days, and number them all.

    With `since`, none is made for an earlier date: a rule that changes in mid-term does not rewrite the past.
    """
    have = set(course.meetings.values_list("date", flat=True))
    off = set(course.no_class_days.values_list("date", flat=True))
    ClassMeeting.objects.bulk_create(
        ClassMeeting(
            course=course,
            date=day,
            starts_at=instant(course, day, weekly.start),
            ends_at=instant(course, day, weekly.end),
            place=weekly.place,
        )
        for day, weekly in rule_dates(course).items()
        if day not in have and (since is None or day >= since)
    )
    course.meetings.filter(date__in=off, is_cancelled=False).update(is_cancelled=True, number=None)
    renumber(course)


def renumber(course: Course) -> None:
    meetings = list(course.meetings.held().order_by("starts_at"))
    changed = []
    for number, meeting in enumerate(meetings, start=course.first_number):
        if meeting.number != number:
            meeting.number = number
            changed.append(meeting)
    ClassMeeting.objects.bulk_update(changed, ["number"])


def next_meeting(meeting: ClassMeeting) -> ClassMeeting | None:
    return meeting.course.meetings.held().filter(starts_at__gt=meeting.starts_at).order_by("starts_at").first()


def previous_meeting(meeting: ClassMeeting) -> ClassMeeting | None:
    return meeting.course.meetings.held().filter(starts_at__lt=meeting.starts_at).order_by("starts_at").last()


def meeting_of_the_day(course: Course, now: datetime) -> ClassMeeting | None:
    """The class that Today is about: today's until midnight, else the next, else the last."""
    midnight = instant(course, local_date(course, now), time())
    meetings = course.meetings.held().order_by("starts_at")
    return meetings.filter(starts_at__gte=midnight).first() or meetings.last()


@transaction.atomic
def cancel_meeting(meeting: ClassMeeting, *, reason: str, now: datetime) -> None:
    """Cancel a class that is still to come; those after it are numbered anew. Asking twice changes nothing more.

    Raises DomainError for a past class, and for one that a higher app must keep (its survey is frozen).
    """
    publishing.check(reason)
    if meeting.is_cancelled:
        return
    if meeting.ends_at <= now:
        raise DomainError("This class is over; a past class cannot be cancelled.")
    for listener in listeners:
        listener.before_cancelling(meeting, now)
    NoClassDay.objects.update_or_create(course=meeting.course, date=meeting.date, defaults={"reason": reason})
    _mark(meeting, is_cancelled=True)
    notify_listeners(meeting.course, now)


@transaction.atomic
def restore_meeting(meeting: ClassMeeting, *, now: datetime) -> None:
    """Hold a cancelled class after all; those after it are numbered anew."""
    if not meeting.is_cancelled:
        return
    if meeting.starts_at <= now:
        raise DomainError("This date is past; the class cannot be held any more.")
    meeting.course.no_class_days.filter(date=meeting.date).delete()
    _mark(meeting, is_cancelled=False)
    notify_listeners(meeting.course, now)


@transaction.atomic
def retime_meeting(meeting: ClassMeeting, *, start: time, end: time, place: str, now: datetime) -> None:
    """Change the hours (wall-clock, course zone) or the place of one class that is not over.

    Raises DomainError if it would end before it starts, or is over.
    """
    if meeting.ends_at <= now:
        raise DomainError("This class is over; its hours cannot be changed.")
    if end <= start:
        raise DomainError(f"A class cannot end at {end:%H:%M} when it starts at {start:%H:%M}.")
    meeting.starts_at, meeting.ends_at = (
        instant(meeting.course, meeting.date, start),
        instant(meeting.course, meeting.date, end),
    )
    meeting.place = place
    meeting.save(update_fields=["starts_at", "ends_at", "place"])
    notify_listeners(meeting.course, now)


def overlapping(times: Iterable[Any]) -> tuple[Any, Any] | None:
    """The first two class times (weekday, start, end) of one weekday that overlap, if any."""
    ordered = sorted(times, key=lambda t: (t.weekday, t.start))
    for earlier, later in pairwise(ordered):
        if earlier.weekday == later.weekday and later.start < earlier.end:
            return earlier, later
    return None


def _mark(meeting: ClassMeeting, *, is_cancelled: bool) -> None:
    meeting.is_cancelled, meeting.number = is_cancelled, None
    meeting.save(update_fields=["is_cancelled", "number"])
    renumber(meeting.course)


def notify_listeners(course: Course, now: datetime) -> None:
    for listener in listeners:
        listener.after_calendar_change(course, now)
