"""The dates of office hours: their local time holds in every zone, and no date is lost or doubled."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from officehours.models import HoursSeries
from officehours.models.hours import Standing as State

# With and without summer time, in both hemispheres; half an hour's shift (Lord Howe), and odd offsets.
ZONES = [
    "America/Los_Angeles", "Europe/Berlin", "Europe/London", "Australia/Sydney", "Australia/Lord_Howe",
    "America/Santiago", "Pacific/Auckland", "Asia/Kolkata", "America/Phoenix", "Africa/Nairobi", "UTC",
    "Pacific/Chatham", "Africa/Casablanca",
]  # fmt: skip
minutes = st.integers(0, 24 * 60 - 1)


@st.composite
def unchanged_series(draw: Any) -> HoursSeries:
    first = draw(st.dates(date(2022, 1, 1), date(2027, 1, 1)))
    start, end = sorted(draw(st.lists(minutes, min_size=2, max_size=2, unique=True)))
    series = HoursSeries(
        pk=1,
        weekday=draw(st.integers(0, 6)),
        start=time(start // 60, start % 60),
        end=time(end // 60, end % 60),
        first_on=first,
        last_on=first + timedelta(days=draw(st.integers(0, 400))),
    )
    series._prefetched_objects_cache = {"changes": []}
    return series


def exists(day: date, wall: time, zone: ZoneInfo) -> bool:
    local = datetime.combine(day, wall, tzinfo=zone)
    return local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None)


@given(unchanged_series(), st.sampled_from(ZONES).map(ZoneInfo))
def test_an_occurrences_local_time_is_the_series_local_time_wherever_and_whenever(series, zone):
    for one in occurrences.of_series(series, {}, zone):
        assert (one.start, one.end) == (series.start, series.end)
        assert one.date.weekday() == series.weekday
        assert one.starts_at < one.ends_at
        if exists(one.date, one.start, zone):
            assert one.starts_at.astimezone(zone).replace(tzinfo=None) == datetime.combine(one.date, series.start)
            if exists(one.date, one.end, zone):
                assert one.ends_at.astimezone(zone).replace(tzinfo=None) == datetime.combine(one.date, series.end)


@given(unchanged_series(), st.sampled_from(ZONES).map(ZoneInfo))
def test_no_date_is_lost_or_doubled(series, zone):
    found = [one.date for one in occurrences.of_series(series, {}, zone)]
    span = (series.last_on - series.first_on).days + 1
    days = [series.first_on + timedelta(days=n) for n in range(span)]
    assert found == [day for day in days if day.weekday() == series.weekday]
    assert len({one.uid for one in occurrences.of_series(series, {}, zone)}) == len(found)


@given(unchanged_series(), st.sampled_from(ZONES).map(ZoneInfo), st.data())
def test_a_day_without_class_cancels_its_date_and_no_other(series, zone, data):
    dates = list(occurrences.dates(series))
    off = dict.fromkeys(data.draw(st.sets(st.sampled_from(dates))), "Holiday") if dates else {}
    now = datetime(2030, 1, 1, tzinfo=UTC)
    for one in occurrences.of_series(series, off, zone):
        expected = (State.CANCELLED, "Holiday") if one.on in off else (State.PAST, "")
        assert (one.standing(now), one.reason) == expected
