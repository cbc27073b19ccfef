"""Make .venv and fill it from hash-locked files. Runs on a bare Python: the standard library only."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

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
        sys.exit(f"Cannot write to {error.filename or ROOT}: {error.strerror}. Free the disk or its rights, and run again.")
    return PYTHON


def _make() -> None:
    shutil.rmtree(VENV, ignore_errors=True)
    if _runs("uv", "--version") and _runs("uv", "venv", "--quiet", "--python", sys.executable, str(VENV)):
        return
    if not _runs(sys.executable, "-c", "import venv, ensurepip"):
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        sys.exit(f"This Python has no venv module. On Debian or Ubuntu: apt-get install python3-venv (or python{version}-venv)")
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
        done = _runs("uv", "--version") and _runs("uv", "pip", "install", "--python", str(PYTHON), *options, log=log)
        done = done or _runs(str(PYTHON), "-m", "ensurepip", log=log) and _runs(
            str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", *options, log=log
        )
    if not done:
        errors = [line for line in LOG.read_text().splitlines() if "error" in line.lower()] or ["no reason given"]
        sys.exit(f"The install failed (is the network, or the package index, there?): {errors[-1].strip()} All of it: {LOG}")
    for lock in locks:
        _stamp(lock).write_text(_fingerprint(lock))


def _is_installed(lock: str) -> bool:
    return _stamp(lock).exists() and _stamp(lock).read_text() == _fingerprint(lock)


def _stamp(lock: str) -> Path:
    return VENV / f"{lock}.installed"


def _fingerprint(lock: str) -> str:
    return hashlib.sha256((ROOT / lock).read_bytes()).hexdigest()


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in MISLEADING}


def _runs(*command: str, log: object = subprocess.DEVNULL) -> bool:
    """Whether the program is there and ends well."""
    try:
        return subprocess.run(command, cwd=ROOT, env=_environment(), stdout=log, stderr=log).returncode == 0  # type: ignore[call-overload]
    except FileNotFoundError:
        return False
