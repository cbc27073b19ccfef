"""The two commands of the README, as a stranger runs them, and what they and the README promise."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from accounts.models import User
from portal.management.commands import prepare

ROOT = settings.BASE_DIR
PROGRAMS = 3  # web server, worker, beat
Server = Callable[[], tuple[subprocess.Popen[str], str]]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment_of(folder: Path, **extra: str) -> dict[str, str]:
    """A bare shell: nothing of the test run's own settings."""
    return {"PATH": os.environ["PATH"], "HOME": str(folder), "DATA_DIR": str(folder / "data")} | extra


def refusal(folder: Path, **extra: str) -> str:
    done = subprocess.run(
        [ROOT / "script" / "server"], env=environment_of(folder, **extra), capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def children_of(pid: int) -> list[int]:
    done = subprocess.run(["ps", "-e", "-o", "pid=,ppid="], capture_output=True, text=True, check=True)
    rows = [tuple(map(int, line.split())) for line in done.stdout.splitlines()]
    return [child for child, parent in rows if parent == pid]


def is_running(pid: int) -> bool:
    done = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return bool(done.stdout.strip()) and "Z" not in done.stdout


def status(url: str) -> int:
    try:
        return urllib.request.urlopen(url, timeout=10).status
    except urllib.error.HTTPError as error:
        return error.code


@pytest.fixture(scope="module")
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all, so that the demo is loaded once; each start finds what the last one left, however it ended."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture
def server(tmp_path: Path, data_folder: Path) -> Iterator[Server]:
    started = []

    def start() -> tuple[subprocess.Popen[str], str]:
        port = str(free_port())
        with (tmp_path / "stderr").open("w") as errors:
            program = subprocess.Popen(
                [ROOT / "script" / "server"],
                env=environment_of(tmp_path, PORT=port, DATA_DIR=str(data_folder)),
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        started.append(program)
        assert program.stdout
        output = ""
        for line in program.stdout:
            output += line
            if "Ctrl-C" in line:
                break
        assert f"http://127.0.0.1:{port}" in output, (tmp_path / "stderr").read_text()
        assert str(data_folder) in output
        return program, port

    yield start
    for program in started:
        program.terminate()
        program.wait(20)
        program.stdout.close()


@pytest.mark.servers
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_server_answers_on_both_names_and_leaves_nothing_behind(server: Server, number: signal.Signals) -> None:
    program, port = server()
    assert status(f"http://127.0.0.1:{port}/") == status(f"http://localhost:{port}/") == 200
    programs = children_of(program.pid)
    assert len(programs) == PROGRAMS
    everything = [*programs, *(pid for parent in programs for pid in children_of(parent))]
    assert len(everything) > PROGRAMS  # the web server's own workers
    program.send_signal(number)
    assert program.wait(20) == (0 if number == signal.SIGINT else 128 + number)
    assert [pid for pid in everything if is_running(pid)] == []


@pytest.mark.servers
def test_nothing_outlives_a_server_that_is_killed_outright(server: Server) -> None:
    program, _ = server()
    programs = children_of(program.pid)
    program.kill()
    until = time.monotonic() + 15
    while any(is_running(pid) for pid in programs) and time.monotonic() < until:
        time.sleep(0.1)
    assert [pid for pid in programs if is_running(pid)] == []


@pytest.mark.servers
def test_when_one_program_dies_the_rest_is_stopped_and_the_reason_said(server: Server, tmp_path: Path) -> None:
    program, _ = server()
    programs = children_of(program.pid)
    os.kill(programs[-1], signal.SIGKILL)
    assert program.wait(20) == 1
    assert "The beat ended by itself (exit code -9); stopping the rest." in (tmp_path / "stderr").read_text()
    assert [pid for pid in programs if is_running(pid)] == []


def test_a_port_that_is_taken_is_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert f"Port {port} cannot be used (Address already in use)" in refusal(tmp_path, PORT=port)


def test_a_port_that_is_no_number_is_one_line(tmp_path: Path) -> None:
    assert "PORT is 'eighty'" in refusal(tmp_path, PORT="eighty")


def test_a_data_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file stands where the folder should be")
    assert f"The data folder {tmp_path / 'data'} cannot be written (File exists)" in refusal(tmp_path)


def test_a_python_that_is_too_old_is_one_line(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.9.2" && exit 0\nexit 1\n')
    old.chmod(0o755)
    for tool in ("sh", "dirname"):
        (tmp_path / tool).symlink_to(f"/usr/bin/{tool}")
    assert "needs Python 3.11 or newer; found: Python 3.9.2." in refusal(tmp_path, PATH=str(tmp_path))


def run_environment(folder: Path, **extra: str) -> subprocess.CompletedProcess[str]:
    """script/environment.py in a checkout that holds nothing but a lock file, without uv."""
    (folder / "script").mkdir()
    (folder / "script" / "environment.py").write_bytes((ROOT / "script" / "environment.py").read_bytes())
    (folder / "locked.txt").write_text("not-to-be-found==1.0 --hash=sha256:" + "0" * 64 + "\n")
    (folder / "bare").mkdir()
    program = "import environment; environment.ready('locked.txt')"
    env = {"PATH": str(folder / "bare"), "PYTHONPATH": str(folder / "script"), **extra}
    return subprocess.run([sys._base_executable, "-c", program], env=env, capture_output=True, text=True, timeout=90)


@pytest.mark.servers
def test_an_install_without_a_network_is_one_line_and_tried_again_next_time(tmp_path: Path) -> None:
    nowhere = "http://127.0.0.1:9/simple"
    done = run_environment(tmp_path, PIP_INDEX_URL=nowhere, PIP_USER="1", PIP_CONFIG_FILE=os.devnull)
    assert done.returncode == 1
    asked, reason = done.stderr.splitlines()
    assert asked == "Installing locked.txt into .venv ..."
    assert reason.startswith("The install failed; is the network there, or the package index? ERROR: ")
    assert not (tmp_path / ".venv" / "locked.txt.installed").exists()


def test_a_python_without_venv_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "without").mkdir()
    (tmp_path / "without" / "ensurepip.py").write_text("raise ImportError")
    (tmp_path / "script").mkdir()
    source = (ROOT / "script" / "environment.py").read_text()
    # The one place where Python's own path is cleared would hide the stand-in.
    (tmp_path / "script" / "environment.py").write_text(source.replace(', "PYTHONPATH")', ")"))
    env = {"PATH": str(tmp_path), "PYTHONPATH": f"{tmp_path / 'script'}:{tmp_path / 'without'}"}
    program = "import environment; environment.ready()"
    done = subprocess.run([sys._base_executable, "-c", program], env=env, capture_output=True, text=True, check=False)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert done.stderr == (
        f"Python {version} has no venv module here. On Debian or Ubuntu: apt-get install python{version}-venv\n"
    )


@pytest.mark.django_db
def test_preparing_again_collects_only_what_has_changed(settings, tmp_path: Path) -> None:
    settings.DEMO = False
    settings.STATIC_ROOT = tmp_path / "collected"
    source = tmp_path / "source"
    source.mkdir()
    (source / "one.css").write_text("a{}")
    settings.STATICFILES_DIRS = [source]
    call_command("prepare")
    collected = settings.STATIC_ROOT / "one.css"
    assert collected.read_text() == "a{}"
    collected.write_text("left alone")
    call_command("prepare")
    assert collected.read_text() == "left alone"
    (source / "one.css").write_text("b{}")
    call_command("prepare")
    assert collected.read_text() == "b{}"


@pytest.mark.django_db
def test_the_demo_is_loaded_into_an_empty_portal_and_again_only_if_it_broke_off(
    settings, tmp_path, monkeypatch
) -> None:
    settings.DEMO, settings.DATA_DIR, settings.STATIC_ROOT = True, tmp_path, tmp_path / "static"
    loaded = []

    def call(name: str, **options: object) -> None:
        if name == "load_demo":
            loaded.append(name)
            User.objects.get_or_create(email="ada@students.example.edu")
            if len(loaded) == 1:
                raise CommandError("The disk is full.")

    monkeypatch.setattr(prepare, "call_command", call)
    monkeypatch.setattr(prepare, "collect", lambda: None)
    with pytest.raises(CommandError):
        call_command("prepare")
    call_command("prepare")
    call_command("prepare")
    assert len(loaded) == 2


def test_a_secret_from_a_file_may_end_its_line(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("a-secret\n")
    env = environment_of(tmp_path, DEMO="1", S3_BUCKET="files", S3_SECRET_ACCESS_KEY_FILE=str(tmp_path / "secret"))
    program = "from portal.settings import STORAGES; print(repr(STORAGES['default']['OPTIONS']['secret_key']))"
    done = subprocess.run(
        [sys.executable, "-c", program], env=env, cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "'a-secret'\n"


def read_variables() -> list[str]:
    source = (ROOT / "portal" / "settings.py").read_text()
    return sorted(set(re.findall(r"\benv\.\w+\(\s*\"([A-Z0-9_]+)\"", source)))


def test_the_example_file_lists_exactly_what_the_settings_read_sorted() -> None:
    listed = re.findall(r"^(?:# )?([A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert listed == read_variables()


def test_the_readme_lists_exactly_what_the_settings_read_sorted() -> None:
    assert re.findall(r"^\| `([A-Z0-9_]+)`", (ROOT / "README.md").read_text(), re.MULTILINE) == read_variables()
