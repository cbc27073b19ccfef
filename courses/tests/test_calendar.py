from datetime import UTC, date, datetime, time, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.errors import DomainError
from courses.domain import calendar
from courses.models import Course, WeeklyTime
from courses.models.meeting import NoClassDay, Weekday

NOV_21 = date(2023, 11, 21)
BEFORE = datetime(2023, 9, 1, tzinfo=UTC)
AT_11_22 = datetime(2023, 11, 22, 20, tzinfo=UTC)
ZONES = ["America/Los_Angeles", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "America/St_Johns", "UTC"]


@pytest.fixture
def fall(db: None) -> Course:
    """Tuesday and Thursday 15:40–17:40 in Los Angeles, Sep 28 to Dec 7 2023, Nov 23 off."""
    course = Course.objects.create(
        slug="cloud-f23",
        code="CL 462/562",
        title="Invented Clouds",
        timezone="America/Los_Angeles",
        starts_on=date(2023, 9, 28),
        ends_on=date(2023, 12, 18),
        meetings_first_on=date(2023, 9, 28),
        meetings_last_on=date(2023, 12, 7),
    )
    for weekday in (Weekday.TUESDAY, Weekday.THURSDAY):
        WeeklyTime.objects.create(course=course, weekday=weekday, start=time(15, 40), end=time(17, 40), place="JOY")
    NoClassDay.objects.create(course=course, date=date(2023, 11, 23), reason="Thanksgiving")
    calendar.lay_out(course)
    return course


def numbers(course: Course) -> dict[date, int | None]:
    return dict(course.meetings.values_list("date", "number"))


def meeting_on(course: Course, day: date):
    return course.meetings.get(date=day)


def test_lectures_are_numbered_over_the_weekly_rule_less_the_no_class_days(fall):
    got = numbers(fall)
    assert got[date(2023, 9, 28)] == 1
    assert got[NOV_21] == 16
    assert got[date(2023, 11, 23)] is None
    assert got[date(2023, 11, 28)] == 17
    assert got[date(2023, 12, 7)] == 20
    assert len(got) == 21


def test_numbering_may_start_at_zero(fall):
    fall.first_number = 0
    calendar.renumber(fall)
    assert numbers(fall)[date(2023, 9, 28)] == 0
    assert numbers(fall)[date(2023, 12, 7)] == 19


def test_laying_out_twice_makes_nothing_twice(fall):
    before = list(fall.meetings.values_list("pk", "date", "number"))
    calendar.lay_out(fall)
    assert list(fall.meetings.values_list("pk", "date", "number")) == before


def test_laying_out_since_a_date_makes_no_earlier_class(fall):
    fall.meetings.all().delete()
    calendar.lay_out(fall, since=date(2023, 12, 1))
    assert list(fall.meetings.values_list("date", "number")) == [(date(2023, 12, 5), 1), (date(2023, 12, 7), 2)]


def test_class_keeps_its_hour_across_the_end_of_summer_time(fall):
    before, after = meeting_on(fall, date(2023, 11, 2)), meeting_on(fall, date(2023, 11, 7))
    assert before.starts_at == datetime(2023, 11, 2, 22, 40, tzinfo=UTC)
    assert after.starts_at == datetime(2023, 11, 7, 23, 40, tzinfo=UTC)
    for meeting in fall.meetings.all():
        assert meeting.starts_at.astimezone(fall.zone).time() == time(15, 40)
        assert meeting.ends_at.astimezone(fall.zone).time() == time(17, 40)


def test_the_day_that_summer_time_ends_has_25_hours(fall):
    start, end = calendar.instant(fall, date(2023, 11, 5), time()), calendar.midnight_after(fall, date(2023, 11, 5))
    assert end - start == timedelta(hours=25)


def test_cancelling_renumbers_those_after_and_keeps_the_reason(fall):
    calendar.cancel_meeting(meeting_on(fall, date(2023, 11, 28)), reason="Storm", now=AT_11_22)
    got = numbers(fall)
    assert (got[NOV_21], got[date(2023, 11, 28)], got[date(2023, 11, 30)], got[date(2023, 12, 7)]) == (16, None, 17, 19)
    assert fall.no_class_days.get(date=date(2023, 11, 28)).reason == "Storm"


def test_cancelling_twice_keeps_the_first_reason(fall):
    calendar.cancel_meeting(meeting_on(fall, date(2023, 11, 28)), reason="Storm", now=AT_11_22)
    calendar.cancel_meeting(meeting_on(fall, date(2023, 11, 28)), reason="Other", now=AT_11_22)
    assert fall.no_class_days.get(date=date(2023, 11, 28)).reason == "Storm"


def test_restoring_puts_every_number_back(fall):
    before = numbers(fall)
    calendar.cancel_meeting(meeting_on(fall, date(2023, 11, 28)), reason="Storm", now=AT_11_22)
    calendar.restore_meeting(meeting_on(fall, date(2023, 11, 28)), now=AT_11_22)
    assert numbers(fall) == before
    assert not fall.no_class_days.filter(date=date(2023, 11, 28)).exists()


def test_a_holiday_can_be_held_after_all(fall):
    calendar.restore_meeting(meeting_on(fall, date(2023, 11, 23)), now=AT_11_22)
    assert numbers(fall)[date(2023, 11, 23)] == 17
    assert numbers(fall)[date(2023, 12, 7)] == 21


def test_a_past_class_is_neither_cancelled_nor_retimed_nor_restored(fall):
    over = meeting_on(fall, NOV_21)
    with pytest.raises(DomainError, match="over"):
        calendar.cancel_meeting(over, reason="x", now=over.ends_at)
    with pytest.raises(DomainError, match="over"):
        calendar.retime_meeting(over, start=time(9), end=time(10), place="", now=over.ends_at)
    with pytest.raises(DomainError, match="past"):
        calendar.restore_meeting(meeting_on(fall, date(2023, 11, 23)), now=datetime(2023, 12, 1, tzinfo=UTC))
    assert numbers(fall)[NOV_21] == 16


def test_a_class_can_be_cancelled_until_the_moment_it_ends(fall):
    meeting = meeting_on(fall, NOV_21)
    calendar.cancel_meeting(meeting, reason="Fire alarm", now=meeting.ends_at - timedelta(seconds=1))
    assert numbers(fall)[NOV_21] is None


def test_other_hours_are_local_and_end_after_they_start(fall):
    meeting = meeting_on(fall, date(2023, 11, 28))
    with pytest.raises(DomainError, match="cannot end at 09:00 when it starts at 10:00"):
        calendar.retime_meeting(meeting, start=time(10), end=time(9), place="", now=AT_11_22)
    calendar.retime_meeting(meeting, start=time(9), end=time(10), place="LAB", now=AT_11_22)
    meeting.refresh_from_db()
    assert (meeting.starts_at, meeting.place) == (datetime(2023, 11, 28, 17, tzinfo=UTC), "LAB")


def test_neighbours_are_held_classes(fall):
    assert calendar.next_meeting(meeting_on(fall, NOV_21)).date == date(2023, 11, 28)
    assert calendar.previous_meeting(meeting_on(fall, date(2023, 11, 28))).date == NOV_21
    assert calendar.previous_meeting(meeting_on(fall, date(2023, 9, 28))) is None
    assert calendar.next_meeting(meeting_on(fall, date(2023, 12, 7))) is None


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (datetime(2023, 11, 28, 8, 1, tzinfo=UTC), date(2023, 11, 28)),  # just after local midnight
        (datetime(2023, 11, 29, 7, 59, tzinfo=UTC), date(2023, 11, 28)),  # a minute before the next
        (datetime(2023, 11, 29, 8, tzinfo=UTC), date(2023, 11, 30)),
        (datetime(2023, 11, 22, 20, tzinfo=UTC), date(2023, 11, 28)),  # past the holiday
        (datetime(2024, 2, 1, tzinfo=UTC), date(2023, 12, 7)),
        (BEFORE, date(2023, 9, 28)),
    ],
)
def test_today_is_about_the_class_of_the_local_day_else_the_next_else_the_last(fall, now, day):
    assert calendar.meeting_of_the_day(fall, now).date == day


def test_a_course_without_classes_has_no_class_of_the_day(fall):
    fall.meetings.all().delete()
    assert calendar.meeting_of_the_day(fall, BEFORE) is None


def test_the_whole_named_minute_is_on_time(fall):
    due = calendar.instant(fall, date(2023, 11, 27), time(20, 59))
    nine = calendar.instant(fall, date(2023, 11, 27), time(21))
    assert calendar.is_on_time(due, nine - timedelta(microseconds=1))
    assert not calendar.is_on_time(due, nine)


@pytest.mark.parametrize(
    "text", ["2023-11-30", "Thursday 2023-11-30", "thu 2023-11-30", "Thursday, 2023-11-30", " 2023-11-30 "]
)
def test_a_date_may_be_written_with_its_weekday(text):
    assert calendar.parse_date(text) == date(2023, 11, 30)


def test_a_wrong_weekday_is_refused_with_the_real_one():
    with pytest.raises(DomainError, match="November 30 2023 is a Thursday"):
        calendar.parse_date("Tuesday 2023-11-30")


@pytest.mark.parametrize("text", ["", "2023-02-29", "2023-13-01", "30.11.2023", "tomorrow", "2023-11-30x", "Thursday"])
def test_what_is_no_date_is_refused_with_an_example(text):
    with pytest.raises(DomainError, match="2023-11-30"):
        calendar.parse_date(text)


def slot(weekday: int, start: int, end: int) -> SimpleNamespace:
    return SimpleNamespace(weekday=weekday, start=time(start), end=time(end))


def test_times_of_one_day_overlap_only_if_one_starts_before_the_other_ends():
    early, late, other_day = slot(1, 9, 11), slot(1, 10, 12), slot(2, 10, 12)
    assert calendar.overlapping([late, other_day, early]) == (early, late)
    assert calendar.overlapping([early, slot(1, 11, 12), other_day]) is None
    assert calendar.overlapping([]) is None


@given(
    zone=st.sampled_from(ZONES),
    day=st.dates(date(2000, 1, 1), date(2037, 12, 31)),
    wall=st.times().map(lambda t: t.replace(second=0, microsecond=0)),
)
def test_a_wall_clock_time_stays_what_the_wall_shows(zone, day, wall):
    """In every zone and on every date, but for the hour that the clocks skip in spring."""
    course = Course(timezone=zone)
    shown = calendar.instant(course, day, wall).astimezone(ZoneInfo(zone))
    skipped = shown.replace(tzinfo=None) - datetime.combine(day, wall)
    assert skipped == timedelta() or (timedelta() < skipped <= timedelta(hours=1) and clocks_change(zone, day))


def clocks_change(zone: str, day: date) -> bool:
    noon = [datetime.combine(day + timedelta(days=n), time(12), tzinfo=ZoneInfo(zone)).utcoffset() for n in (-1, 0)]
    return noon[0] != noon[1]


@given(
    first=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    span=st.integers(0, 200),
    weekdays=st.sets(st.integers(0, 6)),
)
def test_the_weekly_rule_loses_and_doubles_no_date(first, span, weekdays):
    last = first + timedelta(days=span)
    times = {n: SimpleNamespace(weekday=n) for n in weekdays}
    course = SimpleNamespace(
        meetings_first_on=first, meetings_last_on=last, weekly_times=SimpleNamespace(all=lambda: times.values())
    )
    expected = {day for n in range(span + 1) if (day := first + timedelta(days=n)).weekday() in weekdays}
    got = calendar.rule_dates(course)
    assert set(got) == expected
    assert all(got[day] is times[day.weekday()] for day in got)


def test_laying_out_follows_the_rule_date_by_date_whatever_is_there_already(fall):
    fall.meetings.filter(date__month=10).delete()
    calendar.lay_out(fall)
    assert sorted(numbers(fall)) == sorted(calendar.rule_dates(fall))
    counted = [number for number in numbers(fall).values() if number is not None]
    assert sorted(counted) == list(range(1, 21))
