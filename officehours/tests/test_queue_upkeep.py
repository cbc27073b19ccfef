"""The drop-in queue over time: what watching pages offer, who is no longer in the course, queues that nobody closed."""

from datetime import date, timedelta

import pytest

from accounts.errors import DomainError
from courses.models import Enrollment
from officehours.domain import appointment_requests, queues
from officehours.domain.appointments import GRACE, Wish
from officehours.models import HoursQueue, HoursSeries, QueueEntry
from officehours.queries import desk
from officehours.tests.factories import make_hours, on, open_queue, turn_booking_on
from portal.testing import NOON, Cast, client_of

pytestmark = pytest.mark.django_db
TODAY = date(2024, 4, 9)
PIECE = {"HX-Request": "true"}


@pytest.fixture
def hours(cast: Cast) -> HoursSeries:
    return make_hours(cast)


@pytest.fixture
def queue(hours: HoursSeries) -> HoursQueue:
    return open_queue(hours, TODAY, now=NOON)


def address(hours: HoursSeries) -> str:
    return f"/c/{hours.course.slug}/office-hours/{on(hours, TODAY).pk}/queue"


def test_the_buttons_of_staff_follow_the_queue_as_they_watch(cast: Cast, hours: HoursSeries, time_machine):
    time_machine.move_to(NOON, tick=False)
    staff = client_of(cast.assistant)
    assert "Open the queue" in staff.get(address(hours), headers=PIECE).content.decode()
    queue = open_queue(hours, TODAY, now=NOON)
    opened = staff.get(address(hours), {"seen": "none"}, headers=PIECE).content.decode()
    assert "Call the next" in opened and "Open the queue" not in opened
    queues.join(queue, by=cast.student, topic="Lambdas", team=None, now=NOON)
    entry = queues.call_next(queue, now=NOON)
    assert f'id="note-of-{entry.pk}" hx-preserve' in staff.get(address(hours), headers=PIECE).content.decode()
    assert staff.get(address(hours)).content.decode().count("Call the next") == 1
    assert b"Call the next" not in client_of(cast.student).get(address(hours), headers=PIECE).content


def join(queue: HoursQueue, person: Enrollment, minutes: int = 0) -> QueueEntry:
    return queues.join(queue, by=person, topic="Lambdas", team=None, now=NOON + timedelta(minutes=minutes))


def test_a_queue_that_nobody_closed_is_closed_once_its_day_is_over(cast: Cast, hours: HoursSeries, queue: HoursQueue):
    left = join(queue, cast.student)
    assert queues.close_over(NOON + timedelta(hours=11)) == 0
    assert queues.close_over(NOON + timedelta(hours=12)) == 1
    assert queues.close_over(NOON + timedelta(hours=12)) == 0
    left.refresh_from_db()
    assert left.state == QueueEntry.State.CARRIED
    later = open_queue(hours, TODAY + timedelta(days=7), now=NOON)
    join(later, cast.other_student)
    assert join(later, cast.student, 1).has_priority


def test_whoever_was_there_before_a_queue_was_closed_by_mistake_keeps_their_place(cast: Cast, queue: HoursQueue):
    first = join(queue, cast.student)
    queues.close(queue, now=NOON)
    open_queue(queue.hours.series, TODAY, now=NOON)
    join(queue, cast.other_student, 1)
    assert queues.call_next(queue, now=NOON) == first


def test_whoever_is_being_helped_when_a_queue_closes_was_helped(cast: Cast, hours: HoursSeries):
    for closes in (
        lambda queue: queues.close(queue, now=NOON),
        lambda queue: queues.close_over(NOON + timedelta(days=1)),
        lambda queue: queues.call_off(queue, now=NOON),
    ):
        queue = open_queue(hours, TODAY, now=NOON)
        entry = join(queue, cast.student)
        queues.call_next(queue, now=NOON)
        closes(queue)
        entry.refresh_from_db()
        assert entry.state == QueueEntry.State.DONE and entry.ended_at is not None
    page = client_of(cast.student).get(address(hours)).content.decode()
    assert "It is your turn" not in page


def drop(person: Enrollment) -> None:
    Enrollment.objects.filter(pk=person.pk).update(dropped_at=NOON)
    person.refresh_from_db()


def test_who_is_dropped_is_out_of_the_line_at_once_and_their_place_ends(cast: Cast, queue: HoursQueue):
    gone, second = join(queue, cast.student), join(queue, cast.other_student, 1)
    drop(cast.student)
    assert desk.wait_of(queue, cast.other_student, now=NOON).ahead == 0
    assert queues.busy(cast.course) == [(queue, 1)]
    shown = desk.desk_of(queue)
    assert (shown.waiting, shown.more) == ([second], 0)
    assert queues.call_next(queue, now=NOON) == second
    assert queues.leave_dropped(NOON) == 0
    assert queues.leave_dropped(NOON + GRACE) == 1
    gone.refresh_from_db()
    assert gone.state == QueueEntry.State.LEFT


def test_a_request_of_someone_dropped_waits_for_nobody_and_is_not_accepted(cast: Cast):
    turn_booking_on(cast)
    time = NOON + timedelta(days=2)
    asked = appointment_requests.ask(
        cast.course, by=cast.student, host=cast.instructor, times=[time], wish=Wish(), now=NOON
    )
    assert cast.course.appointments.asked().get() == asked
    drop(cast.student)
    assert not cast.course.appointments.asked().exists()
    asked.refresh_from_db()
    with pytest.raises(DomainError, match="Ada Fictive is no longer in the course"):
        appointment_requests.accept(asked, time=time, by=cast.instructor, now=NOON)
    assert appointment_requests.withdraw_dropped(NOON) == 0
    assert appointment_requests.withdraw_dropped(NOON + GRACE) == 1
    asked.refresh_from_db()
    assert asked.state == "cancelled"


def test_who_is_called_goes_back_to_the_line_by_staff_only(cast: Cast, queue: HoursQueue):
    entry = join(queue, cast.student)
    queues.call_next(queue, now=NOON)
    for does in ("back", "away", "banana"):
        with pytest.raises(DomainError, match="no place for this"):
            queues.move_own(queue, does, by=cast.student, now=NOON)
    queues.move_own(queue, "leave", by=cast.student, now=NOON)
    entry.refresh_from_db()
    assert entry.state == QueueEntry.State.LEFT
