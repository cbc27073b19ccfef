"""The databases of earlier versions are brought over, and answer what they answered; see upgrades/README.md."""

import base64
import gzip
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings

OLD = Path(__file__).parent / "upgrades"
DATABASE = settings.DATABASES["default"]
IS_SQLITE = DATABASE["ENGINE"].endswith("sqlite3")
SUFFIX = "sqlite3" if IS_SQLITE else "sql"
VERSIONS = sorted(path.name.removesuffix(f".{SUFFIX}.gz") for path in OLD.glob(f"*.{SUFFIX}.gz"))
# The invented secrets that the old databases were made with.
SECRETS = {
    "SECRET_KEY": "invented-key-of-the-upgrade-tests-0123456789-abcdefghij",
    "CREDIT_KEYS": "upgrades:" + base64.b64encode(b"U" * 32).decode(),
    "CREDIT_INDEX_KEY": base64.b64encode(b"I" * 32).decode(),
}


@pytest.fixture(scope="module", params=VERSIONS)
def answers(request: Any, tmp_path_factory: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the portal of an earlier version answered, and what this one answers over its database."""
    kept = json.loads((OLD / f"{request.param}.{SUFFIX}.json").read_text())
    folder = tmp_path_factory.mktemp("upgrade")
    for name, content in kept["asked"]["files"].items():
        path = folder / "files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(content))
    with old_database(gzip.decompress((OLD / f"{request.param}.{SUFFIX}.gz").read_bytes()), folder) as url:
        run(["manage.py", "migrate", "--verbosity", "0"], folder, url)
        answered = run(["-m", "portal.tests.upgrades.asking"], folder, url, given=json.dumps(kept["asked"]))
    return kept["answered"], json.loads(answered)


@contextmanager
def old_database(content: bytes, folder: Path) -> Iterator[str]:
    """A database with this content, of the kind that the tests run on; its address."""
    if IS_SQLITE:
        (folder / "portal.sqlite3").write_bytes(content)
        yield f"sqlite:///{folder / 'portal.sqlite3'}"
        return
    name = f"upgrade_{secrets.token_hex(6)}"
    server = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/".format(**DATABASE)
    with closing(psycopg.connect(f"{server}postgres", autocommit=True)) as administration:
        administration.execute(f"CREATE DATABASE {name}")
        try:
            with closing(psycopg.connect(server + name)) as connection:
                connection.execute(content)
                connection.commit()
            yield server + name
        finally:
            administration.execute(f"DROP DATABASE {name} WITH (FORCE)")


def run(arguments: list[str], folder: Path, url: str, given: str = "") -> str:
    known = {"DATA_DIR": str(folder), "DATABASE_URL": url, "DEMO": "1", "REDIS_URL": "", "ALLOWED_HOSTS": "127.0.0.1",
             "PORTAL_URL": "http://portal.example.edu", "EMAIL_URL": ""}  # fmt: skip
    done = subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, **known, **SECRETS},
        cwd=settings.BASE_DIR,
        input=given,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout


def test_every_page_answers_as_before(answers):
    before, after = answers
    assert after["pages"] == before["pages"]


def test_every_old_address_of_office_hours_leads_to_its_date(answers):
    before, after = answers
    assert after["dates"] == before["dates"]


def test_every_calendar_keeps_its_events_and_no_sequence_falls(answers):
    before, after = answers
    for feed, events in before["feeds"].items():
        assert not events.keys() - after["feeds"][feed].keys()
        for uid, event in events.items():
            sequence, published_at = event.split(" ", 1)
            sequence_now, published_now = after["feeds"][feed][uid].split(" ", 1)
            assert int(sequence_now) > int(sequence) or (sequence_now, published_now) == (sequence, published_at), (
                feed,
                uid,
            )


def test_every_figure_is_what_it_was(answers):
    before, after = answers
    assert after["figures"] == before["figures"]


def test_codes_are_opened_by_the_same_keys(answers):
    before, after = answers
    assert after["codes"] == before["codes"] and all(before["codes"].values())


def test_bringing_over_writes_no_letter_and_every_sweep_runs(answers):
    before, after = answers
    assert after["letters"] == before["letters"]
    assert after["sweeps"] == "ran"


def test_there_is_an_old_database_of_each_kind():
    assert VERSIONS and {path.stem for path in OLD.glob("*.gz")} >= {f"{VERSIONS[0]}.sqlite3", f"{VERSIONS[0]}.sql"}
