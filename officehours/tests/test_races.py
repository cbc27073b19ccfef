"""Many at once: a slot is one person's, the others are refused in words, and nothing breaks."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, time, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connections

from accounts.errors import DomainError
from courses.domain import ical
from courses.models import Enrollment
from mail.models import Message
from officehours.domain import appointments, plans, polls, queues, reminders, slots, waiting_list
from officehours.domain.edits import Edit, OwnTerms, Scope
from officehours.domain.series import terms_of
from officehours.models import Appointment, BookingRules, HoursSeries, OfficeHours, WaitingListEntry
from officehours.tests.factories import (
    book,
    cancel,
    change_date,
    change_to_come,
    make_hours,
    offset,
    on,
    open_queue,
    starts,
    turn_booking_on,
    wait,
)
from portal.testing import NOON, Cast, client_of, enroll, make_cast

pytestmark = pytest.mark.django_db(transaction=True)
APRIL_16 = date(2024, 4, 16)
State = Appointment.State
rounds = pytest.mark.parametrize("round_", range(25 if os.environ.get("LONG") else 2))


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    cast = make_cast()
    turn_booking_on(cast)
    return cast


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Call all of these in threads that start together, each with a connection of its own; a refusal is its words."""
    together = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        together.wait()
        try:
            return call()
        except DomainError as error:
            return error.message
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


@rounds
def test_12_bookings_of_one_slot_at_once_are_1_booking_and_11_clean_refusals(cast: Cast, round_):
    hours = make_hours(cast)
    people = [enroll(cast.course, f"Student {n}") for n in range(12)]
    came = at_once(*[lambda person=person: book(hours, person) for person in people])
    assert sum(isinstance(answer, Appointment) for answer in came) == 1
    assert sum("nothing was booked" in str(answer) for answer in came) == 11
    assert Appointment.objects.count() == Message.objects.count() == 1


@rounds
def test_12_browsers_that_book_one_slot_at_once_get_a_page_each(cast: Cast, round_, monkeypatch):
    hours = make_hours(cast)
    monkeypatch.setattr("officehours.views.booking.now", lambda: NOON)
    monkeypatch.setattr("officehours.views.hours.now", lambda: NOON)
    browsers = [client_of(enroll(cast.course, f"Student {n}")) for n in range(12)]
    url = f"/c/{cast.course.slug}/office-hours/{on(hours, APRIL_16).pk}/book"
    came = at_once(
        *[lambda browser=browser: browser.post(url, {"starts_at": starts(hours)}, follow=True) for browser in browsers]
    )
    assert sorted(answer.status_code for answer in came) == [200] + [422] * 11
    assert sum(b"Booked. A letter" in answer.content for answer in came) == 1
    assert sum(b"nothing was booked" in answer.content for answer in came) == 11
    assert Appointment.objects.count() == 1


@rounds
def test_one_student_at_12_tabs_stays_within_the_limit(cast: Cast, round_):
    hours = make_hours(cast)
    came = at_once(*[lambda n=n: book(hours, cast.student, 15 * (n % 4)) for n in range(12)])
    assert (
        sum("open bookings" in str(answer) for answer in came)
        + len([answer for answer in came if isinstance(answer, Appointment)])
        == 12
    )
    assert Appointment.objects.count() == 2


@rounds
def test_a_freed_slot_with_5_waiting_goes_to_exactly_one_in_order(cast: Cast, round_):
    hours = make_hours(cast)
    booked = [book(hours, enroll(cast.course, f"Full {n}"), 15 * n) for n in range(4)]
    people = [enroll(cast.course, f"Waits {n}") for n in range(5)]
    for n, person in enumerate(people):
        wait(hours, person, now=NOON + timedelta(seconds=n))

    at_once(
        *[lambda: appointments.give_up(Appointment.objects.get(pk=booked[1].pk), by=booked[1].student, now=NOON)] * 6
    )

    offer = Appointment.objects.get(state=State.OFFERED)
    assert offer.student == people[0] and WaitingListEntry.objects.count() == 4
    late = NOON + timedelta(hours=2)
    at_once(*[lambda: waiting_list.lapse_due(late)] * 4, lambda: waiting_list.accept(offer, by=people[0], now=late))
    second = Appointment.objects.get(state=State.OFFERED)
    assert second.student == people[1]

    # Two answer at once: the one whose offer is over, and the one who has it now.
    answers = at_once(
        lambda: waiting_list.accept(offer, by=people[0], now=late),
        lambda: waiting_list.accept(second, by=people[1], now=late),
    )
    assert answers == [waiting_list.OVER, None]
    assert Appointment.objects.get(starts_at=starts(hours, 15), state=State.BOOKED).student == people[1]
    assert WaitingListEntry.objects.count() == 3


@rounds
def test_an_answer_at_the_very_end_of_an_offer_is_taken_or_passed_on_never_both(cast: Cast, round_):
    hours = make_hours(cast)
    booked = [book(hours, enroll(cast.course, f"Full {n}"), 15 * n) for n in range(4)]
    people = [enroll(cast.course, f"Waits {n}") for n in range(2)]
    for n, person in enumerate(people):
        wait(hours, person, now=NOON + timedelta(seconds=n))
    appointments.give_up(booked[0], by=booked[0].student, now=NOON)
    offer = Appointment.objects.get(state=State.OFFERED)
    just, late = NOON + timedelta(minutes=119), NOON + timedelta(minutes=120)

    at_once(lambda: waiting_list.accept(offer, by=people[0], now=just), *[lambda: waiting_list.lapse_due(late)] * 3)

    holding = Appointment.objects.holding().get(starts_at=starts(hours))
    assert (holding.student, holding.state) in [(people[0], State.BOOKED), (people[1], State.OFFERED)]


@rounds
def test_bookings_while_the_date_is_moved_move_along_or_come_after(cast: Cast, round_):
    hours = make_hours(cast)
    people = [enroll(cast.course, f"Student {n}") for n in range(4)]
    terms = OwnTerms(
        APRIL_16, hours.start.replace(hour=16), hours.end.replace(hour=17), hours.mode, hours.place, hours.url
    )
    at_once(
        *[lambda n=n, person=person: book(hours, person, 15 * n) for n, person in enumerate(people)],
        lambda: change_date(hours, APRIL_16, terms, reason="Trip", now=NOON),
    )
    first = terms.start.replace(tzinfo=None)
    for booked in Appointment.objects.all():
        local = booked.starts_at.astimezone(cast.course.zone)
        assert (local.hour, local.minute) == (first.hour, 30 + offset(booked)) if offset(booked) < 30 else True
        assert local.hour in (16, 17)


@rounds
def test_staff_who_set_the_rules_first_at_once_leave_one_row(cast: Cast, round_):
    BookingRules.objects.all().delete()
    came = at_once(*[lambda n=n: slots.set_rules(cast.course, is_on=True, slot_minutes=10 + n) for n in range(6)])
    assert len(came) == 6 and BookingRules.objects.get().slot_minutes in range(10, 16)


@rounds
def test_a_double_click_makes_one_series_and_one_poll(cast: Cast, round_):
    at_once(*[lambda: make_hours(cast)] * 3)
    grid = {"question": "When?", "weekdays": [3, 1], "start": time(9), "end": time(12), "minutes": 60, "now": NOON}
    at_once(*[lambda: polls.ask(cast.course, **grid)] * 3)
    assert cast.course.hours_series.count() == cast.course.availability_polls.count() == 1


@rounds
def test_12_sweeps_remind_once(cast: Cast, round_):
    mine = book(make_hours(cast), cast.student)
    due = mine.starts_at - timedelta(hours=24)
    assert sum(at_once(*[lambda: reminders.remind_due(due)] * 12)) == 1
    assert Message.objects.filter(kind="appointment_reminder").count() == 1


@rounds
def test_each_of_those_who_publish_another_content_of_a_date_at_once_raises_its_sequence(cast: Cast, round_):
    row = on(make_hours(cast), APRIL_16)

    def publish(n: int) -> int:
        mine = OfficeHours.objects.get(pk=row.pk)
        ical.publish([(mine, f"{n}")], NOON)
        return mine.sequence

    found = at_once(*[lambda n=n: publish(n) for n in range(8)])
    row.refresh_from_db()
    assert len(set(found)) == 8 and row.sequence == max(found)


@rounds
def test_staff_who_call_at_once_call_different_people_and_a_double_join_is_one_place(cast: Cast, round_):
    hours = make_hours(cast)
    queue = open_queue(hours, APRIL_16, now=NOON)
    people = [enroll(cast.course, f"Student {n}") for n in range(6)]
    at_once(
        *[lambda person=person: queues.join(queue, by=person, topic="x", team=None, now=NOON) for person in people * 2]
    )
    assert queue.entries.count() == 6
    first = queue.entries.waiting().first()
    clicks = at_once(*[lambda: queues.call_next(queue, first=first.pk, now=NOON)] * 3)
    assert clicks.count(first) == 1 and sum("nobody else now" in str(answer) for answer in clicks) == 2
    queues.move(first, "waiting", now=NOON)
    called = at_once(*[lambda: queues.call_next(queue, now=NOON)] * 8)
    assert sorted(entry.pk for entry in called if entry) == sorted(queue.entries.values_list("pk", flat=True))
    assert called.count(None) == 2


@rounds
def test_giving_back_answering_and_booking_while_staff_change_the_date_wait_for_each_other_and_all_end(
    cast: Cast, round_
):
    """Every verb that takes or changes a host's time, at once: none is error off by a deadlock."""
    hours = make_hours(cast)
    people = [enroll(cast.course, f"Student {n}") for n in range(6)]
    booked = [book(hours, person, 15 * n) for n, person in enumerate(people[:4])]
    for n, person in enumerate(people[4:]):
        wait(hours, person, now=NOON + timedelta(seconds=n))
    appointments.give_up(booked[3], by=booked[3].student, now=NOON)
    offer = Appointment.objects.get(state=State.OFFERED)
    Enrollment.objects.filter(pk=booked[2].student_id).update(dropped_at=NOON - appointments.GRACE)
    terms = OwnTerms(
        APRIL_16, hours.start.replace(hour=16), hours.end.replace(hour=17), hours.mode, hours.place, hours.url
    )
    fresh = HoursSeries.objects.get
    at_once(
        *[lambda mine=mine: appointments.give_up(mine, by=mine.student, now=NOON) for mine in booked[:2]],
        lambda: appointments.cancel(booked[1], reason="Sorry", now=NOON),
        lambda: appointments.release_dropped(NOON),
        lambda: waiting_list.decline(offer, by=people[4], now=NOON),
        lambda: waiting_list.lapse_due(NOON + timedelta(hours=2)),
        lambda: wait(hours, people[3], APRIL_16, now=NOON),
        lambda: book(hours, people[0], 45),
        lambda: plans.of_edit(cast.course, Edit(on(hours, APRIL_16).pk, Scope.THIS, None), now=NOON),
        lambda: change_date(fresh(pk=hours.pk), APRIL_16, terms, reason="Trip", now=NOON),
        lambda: change_to_come(fresh(pk=hours.pk), terms_of(hours), now=NOON),
        lambda: cancel(fresh(pk=hours.pk), APRIL_16, reason="Ill", now=NOON),
    )
    now = on(fresh(pk=hours.pk), APRIL_16)  # cancelled, or held elsewhere after all: whoever came last
    for mine in Appointment.objects.holding():
        assert not now.is_cancelled and now.starts_at <= mine.starts_at < mine.ends_at <= now.ends_at
    letter = [message.key for message in Message.objects.filter(subject__contains="is cancelled")]
    assert len(letter) == len(set(letter))


@rounds
def test_browsers_that_give_back_while_staff_look_what_a_cancellation_would_do_get_a_page_each(
    cast: Cast, round_, monkeypatch
):
    hours = make_hours(cast)
    for module in ("booking", "hours"):
        monkeypatch.setattr(f"officehours.views.{module}.now", lambda: NOON)
    mine = [book(hours, enroll(cast.course, f"Student {n}"), 15 * n) for n in range(4)]
    base = f"/c/{cast.course.slug}/office-hours"
    students = [(client_of(each.student), f"{base}/appointments/{each.pk}/give-up", {}) for each in mine]
    staff = [
        (client_of(cast.instructor), f"{base}/{on(hours, APRIL_16).pk}/cancel", {"scope": scope, "reason": "x"})
        for scope in ("this", "from")
    ]
    calls = [lambda b=b, url=url, sent=sent: b.post(url, sent, follow=True) for b, url, sent in students + staff]
    came = at_once(*calls)
    assert {answer.status_code for answer in came} == {200}
    assert not Appointment.objects.holding().exists()
