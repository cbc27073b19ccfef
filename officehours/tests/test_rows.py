"""Office hours that were split before: each scope reaches all parts, what is past stays, all rows go along."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from accounts.errors import DomainError
from mail.models import Message
from officehours.domain import queues
from officehours.domain.edits import OwnTerms, Scope
from officehours.domain.series import Terms, terms_of
from officehours.models import HoursQueue, HoursSeries, QueueEntry, WaitingListEntry
from officehours.models.hours import Standing as State
from officehours.queries import desk, week
from officehours.tests.factories import (
    book,
    cancel,
    change,
    change_date,
    change_from,
    change_to_come,
    day_off,
    end_before,
    make_hours,
    on,
    open_queue,
    restore,
    rows,
    turn_booking_on,
    wait,
)
from portal.testing import NOON, Cast, enroll

pytestmark = pytest.mark.django_db
APRIL_9, APRIL_16, APRIL_23, APRIL_30 = date(2024, 4, 9), date(2024, 4, 16), date(2024, 4, 23), date(2024, 4, 30)
APRIL_18 = datetime(2024, 4, 18, 19, tzinfo=UTC)


def terms(hours: HoursSeries, **fields) -> Terms:
    return Terms(**{**vars(terms_of(hours)), **fields})


def own_terms(hours: HoursSeries, day: date, **fields) -> OwnTerms:
    known = {name: getattr(hours, name) for name in ("start", "end", "mode", "place", "url")}
    return OwnTerms(**{"date": day, **known, **fields})


def shown(cast: Cast, now: datetime = NOON) -> dict[str, str]:
    found = rows(cast.course)
    return {f"{row.date:%m-%d}": f"{row.start:%H:%M} {row.place} {row.standing(now)}" for row in found}


@pytest.fixture
def hours(cast: Cast) -> HoursSeries:
    turn_booking_on(cast)
    return make_hours(cast)


@pytest.fixture
def parted(hours: HoursSeries) -> HoursSeries:
    """In another place from April 30 on."""
    change_from(hours, APRIL_30, terms(hours, place="HALL 9"), now=NOON)
    hours.refresh_from_db()
    return hours


def letters() -> list[str]:
    return [message.text.partition("Why: ")[2].partition("\n")[0] for message in Message.objects.order_by("pk")]


def test_cancelling_from_a_date_on_reaches_dates_that_were_changed_since(cast: Cast, parted: HoursSeries):
    end_before(parted, APRIL_16, reason="Leave", now=NOON)
    found = rows(cast.course)
    assert [row.is_cancelled for row in found] == [False, False] + [True] * 8
    assert {row.reason for row in found[2:]} == {"Leave"}


@pytest.mark.parametrize("scope", ["from", "to come", "to come, seen from the last"])
def test_a_change_leaves_what_later_dates_say_otherwise(cast: Cast, parted: HoursSeries, scope: str):
    at_four = {"start": time(16), "end": time(17)}
    day = APRIL_30 if scope == "to come, seen from the last" else APRIL_16
    change(parted, day, Scope.FROM if scope == "from" else Scope.TO_COME, **at_four)
    found = shown(cast)
    assert found["04-09"] == ("14:30 HALL 2 open" if scope == "from" else "16:00 HALL 2 open")
    assert (found["04-02"], found["04-16"], found["04-30"], found["06-04"]) == (
        "14:30 HALL 2 past", "16:00 HALL 2 open", "16:00 HALL 9 open", "16:00 HALL 9 open"
    )  # fmt: skip
    assert len(found) == 10


def test_the_reason_is_told_whatever_the_scope(cast: Cast, hours: HoursSeries):
    book(hours, cast.student)
    change_from(hours, APRIL_9, terms(hours, place="HALL 9"), reason="Conference", now=NOON)
    change_to_come(hours, terms(hours, place="HALL 8"), reason="Flood", now=NOON)
    end_before(cast.course.hours_series.latest("pk"), APRIL_9, reason="Leave", now=NOON)
    assert letters() == ["", "Conference", "Flood", "Leave"]


def test_ending_all_of_a_series_tells_who_waits_and_keeps_the_dates_visible(cast: Cast, hours: HoursSeries):
    hours.dates.filter(on__lt=APRIL_16).delete()
    for n in range(4):
        book(hours, enroll(cast.course, f"Full {n}"), 15 * n)
    wait(hours, cast.student, APRIL_16, now=NOON)
    Message.objects.all().delete()
    end_before(hours, APRIL_16, reason="Leave", now=NOON)
    assert letters() == ["Leave"] * 5
    assert Message.objects.filter(recipient=cast.student.user).count() == 1
    assert set(shown(cast).values()) == {"14:30 HALL 2 cancelled"} and not WaitingListEntry.objects.exists()


def test_ending_from_a_date_that_was_moved_leaves_those_after_it_that_are_past(cast: Cast, hours: HoursSeries):
    change_date(hours, APRIL_9, own_terms(hours, date(2024, 4, 20)), reason="Trip", now=NOON)
    end_before(hours, APRIL_9, reason="Leave", now=APRIL_18)
    found = shown(cast, APRIL_18)
    assert (found["04-02"], found["04-16"]) == ("14:30 HALL 2 past", "14:30 HALL 2 past")
    assert found["04-20"] == found["04-23"] == "14:30 HALL 2 cancelled"


@pytest.mark.parametrize("scope", ["from", "to come"])
def test_a_date_moved_behind_past_ones_changes_only_if_it_is_the_one_at_hand(
    cast: Cast, hours: HoursSeries, scope: str
):
    change_date(hours, APRIL_9, own_terms(hours, date(2024, 4, 20)), reason="Trip", now=NOON)
    if scope == "from":
        change_from(hours, APRIL_9, terms(hours, place="HALL 9"), now=APRIL_18)
    else:
        change_to_come(hours, terms(hours, place="HALL 9"), now=APRIL_18)
    found = shown(cast, APRIL_18)
    assert (found["04-16"], found["04-20"], found["04-23"]) == (
        "14:30 HALL 2 past", "14:30 HALL 9 moved" if scope == "from" else "14:30 HALL 2 moved", "14:30 HALL 9 open"
    )  # fmt: skip


@pytest.mark.parametrize("change", [{"place": "HALL 9"}, {"start": time(16), "end": time(17)}])
def test_a_running_queue_goes_along_with_its_date(cast: Cast, hours: HoursSeries, change):
    queue = open_queue(hours, APRIL_9, now=NOON)
    queues.join(queue, by=cast.student, topic="x", team=None, now=NOON)
    change_from(hours, APRIL_9, terms(hours, **change), now=NOON)
    assert queues.queue_of(cast.course, on(hours, APRIL_9).pk) == queue
    assert desk.wait_of(queue, cast.student, now=NOON).ahead == 0


def test_a_cancelled_date_ends_its_queue_and_tells_who_is_in_it(cast: Cast, hours: HoursSeries):
    queue = open_queue(hours, APRIL_9, now=NOON)
    queues.join(queue, by=cast.student, topic="x", team=None, now=NOON)
    cancel(hours, APRIL_9, reason="Ill", now=NOON)
    assert HoursQueue.objects.get().state == "closed" and QueueEntry.objects.get().state == "carried"
    assert letters() == ["Ill"] and Message.objects.get().recipient == cast.student.user
    HoursQueue.objects.update(state="open")  # as a race could leave it
    with pytest.raises(DomainError, match="are cancelled"):
        queues.join(queue, by=cast.other_student, topic="x", team=None, now=NOON)


def test_a_past_date_has_no_queue_any_more(cast: Cast, hours: HoursSeries):
    with pytest.raises(DomainError, match="are past"):
        open_queue(hours, date(2024, 4, 2), now=NOON)
    queue = open_queue(hours, APRIL_9, now=NOON)
    queues.join(queue, by=cast.student, topic="x", team=None, now=NOON.replace(hour=23))  # the host stays longer
    with pytest.raises(DomainError, match="are past"):
        queues.join(queue, by=cast.other_student, topic="x", team=None, now=NOON + timedelta(days=1))


@pytest.mark.parametrize("change", [{"place": "HALL 9"}, {"url": "https://zoom.example.edu/j/1"}, {"mode": "online"}])
def test_another_place_or_link_alone_is_not_held_on_a_day_without_class(cast: Cast, hours: HoursSeries, change):
    change_date(hours, APRIL_16, own_terms(hours, APRIL_16, **change), reason="", now=NOON)
    day_off(cast.course, APRIL_16, "Flood")
    assert on(hours, APRIL_16).standing(NOON) == State.CANCELLED
    change_date(hours, APRIL_16, own_terms(hours, APRIL_16, **change), reason="", now=NOON)
    assert on(hours, APRIL_16).standing(NOON) != State.CANCELLED


def test_held_after_all_follows_later_changes_of_the_rule(cast: Cast, hours: HoursSeries):
    day_off(cast.course, APRIL_16, "Holiday")
    restore(hours, APRIL_16, now=NOON)
    change_to_come(hours, terms(hours, start=time(16), end=time(17)), now=NOON)
    assert shown(cast)["04-16"] == "16:00 HALL 2 open"


def test_moved_then_cancelled_is_struck_where_it_was_announced(cast: Cast, hours: HoursSeries):
    moved = own_terms(hours, date(2024, 4, 17), start=time(9), end=time(10))
    change_date(hours, APRIL_16, moved, reason="Trip", now=NOON)
    cancel(hours, APRIL_16, reason="Ill", now=NOON)
    entry = week.as_json(on(hours, APRIL_16), NOON)
    assert (entry["date"], entry["start"], entry["state"], entry["reason"]) == (
        "2024-04-17", "09:00", "cancelled", "Ill"
    )  # fmt: skip
    assert entry["original"] == {"date": "2024-04-16", "start": "14:30", "end": "15:30"}
