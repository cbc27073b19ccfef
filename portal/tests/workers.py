"""Real workers of a test: their broker, their folder, and the way this process talks to the same broker."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from kombu import Connection

from mail import tasks
from mail.tests.smtp_server import MailServer, free_port
from portal.celery import app

FLAGS = ["--beat", "--pool", "solo", "--without-gossip", "--without-mingle", "--without-heartbeat"]


@dataclass
class Redis:
    """A Redis of this test, killed and started again at will; it keeps nothing."""

    port: int = field(default_factory=free_port)
    process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        command = ["redis-server", "--bind", "127.0.0.1", "--port", str(self.port), "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait_until(
            lambda: subprocess.run(["redis-cli", "-p", str(self.port), "ping"], capture_output=True).returncode == 0
        )

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@dataclass
class Workshop:
    """A data folder, a broker and the worker with beat that serves them."""

    folder: Path
    mail: MailServer
    redis: Redis | None = None
    processes: list[subprocess.Popen] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        given = {
            "DATA_DIR": str(self.folder),
            "DATABASE_URL": database_url(),
            "EMAIL_URL": f"smtp://127.0.0.1:{self.mail.port}",
            "REDIS_URL": self.redis.url if self.redis else "",
            "DEMO": "1",
            "PORTAL_URL": settings.PORTAL_URL,
        }
        return {**os.environ, **given}

    def start(self, *flags: str) -> subprocess.Popen:
        command = [sys.executable, "-m", "celery", "-A", "portal", "worker", *FLAGS, *flags]
        log = (self.folder / "worker.log").open("ab")
        worker = subprocess.Popen(
            command, env=self.environment, cwd=settings.BASE_DIR, stdout=log, stderr=log, start_new_session=True
        )
        log.close()
        self.processes.append(worker)
        return worker

    @property
    def log(self) -> str:
        return (self.folder / "worker.log").read_text()

    def stop(self) -> None:
        for process in self.processes:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # beat too: it is the worker's child
            process.wait()


def database_url() -> str:
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    return "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)


def wait_until(is_so: Callable[[], bool], seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, f"not so after {seconds} s"
        time.sleep(0.02)


@contextmanager
def talking_to(workshop: Workshop) -> Iterator[None]:
    """Have this process tell the workshop's broker of new letters, as the web server would."""
    queue, control = workshop.folder / "broker" / "queue", workshop.folder / "broker" / "control"
    for folder in (queue, control):
        folder.mkdir(parents=True, exist_ok=True)
    folders = {"data_folder_in": str(queue), "data_folder_out": str(queue), "control_folder": str(control)}
    url, options = workshop.redis.url if workshop.redis else "filesystem://localhost", folders
    if workshop.redis:
        options = {"socket_timeout": 5, "socket_connect_timeout": 2}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app, "connection_for_write", lambda *_, **__: Connection(url, transport_options=options))
        patch.setattr(app.amqp, "_producer_pool", None)
        app.connection_for_write().create_transport()  # imported before the first letter, as in portal/wsgi.py
        patch.setattr(tasks, "_broker_rests_until", 0.0)
        yield


@contextmanager
def open_workshop(folder: Path, redis: Redis | None) -> Iterator[Workshop]:
    with MailServer().running() as mail:
        workshop = Workshop(folder, mail, redis)
        try:
            with talking_to(workshop):
                yield workshop
        finally:
            workshop.stop()
            redis.kill() if redis else None
            log = folder / "worker.log"
            print(log.read_text()[-6000:] if log.exists() else "")
