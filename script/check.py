"""Every check of the project, then every test on SQLite, on PostgreSQL or on both; the closing lines come last."""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from types import FrameType
from typing import NoReturn

import environment
import postgres

ROOT, BIN = environment.ROOT, environment.VENV / "bin"
APPS = [
    "accounts",
    "mail",
    "questionnaires",
    "courses",
    "feedback",
    "officehours",
    "presentations",
    "credits",
    "cloudguard",
    "portal",
]
# A worker keeps the tests of a module together, for they share a site or a course, until the other has nothing to do.
WORKERS = ["-q", "-n", "2", "--dist", "worksteal", "--durations", "25"]
IN_CI = os.environ.get("CI", "").lower() in ("1", "true")
# What a production environment must give, and nothing else.
PRODUCTION = {
    "SECRET_KEY": "for-the-check-only-" + "0123456789abcdefghijklmnopqrstuvwxyz" * 2,
    "ALLOWED_HOSTS": "portal.example.edu",
    "DATABASE_URL": "postgres://portal@127.0.0.1/portal",
    "DEBUG": "0",
}


def main() -> None:
    """Set up, check, test; exit with 1 if anything is wrong."""
    signal.signal(signal.SIGTERM, _stop)
    options, rest = _options()
    environment.ready("requirements.txt", "requirements-dev.txt")
    with tempfile.TemporaryDirectory(prefix="portal-test-") as folder:
        clean = _clean(Path(folder))
        closing = [*_missing(options), *(f"{name}: failed" for name in _failing_checks(clean))]
        for database in _databases(options):
            closing.append(f"{database}: {_test(database, options, rest, clean)}")
    print("", *closing, sep="\n", flush=True)
    sys.exit(any(re.search(r"failed|error|no tests|not run, CI", line) for line in closing))


def _options() -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(prog="script/test", description=__doc__, epilog="All else goes to pytest.")
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--postgres", action="store_true", help="test on PostgreSQL instead of SQLite")
    only.add_argument("--both", action="store_true", help="test on SQLite, then on PostgreSQL")
    parser.add_argument("--long", action="store_true", help="run every round of the races and faults")
    return parser.parse_known_args()


def _clean(folder: Path) -> dict[str, str]:
    """The environment of a demo of its own: no setting of this shell reaches the tests."""
    names = re.findall(r"^#? ?([A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    ours = {*names, *(f"{name}_FILE" for name in names)}
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    path = f"{BIN}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return {**kept, "DATA_DIR": str(folder / "data"), "PATH": path}


def _failing_checks(clean: dict[str, str]) -> list[str]:
    demo, production = {**clean, "DEMO": "1"}, {**clean, **PRODUCTION}
    templates = [str(path.relative_to(ROOT)) for path in sorted(ROOT.glob("templates/**/*.html"))]
    checks = [
        ("mypy", ["mypy", *APPS], demo),  # the longest; two run at a time
        ("ruff check", ["ruff", "check", "."], demo),
        ("ruff format", ["ruff", "format", "--check", "."], demo),
        ("djade", ["djade", "--check", "--target-version", "5.2", *templates], demo),
        ("lint-imports", ["lint-imports"], demo),
        ("names", ["python", "script/names.py"], demo),
        ("migrations", ["python", "manage.py", "makemigrations", "--check", "--dry-run"], demo),
        ("check --deploy", ["python", "manage.py", "check", "--deploy", "--fail-level", "WARNING"], production),
        ("collectstatic", ["python", "manage.py", "collectstatic", "--no-input", "--verbosity", "0"], demo),
        ("mypy script", ["mypy", *(str(path) for path in sorted(ROOT.glob("script/*.py")))], demo),
    ]
    with ThreadPoolExecutor(2) as pool:
        passed = list(pool.map(lambda check: _passes(*check), checks))
    return [name for (name, *_), is_passed in zip(checks, passed, strict=True) if not is_passed]


def _passes(name: str, command: list[str], env: dict[str, str]) -> bool:
    """Run a check; what it prints is shown only if it fails."""
    command[0] = str(BIN / command[0])
    done = subprocess.run(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    outcome = f"FAILED\n{done.stdout}" if done.returncode else "ok"
    print(f"{name}: {outcome}", flush=True)
    return done.returncode == 0


def _missing(options: argparse.Namespace) -> list[str]:
    """A line for each part of the tests that this machine cannot run."""
    without = "not run, CI must have it" if IN_CI or options.postgres else "not run"
    lines = []
    if (options.postgres or options.both) and not _postgres_is_there():
        lines.append(f"PostgreSQL: {without}. To install: apt-get install postgresql (or give a DATABASE_URL)")
    if not Path(_chromium()).exists():
        lines.append(f"Browser: {without}. To install: apt-get install chromium (or name one in CHROMIUM)")
    if not all(
        shutil.which(proxy, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin") for proxy in ("caddy", "nginx")
    ):
        lines.append(f"Proxies: {without}. To install: apt-get install caddy nginx-light")
    if not shutil.which("redis-server") and not os.environ.get("TEST_REDIS"):
        lines.append(f"Redis: {without}. To install: apt-get install redis-server (or give TEST_REDIS)")
    return lines


def _databases(options: argparse.Namespace) -> list[str]:
    with_postgres = (options.postgres or options.both) and _postgres_is_there()
    return ["SQLite"] * (not options.postgres) + ["PostgreSQL"] * with_postgres


def _postgres_is_there() -> bool:
    return _given_postgres() is not None or postgres.programs() is not None


def _given_postgres() -> str | None:
    url = os.environ.get("DATABASE_URL", "")
    return url if url.startswith(("postgres:", "postgresql:")) else None


def _chromium() -> str:
    return os.environ.get("CHROMIUM", "/usr/bin/chromium")


def _test(database: str, options: argparse.Namespace, rest: list[str], clean: dict[str, str]) -> str:
    """pytest's closing line on this database."""
    leave_out = [] if options.long else ["not long"]
    seen_on_sqlite = database == "PostgreSQL" and options.both and not options.long
    if seen_on_sqlite or not Path(_chromium()).exists():  # a page looks the same on both
        leave_out.append("not browser")
    env = {**clean, "DEMO": "1", "CHROMIUM": _chromium(), **({"LONG": "1"} if options.long else {})}
    marks = ["-m", " and ".join(leave_out)] if leave_out else []
    temporary = database == "PostgreSQL" and not _given_postgres()
    with postgres.cluster() if temporary else nullcontext(_given_postgres()) as url:
        if database == "PostgreSQL":
            env["DATABASE_URL"] = str(url)
        print(f"\npytest on {database}", flush=True)
        return _closing_line([str(BIN / "pytest"), *WORKERS, *marks, *rest], env)


def _closing_line(command: list[str], env: dict[str, str]) -> str:
    closing = "no closing line"
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) as tests:
        for line in tests.stdout or []:
            sys.stdout.write(line)
            sys.stdout.flush()
            if re.search(r" in \d+\.\d+s", line):
                closing = line.strip(" =\n")
    return closing if tests.returncode == 0 else f"{closing} (failed, exit code {tests.returncode})"


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    main()
