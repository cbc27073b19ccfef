"""The dates that a series lays out: their local time holds in every zone, and no date is lost or doubled."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from courses.models import Course
from officehours.domain import series
from officehours.models import HoursSeries
from officehours.models.hours import Standing

# With and without summer time, in both hemispheres; half an hour's shift (Lord Howe), and odd offsets.
ZONES = [
    "America/Los_Angeles", "Europe/Berlin", "Europe/London", "Australia/Sydney", "Australia/Lord_Howe",
    "America/Santiago", "Pacific/Auckland", "Asia/Kolkata", "America/Phoenix", "Africa/Nairobi", "UTC",
    "Pacific/Chatham", "Africa/Casablanca",
]  # fmt: skip
minutes = st.integers(0, 24 * 60 - 1)


@st.composite
def every_series(draw: Any) -> HoursSeries:
    first = draw(st.dates(date(2022, 1, 1), date(2027, 1, 1)))
    start, end = sorted(draw(st.lists(minutes, min_size=2, max_size=2, unique=True)))
    return HoursSeries(
        pk=1,
        course=Course(code="CS 101", timezone=draw(st.sampled_from(ZONES))),
        host=User(name="Wren Host"),
        weekday=draw(st.integers(0, 6)),
        start=time(start // 60, start % 60),
        end=time(end // 60, end % 60),
        first_on=first,
        last_on=first + timedelta(days=draw(st.integers(0, 400))),
    )


def exists(day: date, wall: time, zone: ZoneInfo) -> bool:
    local = datetime.combine(day, wall, tzinfo=zone)
    return local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None)


@given(every_series())
def test_the_local_time_of_a_date_is_that_of_its_series_wherever_and_whenever(hours: HoursSeries):
    zone = hours.course.zone
    for row in series.laid_out(hours, {}, {}):
        assert (row.start, row.end) == (hours.start, hours.end)
        assert row.date.weekday() == hours.weekday
        assert row.starts_at < row.ends_at
        if exists(row.date, row.start, zone):
            assert row.starts_at.astimezone(zone).replace(tzinfo=None) == datetime.combine(row.date, hours.start)
            if exists(row.date, row.end, zone):
                assert row.ends_at.astimezone(zone).replace(tzinfo=None) == datetime.combine(row.date, hours.end)


@given(every_series())
def test_no_date_is_lost_or_doubled(hours: HoursSeries):
    rows = series.laid_out(hours, {}, {})
    span = (hours.last_on - hours.first_on).days + 1
    days = [hours.first_on + timedelta(days=n) for n in range(span)]
    assert [row.date for row in rows] == [day for day in days if day.weekday() == hours.weekday]
    assert len({row.uid for row in rows}) == len(rows)


@given(every_series(), st.data())
def test_a_day_without_class_cancels_its_date_and_no_other(hours: HoursSeries, data: Any):
    dates = list(series.rule_dates(hours))
    off = dict.fromkeys(data.draw(st.sets(st.sampled_from(dates))), "Holiday") if dates else {}
    now = datetime(2030, 1, 1, tzinfo=UTC)
    for row in series.laid_out(hours, off, {}):
        expected = (Standing.CANCELLED, "Holiday") if row.on in off else (Standing.PAST, "")
        assert (row.standing(now), row.reason) == expected
