"""The class day of the staff, in order: office hours, the agenda, the talks, and the survey at its end."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import OuterRef, Subquery
from django.urls import reverse

from courses.domain.agenda import ShownLine
from courses.models import ClassMeeting, Course, NoClassDay
from officehours.queries import week
from officehours.queries.week import HoursLine
from presentations.domain import schedule
from presentations.domain.schedule import Place

WEEK = timedelta(days=7)


@dataclass
class DayEntry:
    """One moment of the class day; without a time it follows the one before."""

    words: str
    at: datetime | None = None
    more: str = ""
    url: str = ""
    is_past: bool = False
    is_now: bool = False

    @property
    def lead(self) -> str:
        """What stands out: all that is before a colon ("Team 3")."""
        return "".join(self.words.partition(": ")[:2]).strip() if ": " in self.words else ""

    @property
    def rest(self) -> str:
        return self.words.partition(": ")[2] or self.words


@dataclass(frozen=True)
class CancelledClass:
    """A class that does not take place, and the talks that were planned for it."""

    meeting: ClassMeeting
    reason: str
    talks: list[str]


def cancelled_classes(course: Course, shown: ClassMeeting | None, now: datetime) -> list[CancelledClass]:
    """The cancelled classes that are not past: within a week, or before the class that Today shows."""
    until = max(now + WEEK, shown.starts_at) if shown else now + WEEK
    reasons = NoClassDay.objects.filter(course=course, date=OuterRef("date")).values("reason")
    meetings = course.meetings.filter(is_cancelled=True, ends_at__gt=now, starts_at__lt=until).order_by("starts_at")
    return [
        CancelledClass(meeting, meeting.reason or "", [_words(place) for place in _talks(meeting)])
        for meeting in meetings.select_related("course").annotate(reason=Subquery(reasons))
    ]


def day_entries(meeting: ClassMeeting, lines: Sequence[ShownLine], *, now: datetime) -> list[DayEntry]:
    """The day of a class; a talk that the agenda names stands there, the others at their own hour."""
    course = meeting.course
    hours = [line for line in week.lines(course, now) if line.date == meeting.date and not line.is_struck]
    named = {line.target.get("team") for line in lines}
    agenda = [_line(line) for line in lines]
    if agenda and agenda[0].at is None:
        agenda[0].at = meeting.starts_at
    places = (place for place in _talks(meeting) if not place.talk.team or place.talk.team.number not in named)
    talks = [_talk(place, now) for place in places]
    entries = [*(_hours(course, line, now) for line in hours), *agenda, *talks]
    if not agenda and not talks:
        entries.append(DayEntry(meeting.title or "Class", meeting.starts_at, meeting.place))
    if hasattr(course, "survey_plan"):
        entries.append(_survey(meeting, course, now))
    return _in_order(entries)


def _in_order(entries: Iterable[DayEntry]) -> list[DayEntry]:
    """By their hour; what has none stays behind what it follows."""
    groups: list[list[DayEntry]] = []
    for entry in entries:
        if entry.at is not None:
            groups.append([])
        groups[-1].append(entry)
    return [entry for group in sorted(groups, key=_hour) for entry in group]


def _hour(group: list[DayEntry]) -> datetime:
    at = group[0].at
    assert at is not None
    return at


def _line(line: ShownLine) -> DayEntry:
    length = f"{line.minutes} min" if line.minutes else ""
    return DayEntry(line.text, line.starts_at, length, "", line.is_past, line.is_now)


def _hours(course: Course, line: HoursLine, now: datetime) -> DayEntry:
    row = line.hours
    more, page = ("The queue", "hours_queue") if line.is_now else ("Who comes", "hours_date")
    url = reverse(page, kwargs={"course_slug": course.slug, "pk": row.pk})
    words = f"{row.series.name}: {row.where}, {row.host}"
    return DayEntry(words, row.starts_at, more, url, line.is_past, line.is_now)


def _talks(meeting: ClassMeeting) -> Iterator[Place]:
    if meeting.course.releases.exists():
        yield from (place for day in schedule.days(meeting.course) if day.meeting == meeting for place in day.places)


def _talk(place: Place, now: datetime) -> DayEntry:
    length = f"{int((place.ends_at - place.starts_at).total_seconds()) // 60} min"
    is_now = place.starts_at <= now < place.ends_at
    return DayEntry(_words(place), place.starts_at, length, "", place.ends_at <= now, is_now)


def _words(place: Place) -> str:
    title, who = place.talk.title, place.talk.who
    return f"{who}: {title}" if title and title != who else who


def _survey(meeting: ClassMeeting, course: Course, now: datetime) -> DayEntry:
    is_past = meeting.ends_at <= now
    words = "The survey opened" if is_past else f"Survey opens for {course.enrollments.students().count()} people"
    url = reverse("survey_on_the_wall", kwargs={"course_slug": course.slug, "date": meeting.date})
    return DayEntry(words, meeting.ends_at, "Code for the wall", url, is_past=is_past)
