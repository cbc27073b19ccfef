"""`manage.py run_due`: every sweep of the schedule once, at any time."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils.module_loading import import_string

from mail.domain import outbox
from mail.models import Message
from portal import schedule
from portal.celery import SCHEDULE
from portal.testing import NOON, Cast


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("run_due", *arguments, stdout=out)
    return out.getvalue()


def post(cast: Cast, key: str, **what) -> Message:
    who = {"to": cast.student.user, "sender_name": "CS", "zone": "America/Los_Angeles", "now": NOON}
    return outbox.post("digest", key=key, kind="due_date_moved", letters=[], **{**who, **what})


@pytest.mark.parametrize("name", SCHEDULE)
def test_each_sweep_of_the_schedule_exists_and_counts(db: None, name: str):
    counts = import_string(name)("2024-04-09T19:00+00:00")
    assert counts
    assert set(counts.values()) == {0}


def test_the_result_is_one_flat_object_or_a_line_each(cast: Cast):
    counts = json.loads(run("--at", "2024-04-01T00:00Z", "--format", "json"))
    assert {"surveys_opened", "surveys_frozen", "letters_sent"} <= set(counts)
    assert all(isinstance(count, int) for count in counts.values())
    lines = run("--at", "2024-04-01T00:00Z").splitlines()
    assert "letters_sent 0" in lines
    assert len(lines) == len(counts)


@pytest.mark.parametrize(
    ("time", "words"),
    [
        ("2023-11-27T09:00", "has no zone"),
        ("2023-11-27", "has no zone"),
        ("0001-01-01T00:00+14:00", "before the first day"),
        ("tomorrow", "is not a time"),
        ("2023-11-31T09:00Z", "is not a time"),
    ],
)
def test_a_time_without_zone_is_refused_in_words(db: None, time: str, words: str):
    with pytest.raises(CommandError, match=words):
        run("--at", time)


def test_what_is_due_goes_by_the_given_time(cast: Cast):
    late = post(cast, "late", expires_at=NOON)
    fresh = post(cast, "fresh")
    Message.objects.update(send_after=NOON)
    assert json.loads(run("--at", "2024-04-09T18:59Z", "--format", "json"))["letters_sent"] == 0
    assert json.loads(run("--at", "2024-04-09T12:00-07:00", "--format", "json"))["letters_sent"] == 1
    fresh.refresh_from_db()
    late.refresh_from_db()
    assert (late.state, fresh.state) == (Message.State.DROPPED, Message.State.SENT)
    assert fresh.sent_at.year > 2024  # stamped by the real clock


def test_only_the_letters_of_this_run_are_counted(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    post(cast, "before")
    broken = "feedback.tasks.open_surveys"

    def pieces(name: str):
        def remind(at: str | None) -> dict[str, int]:
            if name == broken:
                raise ZeroDivisionError
            post(cast, name)
            return {"pieces": 1}

        return remind

    monkeypatch.setattr(schedule, "import_string", pieces)
    done = schedule.run_once(None)
    assert done.counts == {"due_date_moved": len(SCHEDULE) - 1, "pieces": len(SCHEDULE) - 1}
    assert done.broken == [broken]
