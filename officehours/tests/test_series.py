"""Changing office hours: what was changed on one date survives every edit, and what is past stays."""

from datetime import date, time, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.errors import DomainError
from officehours.domain import calendar_feeds, conflicts, series
from officehours.domain.edits import OwnTerms
from officehours.domain.series import Terms, terms_of
from officehours.models import HoursSeries
from officehours.models.hours import Standing as State
from officehours.models.hours import monday
from officehours.tests.factories import (
    FRIDAY,
    TUESDAY,
    at,
    cancel,
    change_date,
    change_from,
    change_to_come,
    day_off,
    make_hours,
    on,
    rename,
    restore,
    rows,
)
from portal.testing import NOON, Cast

pytestmark = pytest.mark.django_db
APRIL_16, APRIL_23, APRIL_30 = date(2024, 4, 16), date(2024, 4, 23), date(2024, 4, 30)


def states_of(cast: Cast) -> list[str]:
    return [f"{row.date:%m-%d} {row.start:%H:%M} {row.standing(NOON)}" for row in rows(cast.course)]


def otherwise(hours: HoursSeries, **fields) -> OwnTerms:
    known = {"date": APRIL_16, **{name: getattr(hours, name) for name in ("start", "end", "mode", "place", "url")}}
    return OwnTerms(**{**known, **fields})


def terms(hours: HoursSeries, **fields) -> Terms:
    return Terms(**{**vars(terms_of(hours)), **fields})


def test_a_cancelled_date_stays_with_its_reason_and_can_be_held_after_all(cast: Cast):
    hours = make_hours(cast)
    cancel(hours, APRIL_16, reason="Ill", now=NOON)
    assert (on(hours, APRIL_16).standing(NOON), on(hours, APRIL_16).reason) == (State.CANCELLED, "Ill")
    assert on(hours, APRIL_16).standing(NOON + timedelta(days=30)) == State.CANCELLED
    restore(hours, APRIL_16, now=NOON)
    assert on(hours, APRIL_16).standing(NOON) == State.OPEN and not hours.dates.filter(is_changed=True).exists()


def test_a_moved_date_is_known_by_the_date_of_the_rule(cast: Cast):
    hours = make_hours(cast)
    change_date(hours, APRIL_16, otherwise(hours, date=date(2024, 4, 17), start=time(9), end=time(10)),
                       reason="Conference", now=NOON)  # fmt: skip
    moved = on(hours, APRIL_16)
    assert (moved.date, moved.start, moved.standing(NOON), moved.reason) == (
        date(2024, 4, 17), time(9), State.MOVED, "Conference"
    )  # fmt: skip
    assert moved.starts_at == at("2024-04-17T09:00-07:00")


@pytest.mark.parametrize("edit", ["rename", "an hour later", "another place", "another weekday", "split again"])
def test_what_was_changed_on_one_date_survives_every_edit_of_the_series(cast: Cast, edit: str):
    hours = make_hours(cast)
    cancel(hours, APRIL_30, reason="Ill", now=NOON)
    change_date(hours, date(2024, 5, 7), otherwise(hours, date=date(2024, 5, 8)), reason="Trip", now=NOON)
    before = {row.uid for row in rows(cast.course)}
    changes = {"an hour later": {"start": time(15, 30), "end": time(16, 30)}, "another place": {"place": "HALL 9"}}
    if edit == "rename":
        rename(hours, "Cloud clinic", now=NOON)
    elif edit == "another weekday":
        change_from(hours, APRIL_16, terms(hours, weekday=FRIDAY), now=NOON)
    elif edit == "split again":
        change_from(hours, APRIL_16, terms(hours, place="HALL 8"), now=NOON)
        change_from(HoursSeries.objects.latest("pk"), APRIL_30, terms(hours, place="HALL 9"), now=NOON)
    else:
        change_from(hours, APRIL_16, terms(hours, **changes[edit]), now=NOON)
    after = {monday(row.on): row for row in rows(cast.course)}
    assert (after[date(2024, 4, 29)].standing(NOON), after[date(2024, 4, 29)].reason) == (State.CANCELLED, "Ill")
    assert (after[date(2024, 5, 6)].standing(NOON), after[date(2024, 5, 6)].date) == (State.MOVED, date(2024, 5, 8))
    assert {row.uid for row in after.values()} == before and len(after) == 10


def test_from_this_date_on_leaves_what_was_before(cast: Cast):
    hours = make_hours(cast)
    later = change_from(hours, APRIL_23, terms(hours, start=time(15, 30), end=time(16, 30)), now=NOON)
    assert states_of(cast)[:5] == ["04-02 14:30 past", "04-09 14:30 open", "04-16 14:30 open", "04-23 15:30 open",
                              "04-30 15:30 open"]  # fmt: skip
    assert (later.pk, later.start, cast.course.hours_series.count()) == (hours.pk, time(15, 30), 1)


def test_all_to_come_begins_with_the_first_that_is_not_over(cast: Cast):
    hours = make_hours(cast)
    change_to_come(hours, terms(hours, place="HALL 9"), now=NOON)
    places = {row.date: row.place for row in rows(cast.course)}
    assert places.pop(date(2024, 4, 2)) == "HALL 2"
    assert set(places.values()) == {"HALL 9"}


def test_a_day_without_class_cancels_by_rule_until_it_is_held_after_all(cast: Cast):
    hours = make_hours(cast)
    day_off(cast.course, APRIL_16, "Holiday")
    assert (on(hours, APRIL_16).standing(NOON), on(hours, APRIL_16).reason) == (State.CANCELLED, "Holiday")
    restore(hours, APRIL_16, now=NOON)
    assert on(hours, APRIL_16).standing(NOON) == State.OPEN


def test_what_is_past_or_ends_before_it_starts_is_refused(cast: Cast):
    hours = make_hours(cast)
    with pytest.raises(DomainError, match="are over"):
        cancel(hours, date(2024, 4, 2), reason="", now=NOON)
    with pytest.raises(DomainError, match="cannot end at 14:00 when they start at 14:30"):
        change_date(hours, APRIL_16, otherwise(hours, end=time(14)), reason="", now=NOON)
    with pytest.raises(DomainError, match="past already"):
        change_date(hours, APRIL_16, otherwise(hours, date=date(2024, 4, 8)), reason="", now=NOON)
    with pytest.raises(DomainError, match="which is past"):
        change_to_come(hours, terms(hours, weekday=0), now=NOON)
    with pytest.raises(DomainError, match="would have no date"):
        series.create(cast.course, host=cast.instructor.user, terms=terms(hours), first_on=date(2024, 4, 10),
                      last_on=date(2024, 4, 12), now=NOON)  # fmt: skip


def test_hours_over_others_of_the_same_host_are_found(cast: Cast):
    hours = make_hours(cast)
    other = make_hours(cast, start=time(15), end=time(16))
    make_hours(cast, weekday=FRIDAY)
    found = conflicts.of_series([other], NOON)
    assert [conflict.hours.on for conflict in found] == [
        day for day in series.rule_dates(other) if day > date(2024, 4, 2)
    ]
    assert {conflict.other.series for conflict in found} == {hours}


def test_each_change_of_a_date_raises_its_sequence_and_no_other(cast: Cast):
    hours = make_hours(cast)
    uid = on(hours, APRIL_16).uid
    for n, verb in enumerate([
        lambda: cancel(hours, APRIL_16, reason="Ill", now=NOON),
        lambda: cancel(hours, APRIL_16, reason="Very ill", now=NOON),
        lambda: restore(hours, APRIL_16, now=NOON),
    ], start=1):  # fmt: skip
        verb()
        assert on(hours, APRIL_16).sequence == n
    assert set(cast.course.office_hours.exclude(uid=uid).values_list("sequence", flat=True)) == {0}
    calendar_feeds.hours(cast.course, now=NOON, is_public=False)
    assert on(hours, APRIL_16).sequence == 3


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.integers(1, 8), st.integers(0, 6), st.integers(8, 20)), max_size=5))
def test_no_date_is_lost_or_doubled_by_any_row_of_edits(cast: Cast, edits):
    HoursSeries.objects.all().delete()
    hours = make_hours(cast)
    uids = set(hours.dates.values_list("uid", flat=True))
    for week, weekday, hour in edits:
        target = date(2024, 4, 1) + timedelta(weeks=week + 1)
        now = next(o for o in rows(cast.course) if monday(o.on) == target)
        changed = terms(now.series, weekday=weekday, start=time(hour), end=time(hour + 1))
        change_from(now.series, now.on, changed, now=NOON)
    found = rows(cast.course)
    assert [monday(o.on) for o in found] == [date(2024, 4, 1) + timedelta(weeks=n) for n in range(10)]
    assert {o.uid for o in found} == uids and found[0].on.weekday() == TUESDAY
