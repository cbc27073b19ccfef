"""The scheduler as it really runs: worker and beat as processes, on files and on Redis, killed and started again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from mail.domain import outbox
from mail.models import Message
from portal.testing import make_cast
from portal.tests.workers import Redis, Workshop, open_workshop, wait_until

pytestmark = [pytest.mark.servers, pytest.mark.django_db(transaction=True)]
State = Message.State


@pytest.fixture(params=["filesystem", "redis"])
def workshop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Workshop]:
    redis = None
    if request.param == "redis":
        redis = Redis()
        redis.start()
    with open_workshop(tmp_path, redis) as opened:
        yield opened


def post(person, key: str, kind: str = "due_date_moved", letter: str = "digest") -> Message:
    """What the web server does; `due_date_moved` has no quiet hours, so any hour of the day will do."""
    with transaction.atomic():
        return outbox.post(
            letter, to=person, key=key, kind=kind, sender_name="CS 101/501", zone="UTC", now=timezone.now(),
            letters=[], code="AB12CD",
        )  # fmt: skip


def all_sent() -> bool:
    return not Message.objects.exclude(state=State.SENT).exists()


def let_claims_run_out() -> None:
    """Two minutes pass."""
    Message.objects.filter(state=State.SENDING).update(claimed_until=timezone.now() - timedelta(seconds=1))


def test_a_due_letter_and_a_sign_in_code_go_out_without_any_command(workshop: Workshop):
    cast = make_cast()
    with outbox.one_run():  # nobody is told of it
        waiting = post(cast.student.user, "waiting")
    Message.objects.filter(pk=waiting.pk).update(send_after=timezone.now() + timedelta(seconds=1))
    workshop.start()
    workshop.mail.wait_for(1, 20)  # by beat alone
    asked_at = time.time()
    post(cast.other_student.user, "code", "sign_in_code", "sign_in_code")
    workshop.mail.wait_for(2)
    took = workshop.mail.arrived_at[1] - asked_at
    print(f"sign-in code: {took:.2f} s")
    assert took < 2
    wait_until(all_sent, 20)
    assert len(set(workshop.mail.ids)) == len(workshop.mail.ids) == 2


def test_a_worker_killed_while_sending_loses_and_doubles_nothing(workshop: Workshop):
    cast = make_cast()
    workshop.mail.stall = 0.5
    worker = workshop.start()
    letters = [post(cast.student.user, f"thing:{number}") for number in range(6)]
    wait_until(lambda: len(workshop.mail.letters) == 2 and workshop.mail.calls == 3)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    assert Message.objects.filter(state=State.SENDING).count() == 1
    let_claims_run_out()
    workshop.mail.stall = 0
    workshop.start()
    wait_until(all_sent, 20)
    assert sorted(workshop.mail.ids) == sorted(letter.message_id for letter in letters)


@pytest.mark.parametrize("workshop", ["redis"], indirect=True)
def test_redis_killed_and_started_again_the_worker_reconnects(workshop: Workshop):
    cast = make_cast()
    worker = workshop.start()
    post(cast.student.user, "before")
    workshop.mail.wait_for(1)
    workshop.redis.kill()
    wait_until(lambda: "Connection to broker lost" in workshop.log or "Cannot connect" in workshop.log)
    asked_at = time.monotonic()
    during = post(cast.other_student.user, "during")
    assert time.monotonic() - asked_at < 2
    workshop.redis.start()
    workshop.mail.wait_for(2, 20)
    assert workshop.mail.ids[1] == during.message_id
    assert worker.poll() is None


def test_a_redis_that_was_never_there_holds_no_page_up(tmp_path: Path):
    script = """
import time
from mail.tasks import send_soon
from portal import celery_app
celery_app.connection_for_write().create_transport()  # what the first letter of a process imports
before = time.time()
send_soon(1)
print(time.time() - before)"""
    environment = {**os.environ, "REDIS_URL": "redis://127.0.0.1:1/0", "DEMO": "1", "DATA_DIR": str(tmp_path)}
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", script]
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True)
    assert float(done.stdout) < 2
    assert "no broker to tell of a new letter" in done.stderr


def test_beat_ends_with_a_worker_that_is_killed(workshop: Workshop):
    worker = workshop.start()
    wait_until(lambda: children_of(worker.pid) != [])
    (beat,) = children_of(worker.pid)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    wait_until(lambda: not Path(f"/proc/{beat}/cmdline").exists() or not Path(f"/proc/{beat}/cmdline").read_bytes())


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.parametrize("workshop", ["filesystem"], indirect=True)
def test_a_half_written_task_does_not_stop_the_worker(workshop: Workshop):
    cast = make_cast()
    worker = workshop.start()
    post(cast.student.user, "first")
    workshop.mail.wait_for(1, 20)
    (workshop.folder / "broker" / "queue" / "1_half.celery.msg").write_text('{"body": "W1s')
    time.sleep(1)
    post(cast.student.user, "second")
    workshop.mail.wait_for(2, 5)
    assert worker.poll() is None
