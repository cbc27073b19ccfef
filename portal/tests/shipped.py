"""The web server as it is shipped, over the test's database; and clients in processes of their own."""

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.test import override_settings

from courses.models import Enrollment
from mail.tests.smtp_server import free_port
from portal.testing import client_of
from portal.tests.browser.serving import SHIPPED
from portal.tests.workers import database_url, wait_until

TOKEN = "t" * 32


@dataclass(frozen=True)
class Ask:
    """One POST of one person."""

    path: str
    cookie: str


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: str
    headers: dict[str, str]


@dataclass
class Shipped:
    """The running server."""

    port: int
    log: Path
    process: subprocess.Popen

    def ask(self, person: Enrollment, path: str, signed_in: float | None = None) -> Ask:
        """A POST of this person, whose sign-in by code was at that moment."""
        browser = client_of(person)
        session = browser.session
        if signed_in is not None:
            session["account_authentication_methods"] = [{"method": "code", "at": signed_in}]
            session["account_authentication_methods_user"] = str(person.user_id)
            session.save()
        return Ask(path, f"{settings.SESSION_COOKIE_NAME}={session.session_key}; csrftoken={TOKEN}")

    def at_once(self, groups: list[list[Ask]]) -> list[Answer]:
        """One process a group; all start together, each asks one after the other."""
        connections.close_all()
        fork = get_context("fork")
        start, answers = fork.Barrier(len(groups)), fork.SimpleQueue()
        workers = [fork.Process(target=_client, args=(self.port, start, group, answers)) for group in groups]
        for worker in workers:
            worker.start()
        found = [Answer(*json.loads(answers.get())) for group in groups for _ in group]
        for worker in workers:
            worker.join(60)
        return found


def _client(port, start, group, answers) -> None:
    start.wait()
    for ask in group:
        answers.put(json.dumps(_post(port, ask)))


def _post(port: int, ask: Ask) -> tuple[int, str, dict[str, str]]:
    headers = {"Cookie": ask.cookie, "X-CSRFToken": TOKEN, "Content-Type": "application/x-www-form-urlencoded"}
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=120)) as connection:
        try:
            connection.request("POST", ask.path, urlencode({"do": "it"}), headers)
            answer = connection.getresponse()
            return (
                answer.status,
                answer.read().decode(errors="replace"),
                {k.lower(): v for k, v in answer.headers.items()},
            )
        except OSError as error:
            return 0, str(error), {}


@contextmanager
def shipped(folder: Path) -> Iterator[Shipped]:
    """The web server with the workers and threads that script/server and the image start it with."""
    port, log = free_port(), folder / "server.log"
    storages = {**settings.STORAGES, "staticfiles": {"BACKEND": SHIPPED}}
    with override_settings(STORAGES=storages, STATIC_ROOT=folder / "static"):
        call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=["admin"])
    given = {
        "DATA_DIR": str(folder),
        "DATABASE_URL": database_url(),
        "SECRET_KEY": settings.SECRET_KEY,  # the sessions are of this process
        "CREDIT_KEYS": settings.CREDIT_KEYS,
        "CREDIT_INDEX_KEY": settings.CREDIT_INDEX_KEY,
        "REDIS_URL": "",
        "DEMO": "1",
    }
    command = [sys.executable, *programs(port)["web server"]]
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, env={**os.environ, **given}, cwd=settings.BASE_DIR, stdout=out, stderr=out, start_new_session=True
        )
    server = Shipped(port, log, process)
    try:
        wait_until(lambda: _is_up(port), 60)
        yield server
    finally:
        process.terminate()
        process.wait(20)


def programs(port: int) -> dict[str, list[str]]:
    """As script/start.py has them; the image's command names the same workers and threads."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(settings.BASE_DIR / "script")
        found = import_module("start").programs
    return found(port)


def _is_up(port: int) -> bool:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except OSError:
            time.sleep(0.1)
            return False
