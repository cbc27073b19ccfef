"""What a course is called, when it runs, and its weekly rule: classes to come follow, past ones stay as they were."""

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError, RestrictedError

from accounts.errors import DomainError
from courses.domain import calendar, publishing
from courses.models import ClassMeeting, Course, NoClassDay, WeeklyTime

RULE = ("meetings_first_on", "meetings_last_on")


@transaction.atomic
def change_course(course: Course, *, now: datetime, **fields: Any) -> None:
    """Change fields of a course; classes to come follow its dates and its zone.

    Raises DomainError for another time zone once a class was held.
    """
    publishing.check(*publishing.texts_in(fields))
    changed = {name: value for name, value in fields.items() if getattr(course, name) != value}
    zone = changed.pop("timezone", None)
    if zone:
        change_zone(course, zone, now=now)
    for name, value in changed.items():
        setattr(course, name, value)
    course.save(update_fields=list(changed))
    if any(name in changed for name in RULE):
        follow_rule(course, now=now)


@transaction.atomic
def set_weekly_time(weekly: WeeklyTime, *, now: datetime) -> None:
    """Add or change a class time of the week; classes to come move with it, unless staff gave one its own hours.

    Raises DomainError naming both times if two overlap, or if the weekday has a class time already.
    """
    publishing.check(weekly.place)
    course = weekly.course
    _refuse_second(weekly, course.weekly_times.exclude(pk=weekly.pk))
    was = WeeklyTime.objects.filter(pk=weekly.pk).first()
    weekly.save()
    if was and was.weekday == weekly.weekday:
        _retime(course, was, weekly, now)
    follow_rule(course, now=now)


@transaction.atomic
def remove_weekly_time(weekly: WeeklyTime, *, now: datetime) -> None:
    """Take a class time out of the week: its classes to come go, past ones stay."""
    weekly.delete()
    follow_rule(weekly.course, now=now)


@transaction.atomic
def add_no_class_day(course: Course, day: date, *, reason: str, now: datetime) -> None:
    """Mark a date without class; a class on it is cancelled, and those after it are numbered anew.

    Raises DomainError for a date outside the course and for a class that cannot be cancelled.
    """
    publishing.check(reason)
    if not course.starts_on <= day <= course.ends_on:
        raise DomainError(
            f"{calendar.long_date(day)} is outside the course, which runs from {calendar.long_date(course.starts_on)} "
            f"to {calendar.long_date(course.ends_on)}."
        )
    meeting = course.meetings.held().filter(date=day).first()
    if meeting:
        calendar.cancel_meeting(meeting, reason=reason, now=now)
    elif day < calendar.local_date(course, now):
        raise DomainError(f"{calendar.long_date(day)} is past; what was held on it stays as it was.")
    else:
        NoClassDay.objects.update_or_create(course=course, date=day, defaults={"reason": reason})
        calendar.notify_listeners(course, now)


@transaction.atomic
def remove_no_class_day(off: NoClassDay, *, now: datetime) -> None:
    """Hold class on this date after all. Raises DomainError if the class's date is past."""
    meeting = off.course.meetings.filter(date=off.date, is_cancelled=True).first()
    if meeting:
        calendar.restore_meeting(meeting, now=now)
    else:
        off.delete()
        calendar.notify_listeners(off.course, now)


@transaction.atomic
def change_zone(course: Course, zone: str, *, now: datetime) -> None:
    """Give the course another time zone: class times and due dates keep their wall-clock time in it.

    Raises DomainError once a class was held: what happened stays at its instant.
    """
    if course.meetings.filter(starts_at__lte=now).exists():
        raise DomainError(
            f"A class was held in {course.timezone} already, so the time zone stays. Nothing was changed."
        )
    zone_before = course.zone
    course.timezone = zone
    course.save(update_fields=["timezone"])

    def moved(at: datetime) -> datetime:
        return calendar.instant_of(course, at.astimezone(zone_before).replace(tzinfo=None))

    for meeting in course.meetings.all():
        meeting.starts_at, meeting.ends_at = moved(meeting.starts_at), moved(meeting.ends_at)
        meeting.save(update_fields=["starts_at", "ends_at"])
    for assignment in course.assignments.exclude(due_at=None):
        assert assignment.due_at
        assignment.due_at, assignment.originally_due_at = moved(assignment.due_at), None
        assignment.save(update_fields=["due_at", "originally_due_at"])
    calendar.notify_listeners(course, now)


@transaction.atomic
def follow_rule(course: Course, *, now: datetime) -> None:
    """Make the classes to come that the rule asks for, and take away those it no longer has.

    A past class stays, and so does one that another app holds on to (its survey, its talks).
    """
    kept = calendar.rule_dates(course)
    for meeting in course.meetings.filter(starts_at__gt=now).exclude(date__in=kept):
        _delete_if_free(meeting)
    calendar.lay_out(course, since=calendar.local_date(course, now))
    calendar.notify_listeners(course, now)


def to_come(weekly: WeeklyTime, now: datetime) -> int:
    later = weekly.course.meetings.held().filter(starts_at__gt=now)
    return sum(meeting.date.weekday() == weekly.weekday for meeting in later)


def _delete_if_free(meeting: ClassMeeting) -> None:
    try:
        with transaction.atomic():
            meeting.delete()
    except (ProtectedError, RestrictedError):
        return  # another app holds on to it


def _retime(course: Course, was: WeeklyTime, weekly: WeeklyTime, now: datetime) -> None:
    for meeting in course.meetings.filter(starts_at__gt=now):
        start, end = (calendar.local_time(course, at).time() for at in (meeting.starts_at, meeting.ends_at))
        if meeting.date.weekday() != was.weekday or (start, end) != (was.start, was.end):
            continue
        meeting.starts_at = calendar.instant(course, meeting.date, weekly.start)
        meeting.ends_at = calendar.instant(course, meeting.date, weekly.end)
        meeting.place = weekly.place if meeting.place == was.place else meeting.place
        meeting.save(update_fields=["starts_at", "ends_at", "place"])


def _refuse_second(weekly: WeeklyTime, others: Iterable[WeeklyTime]) -> None:
    both = [weekly, *others]
    if weekly.end <= weekly.start:
        raise DomainError(f"A class cannot end at {_short(weekly.end)} when it starts at {_short(weekly.start)}.")
    pair = calendar.overlapping(both)
    if pair:
        raise DomainError(f"{_in_words(pair[0])} and {_in_words(pair[1])} overlap. Nothing was changed.")
    same = [other for other in others if other.weekday == weekly.weekday]
    if same:
        raise DomainError(f"There is a class on that day already, {_in_words(same[0])}; a course meets once a day.")


def _in_words(weekly: WeeklyTime) -> str:
    return f"{weekly.get_weekday_display()} {_short(weekly.start)}–{_short(weekly.end)}"


def _short(wall: time) -> str:
    return f"{wall:%H:%M}"
