import pytest

from courses import tasks
from courses.domain import roster
from courses.models import RosterImport
from courses.tests.rosters import crowd, file_of, line_of
from portal.testing import NOON, make_course

State = RosterImport.State


@pytest.fixture
def half_done(cast):
    made = roster.preview(cast.course, "crowd.csv", crowd(60), by=None, now=NOON)
    roster.start(made)
    roster.apply_step(made, now=NOON)
    return made


def test_the_sweep_carries_on_what_a_worker_left_half_done_once(cast, half_done):
    assert tasks.resume_roster_imports(NOON.isoformat()) == {"roster_imports_resumed": 1}
    half_done.refresh_from_db()
    assert (half_done.state, half_done.applied_at) == (State.APPLIED, NOON)
    assert cast.course.enrollments.students().count() == 61
    assert tasks.resume_roster_imports(NOON.isoformat()) == {"roster_imports_resumed": 0}


def test_the_sweep_leaves_a_preview_alone(cast):
    made = roster.preview(cast.course, "r.csv", file_of(line_of("Sample, Bram")), by=None, now=NOON)
    assert tasks.resume_roster_imports() == {"roster_imports_resumed": 0}
    made.refresh_from_db()
    assert made.state == State.PREVIEWED


def test_one_roster_that_fails_does_not_hold_up_another(cast, half_done, monkeypatch):
    other = roster.preview(make_course("cs202-s24"), "r.csv", file_of(line_of("Sample, Bram")), by=None, now=NOON)
    roster.start(other)
    carry_on = roster.carry_on
    monkeypatch.setattr(
        roster, "carry_on", lambda made, now: 1 / 0 if made.pk == half_done.pk else carry_on(made, now=now)
    )
    assert tasks.resume_roster_imports() == {"roster_imports_resumed": 1}
    other.refresh_from_db()
    assert other.state == State.APPLIED


def test_the_task_takes_one_roster_to_its_end_and_ignores_one_that_is_gone(half_done):
    tasks.apply_roster(half_done.pk)
    half_done.refresh_from_db()
    assert half_done.state == State.APPLIED
    tasks.apply_roster(half_done.pk + 1)
