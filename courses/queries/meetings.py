"""The classes of a course week by week, as the classes page shows them."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby

from courses.domain import calendar
from courses.models import ClassMeeting, Course
from courses.models.meeting import monday


@dataclass
class Day:
    date: date
    meeting: ClassMeeting | None
    reason: str = ""
    is_today: bool = False
    is_past: bool = False
    is_next: bool = False  # the first class to come, if none is today

    @property
    def is_off(self) -> bool:
        return self.meeting is None or self.meeting.is_cancelled


@dataclass
class Week:
    """A week of the course, Monday to Sunday, counted from the first one with a class."""

    number: int
    starts_on: date
    days: list[Day] = field(default_factory=list)
    is_present: bool = False  # this week, or the next one with a class, or else the last

    @property
    def span(self) -> str:
        """From when to when: "Nov 27 – Dec 3"."""
        end = self.starts_on + timedelta(days=6)
        return f"{self.starts_on:%b} {self.starts_on.day} – {end:%b} {end.day}"


def weeks(course: Course, now: datetime) -> list[Week]:
    meetings = {meeting.date: meeting for meeting in course.meetings.all()}
    reasons = {off.date: off.reason for off in course.no_class_days.all()}
    today = calendar.local_date(course, now)
    dates = sorted(meetings.keys() | reasons.keys())
    days = [Day(on, meetings.get(on), reasons.get(on, ""), on == today, on < today) for on in dates]
    _mark_next(days)
    grouped = [(starts_on, list(group)) for starts_on, group in groupby(days, key=lambda day: monday(day.date))]
    first = grouped[0][0] if grouped else today
    shown = [Week((starts_on - first).days // 7 + 1, starts_on, group) for starts_on, group in grouped]
    for week in shown:
        week.is_present = week is next((later for later in shown if later.starts_on >= monday(today)), shown[-1])
    return shown


def _mark_next(days: list[Day]) -> None:
    to_come = [day for day in days if not day.is_past and not day.is_off]
    if to_come and not any(day.is_today for day in to_come):
        to_come[0].is_next = True
