"""The reminder of an appointment: the day before, or an hour before, as its student prefers. Never both."""

from datetime import datetime, timedelta
from functools import partial

from courses.models import Enrollment
from officehours.domain import letters, slots, sweeps, teams, told
from officehours.models import Appointment, CalendarFeed

BEFORE = {CalendarFeed.Remind.DAY: timedelta(days=1), CalendarFeed.Remind.HOUR: timedelta(hours=1)}


def remind_due(now: datetime) -> int:
    """Remind of every appointment whose reminder is due; how many letters."""
    soon = Appointment.objects.filter(
        state=Appointment.State.BOOKED, starts_at__gt=now, starts_at__lte=now + max(BEFORE.values())
    )
    rows = list(soon.select_related("course", "host", "series", "student__user", "student__calendar_feed"))
    reminded = letters.reminded(rows)
    rest = [one for one in rows if one.team is not None or (one.pk, one.student.user_id) not in reminded]
    return sweeps.each(rest, partial(_remind, reminded=reminded), now)


def before(student: Enrollment) -> timedelta:
    """How long before an appointment its student is reminded; a day unless they chose otherwise."""
    feed = getattr(student, "calendar_feed", None)
    return BEFORE[CalendarFeed.Remind(feed.remind)] if feed else BEFORE[CalendarFeed.Remind.DAY]


def _remind(one: Appointment, now: datetime, *, reminded: set[tuple[int, int]]) -> int:
    """Nobody is reminded of what they booked, or were told of, when the reminder would have been past."""
    people = [person for person in teams.people_of(one.course, one) if (one.pk, person.user_id) not in reminded]
    due = [person for person in people if _is_due(one, person, now)]
    held = slots.held_of(one) if due else None
    if not due or (held is not None and held.is_cancelled):
        return 0
    return letters.remind(one, held, people=due, now=now)


def _is_due(one: Appointment, person: Enrollment, now: datetime) -> bool:
    assert one.starts_at is not None
    due = one.starts_at - before(person)
    if now < due or one.created_at > due:
        return False
    row = told.last(one.course, one.uid)
    return row is None or row.told_at <= due
