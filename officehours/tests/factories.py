"""Office hours for tests: the demo's, and hours of the cast."""

from datetime import UTC, date, datetime, time, timedelta
from io import StringIO
from typing import Any

from django.core.management import call_command

from accounts.models import User
from courses.models import Course, Enrollment, NoClassDay
from officehours.domain import appointments, days_off, plans, queues, series, waiting_list
from officehours.domain.appointments import Wish
from officehours.domain.edits import Edit, OwnTerms, Scope
from officehours.domain.series import Terms, own_terms
from officehours.models import (
    Appointment,
    BookingRules,
    HoursQueue,
    HoursSeries,
    OfficeHours,
    WaitingListEntry,
)  # fmt: skip
from officehours.models.hours import monday
from portal.testing import NOON, Cast, enroll

TUESDAY, FRIDAY = 1, 4
APRIL_16 = date(2024, 4, 16)


def make_hours(cast: Cast, *, host: Enrollment | None = None, **terms: Any) -> HoursSeries:
    """Tuesdays 14:30-15:30 of the instructor, April 2 to June 4, 2024 (today, at NOON, is Tuesday April 9)."""
    known = {"weekday": TUESDAY, "start": time(14, 30), "end": time(15, 30), "place": "HALL 2"}
    return series.create(
        cast.course,
        host=(host or cast.instructor).user,
        terms=Terms(**{**known, **terms}),
        first_on=date(2024, 4, 2),
        last_on=date(2024, 6, 4),
        now=NOON,
    )


def on(hours: HoursSeries, day: date = APRIL_16) -> OfficeHours:
    """The date that the rule of a series gave (or, on another weekday by now, that of its week)."""
    rows = OfficeHours.objects.in_order().filter(series=hours.pk)
    return next(row for row in rows if monday(row.on) == monday(day))


def rows(course: Course) -> list[OfficeHours]:
    """All dates of a course, in order."""
    return list(course.office_hours.in_order())


def address(hours: HoursSeries, day: date = APRIL_16) -> str:
    """The page of a date."""
    return f"/c/{hours.course.slug}/office-hours/{on(hours, day).pk}/"


def starts(hours: HoursSeries, minutes: int = 0, day: date = APRIL_16) -> datetime:
    """The instant so many minutes into a date."""
    return on(hours, day).starts_at + timedelta(minutes=minutes)


def book(
    hours: HoursSeries,
    by: Enrollment,
    offset: int = 0,
    day: date = APRIL_16,
    *,
    topic: str = "",
    team: int | None = None,
    now: datetime = NOON,
) -> Appointment:
    """A booked slot, so many minutes into a date."""
    starts_at = starts(hours, offset, day)
    return appointments.book(on(hours, day), by=by, starts_at=starts_at, wish=Wish(topic, team), now=now)


def book_slot(
    course: Course, *, by: Enrollment, series: int, on: date, offset: int, wish: Wish, now: datetime
) -> Appointment:
    """The same with all that can be said of it."""
    hours = course.hours_series.get(pk=series)
    return book(hours, by, offset, on, topic=wish.topic, team=wish.team, now=now)


def fill_date(hours: HoursSeries, day: date = APRIL_16, since: int = 0) -> list[Appointment]:
    """All four slots of a date booked, or those from the `since`th on."""
    return [book(hours, enroll(hours.course, f"Full {day} {n}"), 15 * n, day) for n in range(since, 4)]


def wait(
    hours: HoursSeries, by: Enrollment, day: date = APRIL_16, *, topic: str = "", now: datetime = NOON
) -> WaitingListEntry:
    """Someone on the waiting list of a date."""
    return waiting_list.join(on(hours, day), by=by, topic=topic, now=now)


def day_off(course: Course, day: date, reason: str = "Holiday", *, now: datetime = NOON) -> None:
    """A day without class, on which it does not meet."""
    NoClassDay.objects.create(course=course, date=day, reason=reason)
    days_off.after_calendar_change(course, now)


def open_queue(hours: HoursSeries, day: date, *, now: datetime = NOON) -> HoursQueue:
    """The open queue of a date."""
    return queues.open_queue(on(hours, day), now=now)


def offset(appointment: Appointment) -> int | None:
    """How many minutes after its office hours begin it begins; none if they were moved away from it."""
    hours = OfficeHours.objects.get(pk=appointment.hours_id)
    appointment.refresh_from_db()
    is_in = hours.starts_at <= appointment.times[0] < hours.ends_at
    return int((appointment.times[0] - hours.starts_at).total_seconds()) // 60 if is_in else None


def edit_of(hours: HoursSeries, day: date = APRIL_16, scope: Scope = Scope.THIS, **what: Any) -> Edit:
    """An edit of the dates of a series; what is not named is as the date shows it."""
    row = on(hours, day)
    names = ("title", "reason", "may_displace", "takes_changed")
    rest = {name: what.pop(name) for name in names if name in what}
    return Edit(row.pk, scope, OwnTerms(**{**own_terms(row), **what}), **rest)


def change(
    hours: HoursSeries, day: date = APRIL_16, scope: Scope = Scope.THIS, *, now: datetime = NOON, **what
) -> None:
    """Edit one date of a series or more, as its host."""
    apply(hours, edit_of(hours, day, scope, **what), now=now)


def cancel(
    hours: HoursSeries, day: date = APRIL_16, *, reason: str = "", scope: Scope = Scope.THIS, now: datetime = NOON
) -> None:
    """Cancel a date, or all from it on, as their host."""
    apply(hours, Edit(on(hours, day).pk, scope, None, reason=reason), now=now)


def restore(hours: HoursSeries, day: date = APRIL_16, *, now: datetime = NOON) -> int:
    """Let a date take place after all; how many letters."""
    return plans.restore(on(hours, day), by=_host(hours), now=now)


def apply(hours: HoursSeries, edit: Edit, *, now: datetime = NOON) -> None:
    """Carry an edit out, as the host."""
    assert plans.apply_edit(hours.course, edit, by=_host(hours), seen=None, now=now) is None


def change_date(
    hours: HoursSeries, day: date, terms: OwnTerms, *, reason: str = "", now: datetime, **what: Any
) -> None:
    """Let one date take place otherwise, as its host."""
    apply(hours, Edit(on(hours, day).pk, Scope.THIS, terms, reason=reason, **what), now=now)


def change_from(hours: HoursSeries, day: date, terms: Terms, *, now: datetime, **what: Any) -> HoursSeries:
    """Give a series other terms from one of its dates on, as its host."""
    _change_many(hours, day, Scope.FROM, terms, now, what)
    return HoursSeries.objects.get(pk=hours.pk)


def change_to_come(hours: HoursSeries, terms: Terms, *, now: datetime, **what: Any) -> None:
    """Give all dates to come of a series other terms, as its host."""
    row = OfficeHours.objects.in_order().filter(series=hours, is_changed=False).to_come(now).first()
    day = (row or OfficeHours.objects.filter(series=hours).earliest("on")).on
    _change_many(hours, day, Scope.TO_COME, terms, now, what)


def _change_many(hours: HoursSeries, day: date, scope: Scope, terms: Terms, now: datetime, what: Any) -> None:
    row = on(hours, day)
    known = {name: getattr(terms, name) for name in ("start", "end", "mode", "place", "url")}
    if terms.weekday != row.on.weekday():
        known["date"] = monday(row.on) + timedelta(days=terms.weekday)
    apply(hours, edit_of(hours, day, scope, title=terms.title, **known, **what), now=now)


def rename(hours: HoursSeries, title: str, *, now: datetime) -> None:
    """Give a series another name."""
    day = OfficeHours.objects.in_order().filter(series=hours).to_come(now)[0].on
    apply(hours, edit_of(hours, day, Scope.TO_COME, title=title), now=now)


def end_before(hours: HoursSeries, day: date, *, reason: str, now: datetime) -> None:
    """Cancel a series from one of its dates on."""
    cancel(hours, day, reason=reason, scope=Scope.FROM, now=now)


def _host(hours: HoursSeries) -> Enrollment:
    return Enrollment.objects.get(course=hours.course, user=hours.host)


def printed(course: Course, day: str, *arguments: str) -> str:
    """What `office_hours_week` prints."""
    out = StringIO()
    call_command("office_hours_week", course.slug, day, *arguments, stdout=out)
    return out.getvalue()


def at(text: str) -> datetime:
    """An instant."""
    return datetime.fromisoformat(text).astimezone(UTC)


def turn_booking_on(cast: Cast, **rules: Any) -> BookingRules:
    """Let students book: 15 minutes a slot, two at once, offers for two hours."""
    return BookingRules.objects.create(course=cast.course, is_on=True, **rules)


def fill(course: Course, students: int) -> list[Enrollment]:
    """Students of a course, two of three in its first section."""
    sections = list(course.sections.all())
    users = User.objects.bulk_create(
        User(email=f"student{n:03}@students.example.edu", name=f"Sam {n:03}", sort_name=f"{n:03}, Sam", password="!")
        for n in range(students)
    )
    return Enrollment.objects.bulk_create(
        Enrollment(course=course, user=user, login=f"student{n:03}", section=sections[n % 3 == 0])
        for n, user in enumerate(users)
    )
