"""Why a date is not as it was: a letter says the reason of what changed it, and of nothing else."""

from datetime import date, time
from typing import Any

import pytest

from mail.models import Message
from officehours.domain import plans, series
from officehours.domain.edits import Edit, OwnTerms, Scope
from officehours.domain.series import Terms
from officehours.models import HoursSeries
from officehours.tests.factories import book, make_hours, on, turn_booking_on
from portal.testing import NOON, Cast

pytestmark = pytest.mark.django_db
APRIL_9, APRIL_16, APRIL_18, APRIL_23 = date(2024, 4, 9), date(2024, 4, 16), date(2024, 4, 18), date(2024, 4, 23)


@pytest.fixture
def others(cast: Cast) -> HoursSeries:
    """Thursdays of the assistant."""
    span: dict[str, Any] = {"first_on": date(2024, 4, 4), "last_on": date(2024, 6, 1), "now": NOON}
    return series.create(cast.course, host=cast.assistant.user, terms=Terms(3, time(9), time(10)), **span)


def test_the_reason_is_read_of_the_dates_that_it_is_of(cast: Cast):
    turn_booking_on(cast)
    hours = make_hours(cast)
    book(hours, cast.student, 0, APRIL_16, now=NOON)
    Message.objects.all().delete()
    terms = OwnTerms(APRIL_16, time(9), time(10), hours.mode, hours.place, "")
    edit = Edit(on(hours, APRIL_16).pk, Scope.FROM, terms, reason="Trip")
    seen = plans.of_edit(cast.course, edit, now=NOON).fingerprint
    plans.apply_edit(cast.course, edit, by=cast.instructor, seen=seen, now=NOON)
    assert "Why: Trip" in Message.objects.get(recipient=cast.student.user).text
