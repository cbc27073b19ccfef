"""Days without class: their office hours are not held, whoever is booked is told, and nobody is reminded."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine

from courses.domain import calendar, course_settings
from mail.models import Message
from officehours.domain import calendar_feeds, days_off, queues, reminders, teams
from officehours.domain.appointments import Wish
from officehours.models import Appointment, HoursSeries, WaitingListEntry
from officehours.models.hours import Standing as State
from officehours.tests import team_3
from officehours.tests.factories import (
    FRIDAY,
    book,
    book_slot,
    day_off,
    make_hours,
    on,
    open_queue,
    turn_booking_on,
    wait,
)
from portal.testing import NOON, Cast, client_of, enroll

pytestmark = pytest.mark.django_db
APRIL_15 = date(2024, 4, 15)  # a Monday with a class
APRIL_19 = date(2024, 4, 19)  # a Friday, on which the course does not meet
SETTINGS = "/c/cs101-s24/settings/no-class"


@pytest.fixture
def friday(cast: Cast) -> HoursSeries:
    turn_booking_on(cast)
    return make_hours(cast, weekday=FRIDAY)


def subjects() -> list[str]:
    return sorted(message.subject.partition(": ")[2] for message in Message.objects.all())


def test_a_day_off_without_a_class_cancels_its_office_hours_and_tells_who_is_booked_or_waits(cast: Cast, friday):
    for n in range(4):
        book(friday, enroll(cast.course, f"Full {n}"), 15 * n)
    wait(friday, cast.student, APRIL_19, now=NOON)
    Message.objects.all().delete()
    with time_machine.travel(NOON, tick=False):
        client_of(cast.instructor).post(SETTINGS, {"date": "2024-04-19", "reason": "Strike"})
    assert set(Appointment.objects.values_list("state", flat=True)) == {"cancelled"}
    assert subjects() == ["appointment of Fri Apr 19 is cancelled"] * 4 + ["no office hours on Fri Apr 19"]
    assert not WaitingListEntry.objects.exists()
    with time_machine.travel(NOON, tick=False):
        client_of(cast.instructor).post(f"{SETTINGS}/{cast.course.no_class_days.get().pk}/remove")
    assert on(friday, APRIL_19).standing(NOON) == State.OPEN


def test_what_was_held_before_its_day_became_one_without_class_stays_held(cast: Cast):
    turn_booking_on(cast)
    early, running, later = (make_hours(cast, weekday=0, start=time(hour), end=time(hour + 1)) for hour in (6, 7, 16))
    meeting = cast.course.meetings.get(date=APRIL_15)  # 9:00 to 10:30
    for row, minutes in ((early, 0), (running, 45), (later, 0)):
        book(row, cast.student if minutes else cast.other_student, minutes, APRIL_15, now=NOON)  # fmt: skip
    Message.objects.all().delete()
    half_past_seven = datetime(2024, 4, 15, 14, 30, tzinfo=UTC)
    assert "1 person is mailed" in days_off.consequence_of_cancelling(meeting, half_past_seven)
    calendar.cancel_meeting(meeting, reason="Fire alarm", now=half_past_seven)
    states = [on(row, APRIL_15).standing(half_past_seven) for row in (early, running, later)]
    assert states == [State.PAST, State.OPEN, State.CANCELLED]
    events = {event.uid: event for event in calendar_feeds.hours(cast.course, now=half_past_seven, is_public=True)}
    cancelled = [events[on(row, APRIL_15).uid].is_cancelled for row in (early, running, later)]
    assert cancelled == [False, False, True]
    assert subjects() == ["appointment of Mon Apr 15 is cancelled"]


def test_a_day_that_was_known_as_one_without_class_is_not_held_afterwards(cast: Cast, friday: HoursSeries):
    course_settings.add_no_class_day(cast.course, APRIL_19, reason="Strike", now=NOON)
    days_off.after_calendar_change(cast.course, NOON + timedelta(days=11))
    assert on(friday, APRIL_19).standing(NOON) == State.CANCELLED and not friday.dates.filter(is_changed=True).exists()


def test_nobody_is_reminded_of_a_date_that_is_not_held(cast: Cast, friday: HoursSeries):
    mine = book(friday, cast.student)
    day_off(cast.course, APRIL_19, "Strike")
    assert reminders.remind_due(mine.starts_at - timedelta(hours=23)) == 0


def test_before_a_class_is_cancelled_people_are_counted_once_and_who_waits_too(cast: Cast):
    turn_booking_on(cast)
    monday, day = make_hours(cast, weekday=0), date(2024, 4, 15)
    meeting = cast.course.meetings.get(date=day)
    wish = {"series": monday.pk, "on": day, "wish": Wish(), "now": NOON}
    for person, offset in [
        (cast.student, 0),
        (cast.student, 30),
        (cast.other_student, 15),
        (enroll(cast.course, "E"), 45),
    ]:
        book_slot(cast.course, by=person, offset=offset, **wish)
    gone, waits = (enroll(cast.course, name) for name in ("Gone Away", "Wanda Waits"))
    for person in (gone, waits):
        wait(monday, person, day, now=NOON)
    type(gone).objects.filter(pk=gone.pk).update(dropped_at=NOON)
    queues.join(open_queue(monday, day, now=NOON), by=waits, topic="", team=None, now=NOON)
    assert "not held, and 4 people (6 letters) are mailed" in days_off.consequence_of_cancelling(meeting, NOON)
    Message.objects.all().delete()
    with time_machine.travel(NOON, tick=False):
        page = client_of(cast.instructor).get(f"/c/cs101-s24/classes/{day}/cancel").content.decode()
    assert "4 people (6 letters) are mailed" in page
    calendar.cancel_meeting(meeting, reason="Flood", now=NOON)
    assert (Message.objects.count(), len(set(Message.objects.values_list("recipient")))) == (6, 4)


def test_who_is_in_a_queue_alone_and_with_their_team_is_one_letter(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(teams.registry, "answers", (team_3,))
    queue = open_queue(make_hours(cast, weekday=0, start=time(8)), APRIL_15, now=NOON)
    queues.join(queue, by=cast.student, topic="", team=None, now=NOON)
    queues.join(queue, by=cast.other_student, topic="", team=3, now=NOON)
    meeting = cast.course.meetings.get(date=APRIL_15)
    assert "and 2 people are mailed" in days_off.consequence_of_cancelling(meeting, NOON)
    calendar.cancel_meeting(meeting, reason="Flood", now=NOON)
    assert Message.objects.count() == 2
