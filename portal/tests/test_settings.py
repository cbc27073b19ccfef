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


def test_a_web_server_that_faces_people_without_a_proxy_is_refused(tmp_path: Path):
    alone = {**PRODUCTION, "BEHIND_PROXY": "0"}
    done = manage("check", "--deploy", data=tmp_path, **alone)
    assert done.returncode == 1 and "portal.E006" in done.stderr
    listening = manage("check", data=tmp_path, **alone, GRANIAN_HOST="0.0.0.0")
    assert listening.returncode == 1 and "listens on 127.0.0.1 only" in listening.stderr
    assert manage("check", data=tmp_path, **alone, GRANIAN_HOST="127.0.0.1").returncode == 0
    assert manage("check", data=tmp_path, **PRODUCTION, GRANIAN_HOST="0.0.0.0").returncode == 0


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


def test_a_course_with_credit_codes_needs_their_keys_in_production(tmp_path: Path):
    ours = {**PRODUCTION, "DATABASE_URL": f"sqlite:///{tmp_path / 'portal.sqlite3'}"}
    assert manage("migrate", "-v0", data=tmp_path, **ours).returncode == 0
    assert manage("check", "--deploy", data=tmp_path, **ours).returncode == 0
    make_pool = (
        "from courses.models import Course; from credits.models import CreditPool; "
        "c = Course.objects.create(slug='x', code='X', title='X', timezone='UTC', starts_on='2024-01-01', "
        "ends_on='2024-02-01', meetings_first_on='2024-01-02', meetings_last_on='2024-01-30'); "
        "CreditPool.objects.create(course=c, program='P')"
    )
    assert manage("shell", "-v0", "-c", make_pool, data=tmp_path, **ours).returncode == 0
    without = manage("check", "--deploy", data=tmp_path, **ours)
    assert without.returncode == 1 and "portal.E002" in without.stderr and "CREDIT_KEYS_FILE" in without.stderr
    assert not (tmp_path / "credit_keys").exists()
    (tmp_path / "ring").write_text(f"first:{KEY}\n")
    keyed = {**ours, "CREDIT_KEYS_FILE": str(tmp_path / "ring"), "CREDIT_INDEX_KEY": INDEX_KEY}
    assert manage("check", "--deploy", data=tmp_path, **keyed).returncode == 0
    broken = manage("check", "--deploy", data=tmp_path, **{**keyed, "CREDIT_INDEX_KEY": "short"})
    assert broken.returncode == 1 and "portal.E003" in broken.stderr


KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
INDEX_KEY = "Hx4dHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA="
