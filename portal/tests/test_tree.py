"""The tree keeps its shape: small files, names that say something, and a map that is true."""

import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = settings.BASE_DIR
SAYS_NOTHING = {"utils", "common", "helpers", "services", "managers", "signals", "misc"}
LONGEST = 500  # lines
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
FOLDERS = [*APPS, "script", "bench", "deploy", "static", "templates"]
FILES = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*")) if path.is_file()]
PYTHON = [path for path in FILES if path.suffix == ".py"]


def test_no_python_file_is_longer_than_500_lines() -> None:
    assert len(PYTHON) > 100
    assert [str(path) for path in PYTHON if len(path.read_text().splitlines()) > LONGEST] == []


def test_no_file_or_folder_has_a_name_that_says_nothing() -> None:
    assert [str(path) for path in PYTHON if SAYS_NOTHING & {path.stem, path.parent.name}] == []


@pytest.mark.parametrize("page", ["ARCHITECTURE.md", "CONTRIBUTING.md", "README.md"])
def test_every_file_that_a_page_names_is_there(page: str) -> None:
    named = set(re.findall(r"(?<![\w<>*/.{-])[\w/-]+\.(?:py|html|yml|md|txt|png)\b", (ROOT / page).read_text()))
    here = {"/" + str(path.relative_to(ROOT)) for path in [*FILES, *ROOT.glob("*.*"), *ROOT.glob("docs/*")]}
    assert len(named) > 2
    assert [name for name in sorted(named) if not any(path.endswith(f"/{name}") for path in here)] == []


def test_the_scripts_can_be_run_as_the_readme_says() -> None:
    for name in ("script/server", "script/test", ".ci/run", "deploy/secrets", "manage.py"):
        assert Path(ROOT / name).stat().st_mode & 0o111, name
