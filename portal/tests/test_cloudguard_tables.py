"""The tables came over from credits: no row is lost on the way there, or back."""

import pytest
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from cloudguard.models import AccountLink
from courses.models import Course, Enrollment
from credits.models import AuditEvent
from portal.testing import NOON, make_cast

BEFORE, AFTER = [("credits", "0006_given_at"), ("cloudguard", None)], [("cloudguard", "0001_initial")]
pytestmark = pytest.mark.django_db(transaction=True)


def migrate(targets):
    executor = MigrationExecutor(connection)
    executor.migrate(targets)
    return MigrationExecutor(connection).loader.project_state(targets[:1]).apps


@pytest.fixture
def tables_of_today():
    yield
    migrate([*AFTER, ("credits", "0007_running_costs_move_out")])


def test_rows_of_before_are_there_after_and_hang_together(tables_of_today):
    cast = make_cast()
    before = migrate(BEFORE)
    of = {name: before.get_model("credits", name).objects for name in MADE}
    link = of["AccountLink"].create(
        enrollment_id=cast.student.pk, external_id="portal-x", role_arn="arn:x", consented_at=NOON
    )
    thing = {"kind": "instance", "region": "us-east-1", "resource_id": "i-1"}
    of["Finding"].create(link=link, **thing, first_seen_at=NOON, seen_on=NOON.date())
    of["RunningPrice"].create(course_id=cast.course.pk, kind="volume", size="gp3", usd=1, priced_on=NOON.date())
    of["CostReminder"].create(course_id=cast.course.pk, text="Stop your machines")
    rows = {name: list(manager.values()) for name, manager in of.items()}
    after = migrate(AFTER)
    assert {name: list(after.get_model("cloudguard", name).objects.values()) for name in MADE} == rows
    moved = AccountLink.objects.get()
    assert moved.enrollment == cast.student and moved.findings.get().resource_id == "i-1"
    assert moved.findings.create(**thing | {"resource_id": "i-2"}, first_seen_at=NOON, seen_on=NOON.date()).pk
    Enrollment.objects.filter(pk=cast.student.pk).delete()
    assert not AccountLink.objects.exists()
    Course.objects.get().cost_reminders.create(text="Another")


def test_the_log_of_the_codes_is_as_closed_as_before(tables_of_today):
    migrate(BEFORE)
    migrate(AFTER)
    AuditEvent.objects.create(course_id=1, seq=1, at=NOON, kind="asked", mac="0" * 64)
    for change in (
        lambda: AuditEvent.objects.update(kind="x"),
        lambda: AuditEvent.objects.all()._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError, match="append-only"):
            change()
    assert AuditEvent.objects.get().kind == "asked"


MADE = ("AccountLink", "Finding", "RunningPrice", "CostReminder")
