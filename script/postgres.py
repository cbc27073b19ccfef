"""A PostgreSQL of one's own for the length of a test run: made in a temporary folder, gone afterwards."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# The rows last as long as the run, so nothing need survive a power cut.
FAST = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200", "log_min_messages=fatal"]


def programs() -> Path | None:
    """The folder of the newest initdb and postgres of this machine."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[4]))
    found = str(debian[-1]) if debian else shutil.which("initdb")
    return Path(found).resolve().parent if found else None


@contextmanager
def cluster() -> Iterator[str]:
    """The address (DATABASE_URL) of a fresh cluster that listens on 127.0.0.1 only."""
    home, folder = programs(), Path(tempfile.mkdtemp(prefix="portal-pg-", dir="/tmp"))
    owner = _owner()
    if owner:
        shutil.chown(folder, owner)
    port = _free_port()
    settings = [f"port={port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={folder}", *FAST]
    data = str(folder / "data")
    initdb = [f"{home}/initdb", "-D", data, "-U", "portal", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"]
    try:
        made = subprocess.run(initdb, user=owner, cwd=folder, capture_output=True, text=True)
        if made.returncode:
            sys.exit(f"initdb failed: {made.stderr.strip()}")
        arguments = [argument for setting in settings for argument in ("-c", setting)]
        server = subprocess.Popen(
            [f"{home}/postgres", "-D", data, *arguments],
            user=owner,
            cwd=folder,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C ends the tests first
        )
        try:
            _await(server, port)
            yield f"postgres://portal@127.0.0.1:{port}/postgres"
        finally:
            server.send_signal(signal.SIGINT)  # "fast": ends the sessions, then itself
            server.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _owner() -> str | None:
    """PostgreSQL refuses to run as root."""
    if os.geteuid():
        return None
    users = {line.partition(":")[0] for line in Path("/etc/passwd").read_text().splitlines()}
    return "postgres" if "postgres" in users else "nobody"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await(server: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(300):
        if server.poll() is not None:
            sys.exit("The temporary PostgreSQL ended by itself.")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    sys.exit("The temporary PostgreSQL did not answer within 30 seconds.")
