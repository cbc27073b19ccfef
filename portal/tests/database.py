"""The test's database: migrated once into a template, which each worker of a run copies."""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.db import connection

COMMANDS = ("migrate", "createcachetable")


@contextmanager
def copied_database(folder: Path) -> Iterator[None]:
    """A copy of the template, under the name that the settings and the worker give; SQLite's template is kept."""
    name = connection.settings_dict["TEST"]["NAME"] or f"test_{connection.settings_dict['NAME']}"
    copy = _sqlite_copy if connection.vendor == "sqlite" else _postgres_copy
    before = connection.settings_dict["NAME"]
    with _locked(folder / "lock"):
        copy(name, folder)
    connection.close()
    connection.settings_dict["NAME"] = settings.DATABASES["default"]["NAME"] = name
    yield
    connection.close()
    connection.settings_dict["NAME"] = settings.DATABASES["default"]["NAME"] = before
    if connection.vendor == "sqlite":
        _remove(Path(name))
    else:
        _administer(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _sqlite_copy(name: str, folder: Path) -> None:
    template, target = folder / f"{_mark()}.sqlite3", Path(name)
    if not template.exists():
        for old in folder.glob("*.sqlite3*"):
            old.unlink()
        made = folder / "new.sqlite3"
        _migrate(f"sqlite:///{made}")
        made.rename(template)
    _remove(target)
    shutil.copy(template, target)


def _postgres_copy(name: str, folder: Path) -> None:
    """The template of another state of the migrations is made anew: its comment says which one it holds."""
    template = f"test_{connection.settings_dict['NAME']}_template"
    found = _administer(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", template, is_query=True
    )
    if found != [(_mark(),)]:
        _administer(f'DROP DATABASE IF EXISTS "{template}" WITH (FORCE)')
        _administer(f'CREATE DATABASE "{template}"')
        _migrate(os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{template}")
        _administer(f"COMMENT ON DATABASE \"{template}\" IS '{_mark()}'")
    _administer(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    _administer(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')


def _migrate(url: str) -> None:
    environment = {**os.environ, "DATABASE_URL": url}
    for command in COMMANDS:
        subprocess.run(
            [sys.executable, "manage.py", command, "--verbosity", "0"],
            cwd=settings.BASE_DIR,
            env=environment,
            check=True,
        )


def _mark() -> str:
    """What the template depends on, as one word: all that migrations are, and what may run in them."""
    files = sorted(path for app in settings.BASE_DIR.glob("*/migrations") for path in app.glob("*.py"))
    return sha256(b"".join(path.read_bytes() for path in [*files, settings.BASE_DIR / "requirements.txt"])).hexdigest()


def _administer(statement: str, *values: str, is_query: bool = False) -> list[tuple[str, ...]]:
    with connection._nodb_cursor() as cursor:
        cursor.execute(statement, values or None)
        return cursor.fetchall() if is_query else []


def _remove(database: Path) -> None:
    for end in ("", "-wal", "-shm"):
        Path(f"{database}{end}").unlink(missing_ok=True)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
