"""What was counted for an instant is counted the same for ever."""

from datetime import timedelta

import pytest

from credits.domain import codes, requests
from credits.forms import AsOfForm
from credits.queries import ledger
from credits.tests.world import fake_codes, fill, give, make_pool
from portal.testing import NOON, Cast

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def test_a_replacement_changes_no_count_of_the_past(cast: Cast):
    pool = make_pool(cast.course, stock=0)
    fill(pool, fake_codes(2))
    given = [give(pool, student, now=NOON + HOUR) for student in (cast.student, cast.other_student)]
    staff = cast.assistant.user

    def stocks(until):
        return [ledger.stock(pool, NOON + hour * HOUR) for hour in range(until + 1)]

    assert stocks(2) == [2, 0, 0]
    requests.replace(given[0], by=staff, now=NOON + 3 * HOUR)
    assert stocks(3) == [2, 0, 0, 0]
    codes.import_codes(pool, "\n".join(fake_codes(3, start=50)).encode(), by=None, now=NOON + 4 * HOUR)
    assert stocks(5) == [2, 0, 0, 0, 2, 2]


def test_who_moved_to_a_section_without_codes_is_on_a_line_still(cast: Cast):
    pool = make_pool(cast.course)
    give(pool, cast.student)
    first, second = cast.course.sections.order_by("position")
    pool.sections.set([first])
    cast.student.section = second
    cast.student.save()
    assert [(line.label, line.fulfilled) for line in ledger.by_section(pool, NOON)] == [
        (first.code, 0),
        ("Others, by now", 1),
    ]
    cast.student.section = first
    cast.student.save()
    assert [(line.label, line.fulfilled) for line in ledger.by_section(pool, NOON)] == [(first.code, 1)]


@pytest.mark.parametrize(("typed", "clock"), [("12:00", "12:00:59.999999"), ("12:00:10", "12:00:10.999999")])
def test_as_of_a_minute_is_its_last_moment_and_a_second_is_that_second(cast: Cast, typed, clock):
    form = AsOfForm({"at": f"2024-04-09T{typed}"})
    assert form.is_valid() and form.instant(cast.course).isoformat() == f"2024-04-09T{clock}-07:00"
