"""Run the whole portal on this machine: prepare the database, then web server, worker and beat until Ctrl-C."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import FrameType
from typing import NoReturn

import environment

HOST = "127.0.0.1"  # the demo is for this machine only
GRACE = 8  # seconds that a program has to end by itself
QUIET = ["--without-gossip", "--without-mingle", "--without-heartbeat"]


def main() -> None:
    """Check, install, prepare, run; whatever way it ends, nothing stays behind."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)  # also when a shell that started us in the background ignores Ctrl-C
    port = _port()
    _settle(port)
    python = str(environment.ready("requirements.txt"))
    running: dict[str, subprocess.Popen[bytes]] = {}
    try:
        prepare = running["prepare"] = _start(python, "manage.py", "prepare")
        if prepare.wait():
            sys.exit("The portal could not be prepared; the reason stands above.")
        del running["prepare"]
        for name, command in programs(port).items():
            running[name] = _start(python, *command)
            if name == "web server":  # nobody waits for the other two
                _await_page(port, running)
        _welcome(port)
        _watch(running)
    finally:
        _end(running)


def programs(port: int) -> dict[str, list[str]]:
    """What makes up the portal, by name; production runs the same three."""
    celery = ["-W", "ignore::UserWarning:celery.platforms", "-m", "celery", "--app", "portal", "--quiet"]
    return {
        "web server": [
            *("-m", "granian", "--interface", "wsgi", "--host", HOST, "--port", str(port), "--log-level", "warning"),
            *("--workers", "2", "--blocking-threads", "1", "--workers-kill-timeout", "3", "--respawn-failed-workers"),
            "portal.wsgi:application",
        ],
        "worker": [*celery, "worker", "--pool", "solo", "--loglevel", "WARNING", *QUIET],
        "beat": [*celery, "beat", "--loglevel", "WARNING", "--pidfile", ""],
    }


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(0 if number == signal.SIGINT else 128 + number)


def _port() -> int:
    text = os.environ.get("PORT", "8000")
    if not text.isdecimal() or not 0 < int(text) < 65536:
        sys.exit(f"PORT is {text!r}; give a number from 1 to 65535.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, int(text)))
        except OSError as error:
            sys.exit(f"Port {text} cannot be used ({error.strerror}). Take another one: PORT=8001 script/server")
    return int(text)


def _settle(port: int) -> None:
    """Choose the demo's defaults where nothing is set, and make sure that the data folder can be written."""
    os.environ.setdefault("DEMO", "1")
    os.environ.setdefault("PORTAL_URL", f"http://{HOST}:{port}")
    folder = Path(os.environ.get("DATA_DIR") or environment.ROOT / "var").resolve()
    os.environ["DATA_DIR"] = str(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        sys.exit(f"The data folder {folder} cannot be written ({error.strerror}). Choose another: DATA_DIR=/a/folder")


def _start(python: str, *arguments: str) -> subprocess.Popen[bytes]:
    """A program in a process group of its own, so that Ctrl-C reaches it once, from us."""
    return subprocess.Popen([python, *arguments], cwd=environment.ROOT, process_group=0, preexec_fn=_die_with_parent)


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG: also when we are killed outright


def _await_page(port: int, running: dict[str, subprocess.Popen[bytes]]) -> None:
    while True:
        _report_dead(running)
        try:
            urllib.request.urlopen(f"http://{HOST}:{port}/healthz", timeout=5).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
        else:
            return


def _welcome(port: int) -> None:
    url = f"http://{HOST}:{port}"
    print(
        f"\nThe course portal: {url}\nData folder:       {os.environ['DATA_DIR']}\n"
        f"To sign in:        open {url} and pick a person of the demo course (a student, the assistant,\n"
        "                   the instructor); or type an address of the roster and read the code\n"
        f"                   in the demo's mailbox, {url}/mail/mailbox/\n"
        "Ctrl-C stops everything.\n",
        flush=True,
    )


def _watch(running: dict[str, subprocess.Popen[bytes]]) -> None:
    while True:
        _report_dead(running)
        time.sleep(0.3)


def _report_dead(running: dict[str, subprocess.Popen[bytes]]) -> None:
    for name, program in running.items():
        if program.poll() is not None:
            sys.exit(f"The {name} ended by itself (exit code {program.returncode}); stopping the rest.")


def _end(running: dict[str, subprocess.Popen[bytes]]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    for program in running.values():
        _tell(program, signal.SIGTERM)
    until = time.monotonic() + GRACE
    for program in running.values():
        with contextlib.suppress(subprocess.TimeoutExpired):
            program.wait(max(0.0, until - time.monotonic()))
        _tell(program, signal.SIGKILL)  # and whatever it started


def _tell(program: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(program.pid, number)


if __name__ == "__main__":
    main()
