"""An app that may be left out is left out by deleting its line in INSTALLED_APPS; the rest of the portal runs."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

pytestmark = pytest.mark.servers
LINE = '    "cloudguard",'
PAGES = """
import sys
from django.test import Client
from accounts.models import User
from courses.models import Course
from mail.domain import kinds
from portal.celery import SCHEDULE
course = Course.objects.get()
for person in (course.enrollments.students().first(), course.enrollments.staff().first()):
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(person.user, backend="django.contrib.auth.backends.ModelBackend")
    for path in ("", "credits/", "feedback", "office-hours", "classes/", "credits/guard/"):
        answer = client.get(f"/c/{course.slug}/{path}", follow=True)
        words = answer.content.decode()
        print(path or "today", answer.status_code, "Running costs" in words or "Forgotten machines" in words)
print("kinds", *sorted({"guard", "running_cost"} & set(kinds.all_kinds())), kinds.kind_named("guard").label)
print("tasks", *[name for name in SCHEDULE if "cloudguard" in name])
print("modules", *[name for name in sys.modules if name.startswith("cloudguard")])
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """This project, without that line."""
    for path in settings.BASE_DIR.iterdir():
        if path.name in ("portal", "manage.py"):  # which name the place where they lie
            (shutil.copytree if path.is_dir() else shutil.copy)(path, tmp_path / path.name)
        elif not path.name.startswith(".") and path.name != "var":
            (tmp_path / path.name).symlink_to(path)
    file = tmp_path / "portal" / "settings.py"
    lines = file.read_text().splitlines()
    assert sum(line.startswith(LINE) for line in lines) == 1
    file.write_text("\n".join(line for line in lines if not line.startswith(LINE)))
    return tmp_path


def manage(project: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run manage.py of a demo."""
    return subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=project,
        env={"PATH": os.environ["PATH"], "DEMO": "1"},
        capture_output=True,
        text=True,
        timeout=180,
    )


def test_without_cloudguard_the_portal_runs_and_says_which_blocks_it_left_alone(project: Path):
    assert manage(project, "check").returncode == 0
    assert manage(project, "makemigrations", "--check", "--dry-run").returncode == 0
    assert manage(project, "migrate", "-v0").returncode == 0
    assert manage(project, "collectstatic", "--no-input", "-v0").returncode == 0
    loaded = manage(project, "load_course", str(settings.BASE_DIR / "demo"))
    assert loaded.returncode == 0, loaded.stderr
    lines = (settings.BASE_DIR / "demo" / "course.yaml").read_text().splitlines()
    place = f"running_cost_reminders, line {lines.index('running_cost_reminders:') + 1}"
    assert f'{place}: not installed, so left alone ("cloudguard" in INSTALLED_APPS).' in loaded.stdout
    seen = manage(project, "shell", "-v0", "-c", PAGES)
    assert seen.returncode == 0, seen.stderr
    pages = [f"{page} 200 False" for page in ("today", "credits/", "feedback", "office-hours", "classes/")]
    assert seen.stdout.splitlines() == [
        *([*pages, "credits/guard/ 404 False"] * 2),
        "kinds Other letters",
        "tasks",
        "modules",
    ]
