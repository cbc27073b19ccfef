"""Why a date is not as it was: a letter says the reason of what changed it, and of nothing else."""

from datetime import date, time
from typing import Any

import pytest

from mail.models import Message
from officehours.domain import plans, queues, series
from officehours.domain.edits import Edit, OwnTerms, Scope
from officehours.domain.series import Terms
from officehours.models import HoursChange, HoursSeries, WaitingListEntry
from officehours.tests.factories import book, make_hours, on, open_queue, turn_booking_on
from portal.testing import NOON, Cast

pytestmark = pytest.mark.django_db
APRIL_9, APRIL_16, APRIL_18, APRIL_23 = date(2024, 4, 9), date(2024, 4, 16), date(2024, 4, 18), date(2024, 4, 23)


@pytest.fixture
def others(cast: Cast) -> HoursSeries:
    """Thursdays of the assistant."""
    span: dict[str, Any] = {"first_on": date(2024, 4, 4), "last_on": date(2024, 6, 1), "now": NOON}
    return series.create(cast.course, host=cast.assistant.user, terms=Terms(3, time(9), time(10)), **span)


def test_a_private_reason_is_not_read_of_dates_that_a_file_had_changed(cast: Cast, others: HoursSeries):
    turn_booking_on(cast)
    hours = make_hours(cast)
    book(hours, cast.student, 0, APRIL_16, now=NOON)
    known_start = on(hours, APRIL_23).starts_at
    WaitingListEntry.objects.create(hours=on(hours, APRIL_23), student=cast.other_student, since=NOON)
    queues.join(open_queue(hours, APRIL_9, now=NOON), by=cast.student, topic="", team=None, now=NOON)
    HoursChange.objects.create(series=hours, date=APRIL_16, place="HALL 9", reason="Painters")
    HoursChange.objects.create(series=hours, date=APRIL_23, start=time(16), end=time(17))
    series.after_change(cast.course, NOON, quietly=True)
    Message.objects.all().delete()
    HoursChange.objects.create(series=hours, date=APRIL_9, is_cancelled=True)
    held = OwnTerms(APRIL_18, time(11), time(12), others.mode, others.place, "")
    edit = Edit(on(others, APRIL_18).pk, Scope.FROM, held, reason="Tay is at a funeral")
    seen = plans.of_edit(cast.course, edit, now=NOON).fingerprint
    assert plans.apply_edit(cast.course, edit, by=cast.assistant, seen=seen, now=NOON) is None
    assert Message.objects.count() == 4  # booked, waiting, and offered a slot at once; in the queue
    assert not Message.objects.filter(text__contains="funeral").exists()
    assert Message.objects.filter(text__contains="Painters").count() == 1


def test_the_reason_is_read_of_the_dates_that_it_is_of(cast: Cast):
    turn_booking_on(cast)
    hours = make_hours(cast)
    book(hours, cast.student, 0, APRIL_16, now=NOON)
    Message.objects.all().delete()
    held = OwnTerms(APRIL_16, time(9), time(10), hours.mode, hours.place, "")
    edit = Edit(on(hours, APRIL_16).pk, Scope.FROM, held, reason="Trip")
    seen = plans.of_edit(cast.course, edit, now=NOON).fingerprint
    plans.apply_edit(cast.course, edit, by=cast.instructor, seen=seen, now=NOON)
    assert "Why: Trip" in Message.objects.get(recipient=cast.student.user).text
