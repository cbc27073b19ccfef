"""Coming as a team: only those who are in it, with one slot a date and one place a queue."""

import re
from datetime import date, time, timedelta

import pytest
import time_machine
import vobject

from accounts.errors import DomainError
from courses.models import Enrollment, Role
from mail.models import Message
from officehours.domain import (
    appointment_requests,
    appointments,
    calendar_feeds,
    letters,
    plans,
    queues,
    reminders,
    series,
    teams,
)
from officehours.domain.appointments import Wish
from officehours.domain.edits import Edit, OwnTerms, Scope
from officehours.domain.series import Terms
from officehours.models import Appointment
from officehours.tasks import end_offers
from officehours.tests import team_3
from officehours.tests.factories import (
    book_slot,
    cancel,
    change_date,
    make_hours,
    on,
    open_queue,
    starts,
    turn_booking_on,
)
from portal.testing import NOON, Cast, client_of, enroll, make_course

pytestmark = pytest.mark.django_db
TODAY, APRIL_16 = date(2024, 4, 9), date(2024, 4, 16)


def test_a_team_number_is_not_anybodys(cast: Cast):
    turn_booking_on(cast)
    hours = make_hours(cast)
    queue = open_queue(hours, TODAY, now=NOON)
    who, wish, times = cast.student, Wish(team=9), [NOON + timedelta(days=1)]
    for verb in (
        lambda: book_slot(cast.course, by=who, series=hours.pk, on=APRIL_16, offset=0, wish=wish, now=NOON),
        lambda: appointment_requests.ask(cast.course, by=who, host=cast.instructor, times=times, wish=wish, now=NOON),
        lambda: queues.join(queue, by=who, topic="x", team=9, now=NOON),
    ):
        with pytest.raises(DomainError, match="You are not in team 9"):
            verb()
    assert not Appointment.objects.exists() and not queue.entries.exists()


def test_a_team_holds_one_slot_a_date_and_keeps_its_turn_whoever_comes(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(teams.registry, "answers", (team_3,))
    turn_booking_on(cast)
    hours = make_hours(cast)
    book = {"series": hours.pk, "on": APRIL_16, "wish": Wish(team=3), "now": NOON}
    first = book_slot(cast.course, by=cast.student, offset=0, **book)
    assert book_slot(cast.course, by=cast.student, offset=0, **book) == first
    with pytest.raises(DomainError, match="Team 3 holds a slot of this date"):
        book_slot(cast.course, by=cast.other_student, offset=15, **book)
    queue = open_queue(hours, TODAY, now=NOON)
    queues.join(queue, by=cast.student, topic="x", team=3, now=NOON)
    queues.close(queue, now=NOON)
    later = open_queue(hours, APRIL_16, now=NOON)
    queues.join(later, by=enroll(cast.course, "Early Bird"), topic="x", team=None, now=NOON)
    assert queues.join(later, by=cast.other_student, topic="x", team=3, now=NOON).has_priority


@pytest.fixture
def team_booking(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Appointment:
    """Ada Fictive books for team 3, in which Timo Placeholder is too."""
    monkeypatch.setattr(teams.registry, "answers", (team_3,))
    turn_booking_on(cast)
    hours = make_hours(cast)
    wish = Wish("Our slides", team=3)
    return book_slot(cast.course, by=cast.student, series=hours.pk, on=APRIL_16, offset=0, wish=wish, now=NOON)


def readers(kind: str = letters.KIND) -> list[tuple[str, str]]:
    posted = Message.objects.filter(kind=kind).order_by("pk")
    found = [
        (letter.recipient.name, letter.subject.partition(": ")[2]) for letter in posted.select_related("recipient")
    ]
    posted.delete()
    return found


BOTH = ("Ada Fictive", "Timo Placeholder")


def test_each_of_a_team_is_told_of_what_becomes_of_its_booking(cast: Cast, team_booking: Appointment):
    mate = Message.objects.get(recipient=cast.other_student.user)
    assert "For team 3, booked by Ada Fictive." in mate.text and "For team 3, booked by Ada Fictive." in mate.html
    assert "booked by" not in Message.objects.get(recipient=cast.student.user).text
    assert readers() == [(name, "appointment Tue Apr 16, 2:30 pm PDT") for name in BOTH]
    hours = team_booking.hours.series
    terms = OwnTerms(APRIL_16, time(16), time(17), hours.mode, hours.place, "")
    edit = Edit(on(hours, APRIL_16).pk, Scope.THIS, terms, reason="Conference")
    assert plans.of_edit(cast.course, edit, now=NOON).recipients.letters == len(BOTH)
    change_date(hours, APRIL_16, terms, reason="Conference", now=NOON)
    assert readers() == [(name, "appointment now Tue Apr 16, 4:00 pm PDT") for name in BOTH]
    cancel(hours, APRIL_16, reason="Ill", now=NOON)
    assert readers() == [(name, "appointment of Tue Apr 16 is cancelled") for name in BOTH]


def test_a_part_for_the_calendar_invites_whom_its_letter_is_for(cast: Cast, team_booking: Appointment):
    near = team_booking.times[0] - timedelta(hours=30)
    readers()
    appointments.cancel(team_booking, reason="Ill", now=near)
    parts = {letter.recipient.email: letter.calendar for letter in Message.objects.select_related("recipient")}
    assert set(parts) == {cast.student.user.email, cast.other_student.user.email}
    for email, part in parts.items():
        event = vobject.readOne(part).vevent
        assert event.attendee.value == f"mailto:{email}" and event.status.value == "CANCELLED"


def test_each_of_a_team_is_reminded_as_they_prefer_and_once(cast: Cast, team_booking: Appointment):
    start = team_booking.times[0]
    feed = calendar_feeds.feed_of(cast.other_student)
    feed.remind = feed.Remind.HOUR
    feed.save()
    found = []
    for before in (25, 24, 23, 1, 1, 0.5):
        reminders.remind_due(start - timedelta(hours=before))
        found.append([name for name, _ in readers(letters.REMINDER)])
    assert found == [[], ["Ada Fictive"], ["Ada Fictive"], list(BOTH), list(BOTH), list(BOTH)]


def test_all_of_a_team_see_its_booking_on_their_pages_and_in_their_calendars(cast: Cast, team_booking: Appointment):
    with time_machine.travel(NOON + timedelta(days=1), tick=False):
        mate, home = client_of(cast.other_student), f"/c/{cast.course.slug}/"
        today = mate.get(home).content.decode()
        assert "Tue Apr 16, 2:30 pm PDT" in today and "Team 3, by Ada Fictive" in today
        page = mate.get(f"{home}office-hours/").content.decode()
        assert "Team 3, by Ada Fictive" in page and "Give it back" in page and ">booked<" in page
        other = client_of(enroll(cast.course, "Bo Other"))
        assert "Team 3" not in other.get(f"{home}office-hours/").content.decode()
        assert "Team 3" not in other.get(home).content.decode()
    (event,) = calendar_feeds.appointments(cast.other_student, now=NOON)
    assert event.uid == team_booking.uid and not event.is_cancelled


def test_who_is_in_a_team_ticks_it_and_nobody_else_is_asked(cast: Cast, team_booking: Appointment):
    hours, day = team_booking.hours.series, date(2024, 4, 23)
    home = f"/c/{cast.course.slug}/office-hours/"
    with time_machine.travel(NOON, tick=False):
        mate, alone = client_of(cast.other_student), client_of(enroll(cast.course, "Bo Other"))
        for page in (f"{home}{on(hours, day).pk}/", f"{home}ask"):
            assert "Come as team 3" in mate.get(page).content.decode()
            assert not re.search(r"\bteam\b", re.sub("<[^>]+>", "", alone.get(page).content.decode()), re.IGNORECASE)
        refused = mate.post(f"{home}{on(hours, day).pk}/book", {"team": "3"}).content.decode()
        assert re.search(r'<input[^>]*name="team"[^>]*value="3"[^>]*checked', refused)
        mate.post(f"{home}{on(hours, day).pk}/book", {"team": "3", "starts_at": starts(hours, 0, day)})
        mate.post(f"{home}{on(hours, day).pk}/book", {"starts_at": starts(hours, 15, day)})
        other = alone.post(f"{home}{on(hours, day).pk}/book", {"team": "3", "starts_at": starts(hours, 30, day)})
    assert [appointment.team for appointment in Appointment.objects.filter(hours__on=day).order_by("pk")] == [3, None]
    assert "You are not in team 3" in other.content.decode()


def test_any_of_a_team_gives_its_booking_back_and_the_others_are_told_who(cast: Cast, team_booking: Appointment):
    readers()
    with time_machine.travel(NOON, tick=False):
        back = f"/c/{cast.course.slug}/office-hours/appointments/{team_booking.pk}/give-up"
        assert client_of(enroll(cast.course, "Bo Other")).post(back).status_code == 404
        assert client_of(cast.other_student).post(back).status_code == 302
    mine, *_ = Message.objects.filter(kind=letters.KIND).order_by("pk")
    assert "Why: Given back by Timo Placeholder" in mine.text
    assert readers() == [
        ("Ada Fictive", "appointment of Tue Apr 16 is cancelled"),
        ("Wren Instructor", "Team 3 does not come"),
    ]
    (event,) = calendar_feeds.appointments(cast.other_student, now=NOON)
    assert event.is_cancelled


def test_any_of_a_team_answers_the_times_that_the_host_offers_instead(cast: Cast, team_booking: Appointment):
    ask = {"host": cast.instructor, "times": [NOON + timedelta(days=1)], "wish": Wish("More", team=3), "now": NOON}
    asked = appointment_requests.ask(cast.course, by=cast.student, **ask)
    other_time = NOON + timedelta(days=2)
    appointment_requests.counter(asked, by=cast.instructor, times=[other_time], now=NOON)
    with pytest.raises(DomainError, match="answered already"):
        appointment_requests.accept(asked, time=other_time, by=enroll(cast.course, "Bo Other"), now=NOON)
    appointment_requests.accept(asked, time=other_time, by=cast.other_student, now=NOON)
    assert asked.state == Appointment.State.BOOKED


def test_what_a_dropped_student_held_for_a_team_the_team_keeps(cast: Cast, team_booking: Appointment):
    Enrollment.objects.filter(pk=cast.student.pk).update(dropped_at=NOON)
    later = NOON + appointments.GRACE
    assert appointments.release_dropped(later) == 0
    team_booking.refresh_from_db()
    assert (team_booking.student, team_booking.state) == (cast.other_student, Appointment.State.BOOKED)
    Enrollment.objects.filter(pk=cast.other_student.pk).update(dropped_at=NOON)
    assert appointments.release_dropped(later) == 1


def test_what_a_team_asked_for_and_its_place_in_a_queue_stay_when_who_asked_is_dropped(cast: Cast, team_booking):
    wish = Wish("More", team=3)
    times = [NOON + timedelta(days=2)]
    asked = appointment_requests.ask(
        cast.course, by=cast.student, host=cast.instructor, times=times, wish=wish, now=NOON
    )
    queue = open_queue(team_booking.hours.series, TODAY, now=NOON)
    place = queues.join(queue, by=cast.student, topic="x", team=3, now=NOON)
    Enrollment.objects.filter(pk=cast.student.pk).update(dropped_at=NOON)
    later = NOON + appointments.GRACE
    assert end_offers(later.isoformat())["places_left"] == 0
    for row in (asked, place):
        row.refresh_from_db()
        assert (row.student, row.state in ("asked", "waiting")) == (cast.other_student, True)
    assert queues.call_next(queue, now=later) == place


def test_who_leaves_a_team_leaves_its_booking_to_it(cast: Cast, team_booking: Appointment):
    cast.student.user.name = "Mia Fictive"
    cast.student.user.save()
    appointments.release_dropped(NOON)
    team_booking.refresh_from_db()
    assert team_booking.student == cast.other_student and team_booking.state == Appointment.State.BOOKED


def test_a_team_of_the_same_number_in_another_course_is_another_one(cast: Cast, team_booking: Appointment):
    other = make_course("cs102-s24")
    stranger, host = enroll(other, "Ann Elsewhere"), enroll(other, "Vic Elsewhere", Role.INSTRUCTOR)
    theirs = series.create(other, host=host.user, terms=Terms(1, time(14, 30), time(15, 30)),
                           first_on=TODAY, last_on=APRIL_16, now=NOON)  # fmt: skip
    left = queues.join(open_queue(team_booking.hours.series, TODAY, now=NOON), by=cast.student,
                       topic="x", team=3, now=NOON)  # fmt: skip
    queues.close(left.queue, now=NOON)
    queue = open_queue(theirs, TODAY, now=NOON)
    assert not queues.join(queue, by=stranger, topic="x", team=3, now=NOON).has_priority
    left.refresh_from_db()
    assert left.state == "carried"


def test_who_shares_a_host_with_another_course_holds_nothing_of_its_teams(cast: Cast, team_booking: Appointment):
    other = make_course("cs102-s24")
    other.enrollments.create(user=cast.instructor.user, role=Role.INSTRUCTOR)
    stranger = enroll(other, "Ann Elsewhere")
    hours = series.create(other, host=cast.instructor.user, terms=Terms(1, time(14, 30), time(15, 30)),
                          first_on=TODAY, last_on=APRIL_16, now=NOON)  # fmt: skip
    with time_machine.travel(NOON, tick=False):
        page = client_of(stranger).get(f"/c/{other.slug}/office-hours/{on(hours, APRIL_16).pk}/").content.decode()
    assert "Booked" not in page and "Our slides" not in page and "Give it back" not in page


def test_all_of_a_team_see_its_place_in_the_queue_and_leave_it(cast: Cast, team_booking: Appointment):
    queue = open_queue(team_booking.hours.series, TODAY, now=NOON)
    queues.join(queue, by=cast.student, topic="x", team=3, now=NOON)
    with time_machine.travel(NOON, tick=False):
        mate, page = (
            client_of(cast.other_student),
            f"/c/{cast.course.slug}/office-hours/{queue.hours_id}/queue",
        )
        shown = mate.get(page).content.decode()
        assert "You are next" in shown and "Team 3, with Ada Fictive" in shown and "Join the queue" not in shown
        queues.tell_near(queue, now=NOON)
        assert {name for name, _ in readers("queue_near")} == set(BOTH)
        mate.post(f"{page}/mine", {"do": "leave"})
    assert not queue.entries.active().exists()
