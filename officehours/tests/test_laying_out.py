"""The migration to a row a date, from small rows as they were before."""

from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from officehours.models import Appointment, FormerAddress, HoursQueue, HoursSeries, OfficeHours, WaitingListEntry
from portal.testing import NOON, make_cast

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE = [("officehours", "0011_who_ended_it")]
APRIL_2, APRIL_9, APRIL_16, APRIL_23 = (date(2024, 4, day) for day in (2, 9, 16, 23))
APRIL_26, MAY_3 = date(2024, 4, 26), date(2024, 5, 3)
START = datetime(2024, 4, 16, 21, 30, tzinfo=UTC)  # 14:30 in the course's zone
FIRST = START - timedelta(days=14)


def digest(*parts: object) -> str:
    return sha256("\x1f".join(str(part) for part in parts).encode()).hexdigest()


def shown(starts_at: datetime, place: str, host: Any, *, cancelled: bool = False, reason: str = "") -> str:
    """What 0.1.0 noted as told of a date."""
    ends_at = starts_at + timedelta(hours=1)
    return digest(starts_at, ends_at, "in_person", place, "", cancelled, reason, "Office hours", host)


@pytest.fixture
def old() -> Any:
    """The models before the migration; afterwards the tables are as they are now."""
    executor = MigrationExecutor(connection)
    executor.migrate(BEFORE)
    yield executor.loader.project_state(BEFORE).apps
    call_command("migrate", verbosity=0)


@pytest.fixture
def found(old: Any) -> dict[date, OfficeHours]:
    """A Tuesday that became a Friday from April 26 on, with all that hung on its dates; brought over."""
    cast = make_cast()
    model = {name: old.get_model("officehours", name).objects for name in
             ("HoursSeries", "HoursChange", "Appointment", "Waiting", "HoursQueue", "ToldEvent")}  # fmt: skip
    host, course, name = cast.instructor.user_id, cast.course.pk, cast.instructor.user
    known = {"course_id": course, "host_id": host, "lineage": "abc", "start": time(14, 30), "end": time(15, 30)}
    first = model["HoursSeries"].create(
        pk=501, **known, key="hours", weekday=1, place="HALL 2", first_on=APRIL_2, last_on=APRIL_23
    )
    later = model["HoursSeries"].create(
        pk=502, **known, key="hours from 2024-04-26", weekday=4, place="HALL 9", first_on=APRIL_26, last_on=MAY_3,
        position=1,
    )  # fmt: skip
    cast.course.no_class_days.create(date=APRIL_23, reason="Holiday")
    cast.course.no_class_days.create(date=MAY_3, reason="Strike")
    model["HoursChange"].create(series=first, date=APRIL_9, is_cancelled=True, reason="Ill")
    model["HoursChange"].create(series=first, date=APRIL_16, place="HALL 5", reason="Painters")
    model["HoursChange"].create(series=later, date=MAY_3, is_held=True)
    people = {"course_id": course, "host_id": host, "created_at": NOON, "series": first, "on": APRIL_16}
    for n, state in enumerate(("booked", "booked", "offered")):
        student = (cast.student, cast.other_student, cast.student)[n].pk
        model["Appointment"].create(
            pk=600 + n, **people, student_id=student, offset=15 * n, state=state, team=3 if n == 1 else None,
            starts_at=START + timedelta(minutes=15 * n), ends_at=START + timedelta(minutes=15 * n + 15),
        )  # fmt: skip
    model["Waiting"].create(series=later, on=APRIL_26, student_id=cast.student.pk, since=NOON)
    model["Waiting"].create(series=later, on=date(2024, 6, 7), student_id=cast.student.pk, since=NOON)  # no such date
    model["HoursQueue"].create(series=first, on=APRIL_9, opened_at=NOON, state="open")
    message = {"course_id": course, "told_at": NOON}
    model["ToldEvent"].create(uid="abc-2024-04-01", sequence=2, content=shown(FIRST, "HALL 2", name),
                              **message)  # fmt: skip
    model["ToldEvent"].create(uid="abc-2024-04-15", sequence=1, content=shown(START, "HALL 2", name), **message)
    model["ToldEvent"].create(uid="appointment-600", sequence=4, **message, content=digest(
        START, START + timedelta(minutes=15), host, "in_person", "HALL 5", "", False))  # fmt: skip
    meeting = cast.course.meetings.earliest("date")
    model["ToldEvent"].create(uid=f"meeting-{meeting.pk}", sequence=7, content="as it was", **message)
    call_command("migrate", verbosity=0)
    meeting.refresh_from_db()
    assert (meeting.sequence, meeting.changed_at, meeting.published_digest) == (7, NOON, "as it was")
    return {row.on: row for row in OfficeHours.objects.select_related("series")}


def test_a_split_series_becomes_rows_of_one_with_the_terms_of_its_last_part(found: dict[date, OfficeHours]):
    hours = HoursSeries.objects.get()
    assert (hours.pk, hours.key, hours.weekday, hours.place, hours.first_on, hours.last_on) == (
        501, "hours", 4, "HALL 9", APRIL_2, MAY_3
    )  # fmt: skip
    assert {day: (row.place, row.state, row.reason, row.is_changed) for day, row in found.items()} == {
        APRIL_2: ("HALL 2", "scheduled", "", False),
        APRIL_9: ("HALL 2", "cancelled", "Ill", False),
        APRIL_16: ("HALL 5", "scheduled", "Painters", True),
        APRIL_23: ("HALL 2", "day_off", "Holiday", False),
        APRIL_26: ("HALL 9", "scheduled", "", False),
        MAY_3: ("HALL 9", "scheduled", "", False),
    }
    assert found[MAY_3].is_kept_on_day_off and found[APRIL_16].rule_place == "HALL 2"


def test_every_date_keeps_its_uid_and_a_sequence_rises_only_where_it_differs(found: dict[date, OfficeHours]):
    assert [row.uid for row in found.values()] == [
        "abc-2024-04-01", "abc-2024-04-08", "abc-2024-04-15", "abc-2024-04-22", "abc-2024-04-22-2", "abc-2024-04-29"
    ]  # fmt: skip
    assert (found[APRIL_2].sequence, found[APRIL_2].changed_at) == (2, NOON)
    assert found[APRIL_16].sequence == 2 and found[APRIL_16].changed_at > NOON
    booked = Appointment.objects.get(pk=600)
    assert (booked.sequence, booked.changed_at) == (4, NOON)


def test_what_hung_on_dates_hangs_on_their_rows(found: dict[date, OfficeHours]):
    assert set(Appointment.objects.values_list("hours", flat=True)) == {found[APRIL_16].pk}
    assert list(Appointment.objects.order_by("pk").values_list("state", "team")) == [
        ("booked", None), ("booked", 3), ("offered", None)
    ]  # fmt: skip
    assert WaitingListEntry.objects.get().hours == found[APRIL_26]
    assert HoursQueue.objects.get().hours == found[APRIL_9]
    led_to = dict(FormerAddress.objects.filter(series_number=502).values_list("monday", "hours"))
    assert led_to[date(2024, 4, 29)] == found[MAY_3].pk and led_to[date(2024, 4, 1)] == found[APRIL_2].pk
    assert FormerAddress.objects.filter(series_number=501).count() == 5  # a week each
