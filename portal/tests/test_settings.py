"""What the environment makes of the portal, seen from real processes."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

PRODUCTION = {
    "DEBUG": "0",
    "SECRET_KEY": "an-invented-key-of-this-test-" + "0123456789abcdefghijklmnopqrstuv",
    "ALLOWED_HOSTS": "portal.example.edu",
    "DATABASE_URL": "postgres://portal:invented@127.0.0.1:1/portal",
}
pytestmark = pytest.mark.servers


def manage(*command: str, data: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run manage.py with this environment and no other."""
    return subprocess.run(
        [sys.executable, "-W", "error::RuntimeWarning", "manage.py", *command],
        cwd=settings.BASE_DIR,
        env={"PATH": os.environ["PATH"], "DATA_DIR": str(data), **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


def value_of(name: str, data: Path, **environment: str) -> str:
    """A setting as a process with this environment has it."""
    return manage(
        "shell", "-v0", "-c", f"from django.conf import settings as s; print(repr(s.{name}))", data=data, **environment
    ).stdout.strip()


def test_check_deploy_finds_nothing_in_production(tmp_path: Path):
    done = manage("check", "--deploy", data=tmp_path, **PRODUCTION)
    assert done.returncode == 0, done.stderr
    assert "System check identified no issues" in done.stdout + done.stderr


@pytest.mark.parametrize("switch", ["DEMO", "DEBUG"])
def test_check_deploy_refuses_demo_and_debug(tmp_path: Path, switch: str):
    done = manage("check", "--deploy", "--fail-level", "WARNING", data=tmp_path, **{**PRODUCTION, switch: "1"})
    assert done.returncode == 1
    assert {"DEMO": "DEMO is on", "DEBUG": "security.W018"}[switch] in done.stderr


def test_a_demo_is_an_error_of_check_deploy_not_only_a_warning(tmp_path: Path):
    done = manage("check", "--deploy", data=tmp_path, **{**PRODUCTION, "DEMO": "1"})
    assert done.returncode == 1 and "portal.E001" in done.stderr
    assert manage("check", data=tmp_path, DEMO="1").returncode == 0


def test_a_missing_key_is_refused_in_words(tmp_path: Path):
    done = manage("check", data=tmp_path, **{**PRODUCTION, "SECRET_KEY": ""})
    assert done.returncode != 0 and "SECRET_KEY is missing" in done.stderr
    assert not (tmp_path / "secret_key").exists()


def test_a_key_may_come_from_a_file(tmp_path: Path):
    (tmp_path / "key").write_text(PRODUCTION["SECRET_KEY"])
    environment = {name: text for name, text in PRODUCTION.items() if name != "SECRET_KEY"}
    key = value_of("SECRET_KEY", tmp_path, **environment, SECRET_KEY_FILE=str(tmp_path / "key"))
    assert key == repr(PRODUCTION["SECRET_KEY"])


def test_a_demo_makes_its_own_key_once_readable_by_its_owner_only(tmp_path: Path):
    keys = {value_of("SECRET_KEY", tmp_path, DEMO="1") for _ in range(2)}
    path = tmp_path / "secret_key"
    assert keys == {repr(path.read_text())} and len(path.read_text()) >= 50
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "name", ["SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_HSTS_SECONDS"]
)
def test_tls_is_required_unless_demo_or_debug(tmp_path: Path, name: str):
    assert value_of(name, tmp_path, **PRODUCTION) in {"True", "31536000"}
    assert value_of(name, tmp_path, DEMO="1") in {"False", "0"}


def test_trusted_origins_follow_the_hosts(tmp_path: Path):
    hosts = {**PRODUCTION, "ALLOWED_HOSTS": "portal.example.edu,.example.org"}
    assert (
        value_of("CSRF_TRUSTED_ORIGINS", tmp_path, **hosts) == "['https://portal.example.edu', 'https://*.example.org']"
    )
    assert value_of("ALLOWED_HOSTS", tmp_path, DEMO="1") == "['127.0.0.1', 'localhost', '[::1]']"


def test_only_a_laptops_portal_keeps_its_letters_as_files(tmp_path: Path):
    assert value_of("EMAIL_BACKEND", tmp_path, DEMO="1") == "'mail.domain.mailbox.MailboxBackend'"
    assert value_of("EMAIL_BACKEND", tmp_path, **PRODUCTION) == "'django.core.mail.backends.smtp.EmailBackend'"
