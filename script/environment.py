"""Make .venv and fill it from hash-locked files. Runs on a bare Python: the standard library only."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOG = VENV / "install.log"
# Settings of pip or Python that would send the packages elsewhere.
MISLEADING = ("PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_REQUIRE_VIRTUALENV", "PYTHONHOME", "PYTHONPATH")


def ready(*locks: str) -> Path:
    """The Python of .venv, with exactly what the lock files name; installs only when a lock has changed."""
    try:
        if not _runs(str(PYTHON), "-c", "import sys; sys.exit(sys.version_info < (3, 11))"):
            _make()
        changed = [lock for lock in locks if not _is_installed(lock)]
        if changed:
            print(f"Installing {' and '.join(changed)} into .venv ...", file=sys.stderr, flush=True)
            _install(changed)
    except OSError as error:
        sys.exit(f"Cannot write to {error.filename or ROOT}: {error.strerror}. Mend that, and run this again.")
    return PYTHON


def _make() -> None:
    shutil.rmtree(VENV, ignore_errors=True)
    if _runs("uv", "--version") and _runs("uv", "venv", "--quiet", "--python", sys.executable, str(VENV)):
        return
    if not _runs(sys.executable, "-c", "import venv, ensurepip"):
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        sys.exit(f"Python {version} has no venv module here. On Debian or Ubuntu: apt-get install python{version}-venv")
    made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], env=_environment(), capture_output=True, text=True)
    if made.returncode:
        reason = (made.stderr.strip() or made.stdout.strip() or "no reason given").splitlines()[-1]
        shutil.rmtree(VENV, ignore_errors=True)
        sys.exit(f"Cannot make {VENV}: {reason}")


def _install(locks: list[str]) -> None:
    wanted = [argument for lock in locks for argument in ("-r", lock)]
    # Every package is in the lock, so nothing is looked up beside it.
    options = ["--quiet", "--no-deps", "--require-hashes", *wanted]
    with LOG.open("w") as log:
        installed = _uv_installs(options, log) or _pip_installs(options, log)
    if not installed:
        errors = [line for line in LOG.read_text().splitlines() if "error" in line.lower()] or ["no reason given"]
        sys.exit(f"The install failed; is the network there, or the package index? {errors[-1].strip()} (all: {LOG})")
    for lock in locks:
        _stamp(lock).write_text(_fingerprint(lock))


def _uv_installs(options: list[str], log: IO[str]) -> bool:
    return _runs("uv", "--version") and _runs("uv", "pip", "install", "--python", str(PYTHON), *options, log=log)


def _pip_installs(options: list[str], log: IO[str]) -> bool:
    pip = (str(PYTHON), "-m", "pip")
    if not (_runs(*pip, "--version") or _runs(str(PYTHON), "-m", "ensurepip", log=log)):
        return False
    return _runs(*pip, "install", "--disable-pip-version-check", "--retries", "2", *options, log=log)


def _is_installed(lock: str) -> bool:
    return _stamp(lock).exists() and _stamp(lock).read_text() == _fingerprint(lock)


def _stamp(lock: str) -> Path:
    return VENV / f"{lock}.installed"


def _fingerprint(lock: str) -> str:
    return hashlib.sha256((ROOT / lock).read_bytes()).hexdigest()


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in MISLEADING}


def _runs(*command: str, log: IO[str] | int = subprocess.DEVNULL) -> bool:
    """Whether the program is there and ends well."""
    try:
        return subprocess.run(command, cwd=ROOT, env=_environment(), stdout=log, stderr=log).returncode == 0
    except FileNotFoundError:
        return False
