"""What calendars and students were told: calendars that are read meanwhile change neither letters nor go back."""

from datetime import date, time, timedelta
from importlib import import_module

import pytest
from django.apps import apps

from accounts.models import User
from mail.models import Message
from officehours.domain import bookings, feeds, letters, series, told
from officehours.domain.bookings import Wish
from officehours.domain.terms import Held
from officehours.models import Appointment, HoursSeries, ToldEvent
from officehours.tests.world import make_hours, on, turn_booking_on
from portal.testing import NOON, Cast

pytestmark = pytest.mark.django_db
APRIL_16 = date(2024, 4, 16)
LATER = NOON + timedelta(minutes=1)


@pytest.fixture
def hours(cast: Cast) -> HoursSeries:
    turn_booking_on(cast)
    return make_hours(cast)


def book(one: HoursSeries, by) -> Appointment:
    return bookings.book(one.course, by=by, series=one.pk, on=APRIL_16, offset=0, wish=Wish(), now=NOON)


def at_four(one: HoursSeries) -> None:
    held = Held(APRIL_16, time(16), time(17), one.mode, one.place, one.url)
    series.change_date(one, APRIL_16, held, reason="", now=NOON)


def test_another_host_raises_the_sequence_of_what_names_them(cast: Cast, hours: HoursSeries):
    before = {one.uid: one for one in feeds.hours(cast.course, now=NOON, is_public=False)}
    hours.host = cast.assistant.user
    hours.save()
    after = {one.uid: one for one in feeds.hours(cast.course, now=LATER, is_public=False)}
    assert {one.sequence for one in before.values()} == {0} and {one.sequence for one in after.values()} == {1}
    User.objects.filter(pk=cast.assistant.user_id).update(name="Tay Newname")
    renamed = feeds.hours(cast.course, now=LATER, is_public=False)
    assert {(one.sequence, one.summary.partition(", ")[2]) for one in renamed} == {(2, "Tay Newname")}


def test_a_calendar_that_was_read_before_a_change_and_noted_after_it_brings_no_second_letter(
    cast: Cast, hours: HoursSeries
):
    mine = book(hours, cast.student)
    as_read = letters.content_of(mine, on(hours, APRIL_16))
    at_four(hours)
    told.tell_all(cast.course, {mine.uid: as_read}, NOON)
    Message.objects.all().delete()
    series.after_change(cast.course, LATER)
    assert not Message.objects.exists()


def test_nor_does_it_bring_back_a_sequence(cast: Cast, hours: HoursSeries):
    mine = book(hours, cast.student)
    as_read = letters.content_of(mine, on(hours, APRIL_16))
    at_four(hours)
    mine.refresh_from_db()
    as_it_is = letters.content_of(mine, on(hours, APRIL_16))
    said = [as_it_is, as_read, as_it_is, as_it_is]
    found = [told.tell_all(cast.course, {mine.uid: content}, NOON)[mine.uid].sequence for content in said]
    assert found == [1, 2, 3, 3]


def test_a_calendar_that_reads_a_change_first_keeps_no_letter_back(cast: Cast, hours: HoursSeries):
    mine = book(hours, cast.student)
    HoursSeries.objects.update(place="HALL 9")
    mine.refresh_from_db()
    feeds.appointments(cast.student, now=NOON)
    Message.objects.all().delete()
    series.after_change(cast.course, LATER)
    assert "HALL 9" in Message.objects.get().text


def test_who_was_told_before_this_was_kept_is_not_told_again(cast: Cast, hours: HoursSeries):
    mine = book(hours, cast.student)
    Appointment.objects.update(known_content="")
    import_module("officehours.migrations.0010_what_people_know").keep_what_was_told(apps, None)
    mine.refresh_from_db()
    assert mine.known_content == ToldEvent.objects.get(uid=mine.uid).content
    Message.objects.all().delete()
    series.after_change(cast.course, LATER)
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("place", "mode", "before"),
    [("HALL 2", "both", "HALL 2"), ("", "online", "Online"), ("HALL 9", "in_person", "HALL 9")],
)
@pytest.mark.parametrize("is_kept", [True, False])
def test_who_was_told_a_place_in_other_words_is_not_told_that_it_moved(
    cast: Cast, hours: HoursSeries, place: str, mode: str, before: str, is_kept: bool
):
    url = "https://z.example.edu/1"
    held = Held(APRIL_16, hours.start, hours.end, mode, place, url)
    series.change_date(hours, APRIL_16, held, reason="", now=NOON)
    mine = book(hours, cast.student)
    old = told.digest(mine.starts_at, mine.ends_at, mine.host_id, before, url, False)
    Appointment.objects.update(known_content=old if is_kept else "")
    ToldEvent.objects.filter(uid=mine.uid).update(content=old)
    import_module("officehours.migrations.0010_what_people_know").keep_what_was_told(apps, None)
    Message.objects.all().delete()
    series.cancel_date(hours, date(2024, 5, 7), reason="Ill", now=LATER)
    assert not Message.objects.exists()
    (event,) = feeds.appointments(cast.student, now=LATER)
    assert event.sequence == 0


def test_an_untold_change_stays_one_when_what_is_known_is_kept_without_words(cast: Cast, hours: HoursSeries):
    mine = book(hours, cast.student)
    old = told.digest(mine.starts_at, mine.ends_at, mine.host_id, "HALL 1", "", False)
    Appointment.objects.update(known_content=old)
    import_module("officehours.migrations.0010_what_people_know").keep_what_was_told(apps, None)
    mine.refresh_from_db()
    assert mine.known_content == old
