"""The reminder of an appointment: the day before, or an hour before, as its student prefers. Never both."""

from datetime import datetime, timedelta
from functools import partial

from courses.models import Enrollment
from officehours.domain import letters, sweeps, teams
from officehours.models import Appointment, CalendarFeed

BEFORE = {CalendarFeed.Remind.DAY: timedelta(days=1), CalendarFeed.Remind.HOUR: timedelta(hours=1)}


def remind_due(now: datetime) -> int:
    soon = Appointment.objects.filter(
        state=Appointment.State.BOOKED, starts_at__gt=now, starts_at__lte=now + max(BEFORE.values())
    )
    rows = list(soon.select_related("course", "host", "hours", "student__user", "student__calendar_feed"))
    reminded = letters.reminded(rows)
    rest = [row for row in rows if row.team is not None or (row.pk, row.student.user_id) not in reminded]
    return sweeps.run_each(rest, partial(_remind, reminded=reminded), now)


def lead_time(student: Enrollment) -> timedelta:
    """How long before an appointment its student is reminded; a day unless they chose otherwise."""
    feed = getattr(student, "calendar_feed", None)
    return BEFORE[CalendarFeed.Remind(feed.remind)] if feed else BEFORE[CalendarFeed.Remind.DAY]


def _remind(appointment: Appointment, now: datetime, *, reminded: set[tuple[int, int]]) -> int:
    """Nobody is reminded of what they booked, or were mailed of, when the reminder would have been past."""
    people = [person for person in teams.people_of(appointment.course, appointment)
              if (appointment.pk, person.user_id) not in reminded and _is_due(appointment, person, now)]  # fmt: skip
    if not people or (appointment.hours is not None and appointment.hours.is_cancelled):
        return 0
    return letters.remind(appointment, people=people, now=now)


def _is_due(appointment: Appointment, person: Enrollment, now: datetime) -> bool:
    assert appointment.starts_at is not None
    due = appointment.starts_at - lead_time(person)
    is_unchanged = appointment.changed_at is None or appointment.changed_at <= due
    return due <= now and appointment.created_at <= due and is_unchanged
