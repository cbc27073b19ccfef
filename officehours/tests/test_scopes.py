"""What is typed at one date for more of them: no more than was typed goes to the others, and all of it to that date."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest
import time_machine

from accounts.errors import DomainError
from officehours.domain import plans
from officehours.domain.edits import Edit, OwnTerms, Scope
from officehours.models import HoursSeries, OfficeHours
from officehours.tests.factories import change_date, day_off, make_hours, on, rows
from portal.testing import NOON, Cast, client_of

pytestmark = pytest.mark.django_db
APRIL_16, APRIL_17, APRIL_18 = date(2024, 4, 16), date(2024, 4, 17), date(2024, 4, 18)
SCOPES = pytest.mark.parametrize("scope", [Scope.FROM, Scope.TO_COME])
AT_FOUR = {"start": time(16), "end": time(17)}
AT_ONE = {"start": time(13), "end": time(14)}


@pytest.fixture
def hours(cast: Cast) -> HoursSeries:
    return make_hours(cast)


def shown(hours: HoursSeries, day: date = APRIL_16) -> OwnTerms:
    """The date as the form shows it."""
    row = on(hours, day)
    return OwnTerms(row.date, row.start, row.end, row.mode, row.place, row.url)


def own(hours: HoursSeries, **fields) -> None:
    """Change April 16 alone."""
    change_date(hours, APRIL_16, replace(shown(hours), **fields), reason="Dentist", now=NOON)


def edit(cast: Cast, hours: HoursSeries, scope: Scope, *, now=NOON, day: date = APRIL_16, **typed) -> list[str]:
    """Type this at a date; the dates that change, as they then are."""
    change = Edit(on(hours, day).pk, scope, replace(shown(hours, day), **typed))
    found = plans.of_edit(cast.course, change, now=now)
    assert plans.apply_edit(cast.course, change, by=cast.instructor, seen=found.fingerprint, now=now) is None
    return [words_of(pair.after) for pair in found.dates if pair.after]


def words_of(row: OfficeHours) -> str:
    return f"{row.date:%m-%d} {row.start:%H:%M} {row.place}"


def weeks(cast: Cast) -> list[str]:
    return [words_of(row) for row in rows(cast.course)]


@SCOPES
def test_the_date_at_which_hours_are_typed_for_more_of_them_has_them_too(cast: Cast, hours: HoursSeries, scope: Scope):
    own(hours, **AT_FOUR)
    changed = edit(cast, hours, scope, **AT_ONE)
    assert "04-16 13:00 HALL 2" in changed and len(changed) == (8 if scope == Scope.FROM else 9)
    assert [entry.split()[1] for entry in weeks(cast)] == ["14:30"] * (10 - len(changed)) + ["13:00"] * len(changed)
    assert not cast.course.office_hours.filter(is_changed=True).exists()


@SCOPES
def test_another_place_for_more_of_them_leaves_all_their_hours(cast: Cast, hours: HoursSeries, scope: Scope):
    own(hours, **AT_FOUR)
    edit(cast, hours, scope, place="HALL 9")
    since = 2 if scope == Scope.FROM else 1
    assert [entry.split(maxsplit=2)[1:] for entry in weeks(cast)[since:]] == [
        ["16:00" if n == 2 else "14:30", "HALL 9"] for n in range(since, 10)
    ]
    assert weeks(cast)[1] == ("04-09 14:30 HALL 2" if scope == Scope.FROM else "04-09 14:30 HALL 9")
    assert on(cast.course.hours_series.latest("pk"), APRIL_16).reason == "Dentist"


@SCOPES
def test_the_hours_of_the_rule_typed_over_those_of_one_date_are_for_every_part(
    cast: Cast, hours: HoursSeries, scope: Scope
):
    edit(cast, hours, Scope.FROM, day=date(2024, 5, 14), **AT_ONE)
    hours.refresh_from_db()
    own(hours, **AT_FOUR)
    edit(cast, hours, scope, start=time(14, 30), end=time(15, 30))
    assert {entry.split()[1] for entry in weeks(cast)} == {"14:30"}


@SCOPES
def test_nothing_typed_changes_no_date(cast: Cast, hours: HoursSeries, scope: Scope):
    own(hours, date=APRIL_18, place="HALL 5", **AT_FOUR)
    before = weeks(cast)
    assert edit(cast, hours, scope) == [] and weeks(cast) == before


@SCOPES
def test_a_date_that_was_moved_alone_takes_the_day_that_is_typed_for_all(cast: Cast, hours: HoursSeries, scope: Scope):
    own(hours, date=APRIL_18)
    edit(cast, hours, scope, date=APRIL_17)
    assert [entry.split()[0] for entry in weeks(cast)][2:4] == ["04-17", "04-24"]


def test_a_date_moved_to_another_week_is_no_bar_to_another_place_for_all(cast: Cast, hours: HoursSeries):
    own(hours, date=date(2024, 4, 25))
    assert "04-25 14:30 HALL 9" in edit(cast, hours, Scope.FROM, place="HALL 9")
    weekly = cast.course.hours_series.latest("pk")
    with pytest.raises(DomainError, match="a day of the same week"):
        edit(cast, weekly, Scope.FROM, date=date(2024, 4, 26))


def test_one_end_of_its_hours_takes_the_other_along(cast: Cast, hours: HoursSeries):
    own(hours, **AT_FOUR)
    edit(cast, hours, Scope.FROM, end=time(18))
    assert {(row.start, row.end) for row in rows(cast.course)[2:]} == {(time(16), time(18))}


def test_a_date_held_late_that_changes_alone_takes_what_is_typed(cast: Cast, hours: HoursSeries):
    change_date(hours, date(2024, 4, 9), replace(shown(hours, date(2024, 4, 9)), date=date(2024, 4, 20),
                       place="HALL 5"), reason="Trip", now=NOON)  # fmt: skip
    edit(cast, hours, Scope.FROM, day=date(2024, 4, 9), place="HALL 9", now=NOON + timedelta(days=9))
    assert {"04-20 14:30 HALL 9", "04-16 14:30 HALL 2", "04-23 14:30 HALL 9"} <= set(weeks(cast))


def test_a_date_held_at_hours_of_its_own_without_class_is_held_at_those_of_all(cast: Cast, hours: HoursSeries):
    own(hours, **AT_FOUR)
    day_off(cast.course, APRIL_16, "Holiday")
    edit(cast, hours, Scope.FROM, **AT_ONE)
    weekly = on(cast.course.hours_series.latest("pk"), APRIL_16)
    assert (weekly.is_cancelled, weekly.start) == (False, time(13))


def test_staff_see_this_very_date_among_those_that_change(cast: Cast, hours: HoursSeries):
    own(hours, **AT_FOUR)
    typed = {"scope": "from", "date": "2024-04-16", "start": "10:00", "end": "11:00", "mode": "in_person",
             "place": "HALL 2"}  # fmt: skip
    with time_machine.travel(NOON, tick=False):
        page = client_of(cast.instructor).post(f"/c/cs101-s24/office-hours/{on(hours, APRIL_16).pk}/change", typed)
    assert "Change 8 dates" in page.content.decode()
