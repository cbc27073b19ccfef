"""People who never finish, and the web server as it is shipped, behind the proxies of deploy/ as they are written."""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from feedback.domain import surveys
from feedback.models import Survey
from feedback.tests.world import make_plan
from mail.tests.smtp_server import free_port
from portal.testing import NOON, client_of, make_cast
from portal.tests.shipped import TOKEN, Shipped, shipped
from portal.tests.workers import wait_until

pytestmark = [pytest.mark.servers, pytest.mark.django_db(transaction=True)]
DEPLOY = settings.BASE_DIR / "deploy"
UNFINISHED, SLOW = 50, 20
LARGE = "/static/vendor/htmx-2.min.js"


@pytest.fixture(scope="module")
def server(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[Shipped]:
    with django_db_blocker.unblock(), shipped(tmp_path_factory.mktemp("shipped")) as running:
        yield running


@contextmanager
def caddy(port: int, upstream: int, folder: Path) -> Iterator[None]:
    version = subprocess.run(["caddy", "version"], capture_output=True, text=True, check=True).stdout
    knows_old_words = tuple(map(int, re.findall(r"\d+", version)[:2])) < (2, 7)
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder),
        "CADDY_ADMIN": f"127.0.0.1:{free_port()}", "PORTAL_HOST": f"http://127.0.0.1:{port}",
        "PORTAL_WEB": f"127.0.0.1:{upstream}",
        **({"CADDY_TAKES": "buffer_requests", "CADDY_GIVES": "buffer_responses"} if knows_old_words else {}),
    }  # fmt: skip
    with running(["caddy", "run", "--config", DEPLOY / "Caddyfile", "--adapter", "caddyfile"], folder, environment):
        yield


@contextmanager
def nginx(port: int, upstream: int, folder: Path) -> Iterator[None]:
    """The file as it is written, without TLS, and with everything that nginx writes in this folder."""
    text = (DEPLOY / "nginx.conf").read_text()
    text = re.sub(r"listen 443 ssl http2;", f"listen 127.0.0.1:{port};", text).replace(":8000", f":{upstream}")
    text = re.sub(r"^.*(ssl_certificate|listen 80).*\n", "", text, flags=re.MULTILINE)
    text = text[: text.rindex("server {")]
    paths = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/nginx.pid; error_log stderr;\n"
        f"events {{}}\nhttp {{ access_log off; {paths}\n{text} }}\n"
    )
    command = ["nginx", "-p", folder, "-e", "stderr", "-c", folder / "nginx.conf"]
    with running(command, folder, {"PATH": f"{os.environ['PATH']}:/usr/sbin"}):
        yield


@contextmanager
def running(command: list[object], folder: Path, environment: dict[str, str]) -> Iterator[None]:
    with (folder / "proxy.log").open("wb") as log:
        process = subprocess.Popen(list(map(str, command)), stdout=log, stderr=log, env=environment)
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(params=[caddy, nginx], ids=lambda proxy: proxy.__name__)
def proxy(request, server: Shipped, tmp_path: Path) -> Iterator[int]:
    """The port of a proxy before the web server."""
    path = f"{os.environ['PATH']}:/usr/sbin"
    if not shutil.which(request.param.__name__, path=path):
        pytest.skip(f"{request.param.__name__} is not installed")
    port = free_port()
    with request.param(port, server.port, tmp_path):
        wait_until(lambda: is_up(port), 20)
        yield port


def is_up(port: int) -> bool:
    with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as page:
        return page.status == 200
    return False


@contextmanager
def besieged(port: int) -> Iterator[None]:
    """So many people, signed out, who begin a POST and do not end it, or ask for a file and do not read it."""
    beginning = (
        f"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: csrftoken={TOKEN}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nlogin=a"
    )
    asking = f"GET {LARGE} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: identity\r\n\r\n"
    with ExitStack() as stack:
        for text in [beginning] * UNFINISHED + [asking] * SLOW:
            client = stack.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            client.connect(("127.0.0.1", port))
            client.sendall(text.encode())
        time.sleep(1)
        yield


def p95(ask: Callable[[], object]) -> float:
    """Seconds that 19 of 20 requests took at most."""
    times = []
    for _ in range(60):
        begun = time.perf_counter()
        ask()
        times.append(time.perf_counter() - begun)
    return sorted(times)[len(times) * 19 // 20 - 1]


def test_who_never_finishes_keeps_nobody_waiting(proxy: int, server: Shipped):
    cast = make_cast()
    make_plan(cast.course)
    survey = surveys.open_survey(cast.course.meetings.get(date="2024-04-08"), now=NOON)
    later = timezone.now() + timedelta(days=1)
    Survey.objects.filter(pk=survey.pk).update(due_at=later, closes_at=later)
    session = client_of(cast.student).session.session_key
    form = reverse("survey", kwargs={"course_slug": cast.course.slug, "date": survey.meeting.date})

    def ask(path: str) -> bytes:
        request = urllib.request.Request(
            f"http://127.0.0.1:{proxy}{path}", headers={"Cookie": f"{settings.SESSION_COOKIE_NAME}={session}"}
        )
        with urllib.request.urlopen(request, timeout=5) as page:
            assert page.status == 200
            return page.read()

    assert b"material" in ask(form)
    quiet = {path: p95(lambda path=path: ask(path)) for path in ("/healthz", form)}
    with besieged(proxy):
        busy = {path: p95(lambda path=path: ask(path)) for path in quiet}
    print({path: (round(quiet[path] * 1000, 1), round(busy[path] * 1000, 1)) for path in quiet})
    assert all(busy[path] < 5 * quiet[path] + 0.05 for path in quiet), (quiet, busy)


def test_what_is_too_long_or_does_not_say_its_length_is_not_passed_on(proxy: int):
    def status(*headers: str) -> str:
        head = "\r\n".join(["POST /sign-in HTTP/1.1", "Host: 127.0.0.1", "Connection: close", *headers])
        with socket.create_connection(("127.0.0.1", proxy), timeout=20) as client:
            client.sendall(f"{head}\r\n\r\n".encode())
            return client.recv(12).decode().split()[1]

    assert status("Content-Length: 13000000") == "413"
    assert status("Content-Length: 0") == "403"
    assert status(f"Cookie: {'a' * 40_000}", "Content-Length: 0") in {"400", "431"}
