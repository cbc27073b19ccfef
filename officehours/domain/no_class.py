"""What days without class do to office hours."""

from collections.abc import Iterable
from datetime import datetime

from courses.models import ClassMeeting, Course, Enrollment
from officehours.domain import occurrences, queues, series, teams, told
from officehours.domain.mailed import Mailed
from officehours.domain.occurrences import Occurrence
from officehours.models import Appointment


def said_before_cancelling(meeting: ClassMeeting, now: datetime) -> str:
    """What cancelling a class does to the office hours of its day; empty if there are none."""
    day = meeting.date
    held = [one for one in occurrences.of_course(meeting.course, since=day, until=day) if not one.is_cancelled]
    follows = [one for one in held if not one.is_held_anyway and not one.has_begun(now)]
    if not follows:
        return ""
    mailed = _mailed(follows, now)
    said = f", and {mailed} {'is' if mailed.people == 1 else 'are'} mailed that they are not" if mailed.letters else ""
    return f"A day without class: its office hours are not held{said}. You can hold them after all."


def _mailed(dates: Iterable[Occurrence], now: datetime) -> Mailed:
    """Who is written to if these are not held: who is booked and not over, who waits, who is in the queue."""
    people = []
    for one in dates:
        booked = Appointment.objects.holding().to_come(now).of_date(one.series, one.on)
        booked = booked.select_related("student", "course")
        people += [reader for each in booked for reader in teams.people_of(each.course, each)]
        people += [each.student for each in one.series.waiting.filter(on=one.on).select_related("student")]
        in_line = queues.places_of(one.series.course).filter(queue__series=one.series, queue__on=one.on)
        in_line = in_line.exclude(queue__state=queues.Queue.CLOSED).filter(state__in=queues.MOVES[queues.State.CARRIED])
        places = in_line.select_related("student")
        people += _each_once(reader for each in places for reader in teams.people_of(one.series.course, each))
    return Mailed.each(people)


def _each_once(people: Iterable[Enrollment]) -> list[Enrollment]:
    """Whoever is in a queue alone and with their team gets one letter about it."""
    return list({person.pk: person for person in people}.values())


def before_cancelling(meeting: ClassMeeting, now: datetime) -> None:
    """Let any class be cancelled."""


def after_calendar_change(course: Course, now: datetime) -> None:
    """Let bookings and calendars follow the days without class; what had begun when its day became one was held."""
    _keep_what_had_begun(course, now)
    series.after_change(course, now, may_displace=True)


def _keep_what_had_begun(course: Course, now: datetime) -> None:
    """Calendars know whether a date was held until now: a day that was known as one without class stays so."""
    every = [one for one in occurrences.of_course(course) if one.is_cancelled and one.has_begun(now)]
    by_rule = {one.uid: _without_days_off(one) for one in every}
    known = told.contents(course, by_rule)
    for one in by_rule.values():
        if not one.is_cancelled and known.get(one.uid) == told.content_of(one):
            series.hold_anyway(one.series, one.on)


def _without_days_off(one: Occurrence) -> Occurrence:
    return next(other for other in occurrences.of_series(one.series, {}, one.series.course.zone) if other.on == one.on)
