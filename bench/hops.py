"""Through how much of the project does one request run? Counts project files, functions, and hops between files.

    .venv/bin/python bench/hops.py [--files]

Loads the demo course into a database of its own, and does by address and form what people do: answer a survey, book a
slot, look at what a change of office hours would do, swap two talks, ask for a code and see it; then loads the course
file again. `sys.setprofile` watches each request up to its commit, once its page was shown (imports do not count).
Counted are files below the project's root, tests and migrations apart; a hop is a call from one of them into another.
"""

import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from types import FrameType

import django
import time_machine
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import transaction
from django.test import Client

ROOT = Path(__file__).resolve().parents[1]
APART = re.compile(r"/(tests|migrations|bench|var|\.venv)/|/conftest\.py$")
AFTER_CLASS = datetime(2023, 11, 29, 1, 45, tzinfo=UTC)  # of the demo's course, 5:45 pm
COURSE = "/c/tcss562-f23"
INSTRUCTOR = "instructor@example.edu"


@dataclass
class Count:
    """What was run through."""

    files: set[str] = field(default_factory=set)
    functions: set[tuple[str, int]] = field(default_factory=set)
    hops: int = 0

    def __add__(self, other: "Count") -> "Count":
        return Count(self.files | other.files, self.functions | other.functions, self.hops + other.hops)


@contextmanager
def counting() -> Iterator[Count]:
    """Watch every call of this thread."""
    count, known = Count(), {}

    def is_ours(name: str) -> bool:
        if name not in known:
            known[name] = name.startswith(f"{ROOT}/") and not APART.search(name)
        return known[name]

    def caller_of(frame: FrameType) -> str | None:
        above = frame.f_back
        while above and not is_ours(above.f_code.co_filename):
            above = above.f_back
        return above and above.f_code.co_filename

    def watch(frame: FrameType, event: str, _: object) -> None:
        name = frame.f_code.co_filename
        if event != "call" or not is_ours(name):
            return
        count.files.add(name)
        if not frame.f_code.co_name.startswith("<"):
            count.functions.add((name, frame.f_code.co_firstlineno))
        caller = caller_of(frame)
        count.hops += caller is not None and caller != name

    sys.setprofile(watch)
    try:
        yield count
    finally:
        sys.setprofile(None)


class Forms(HTMLParser):
    """The forms of a page: where each leads, and what it would send as it stands (the first of several tiles)."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.select = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attrs}
        name = known.get("name", "")
        if tag == "form":
            self.found.append((known.get("action", ""), {}))
        elif tag == "select":
            self.select = name
        elif self.found and tag == "option" and "selected" in known:
            self.found[-1][1][self.select] = known.get("value", "")
        elif self.found and tag == "input" and known.get("type") in {"radio", "checkbox"}:
            if "checked" in known or ("required" in known and name not in self.found[-1][1]):
                self.found[-1][1][name] = known.get("value", "on")
        elif self.found and name and tag in {"input", "textarea"}:
            self.found[-1][1][name] = known.get("value", "")


class Person:
    """A browser in which somebody is signed in, just now and by code."""

    def __init__(self, email: str) -> None:
        person = get_user_model().objects.get(email=email)
        self.browser = Client(SERVER_NAME="127.0.0.1")
        self.browser.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        session = self.browser.session
        session["account_authentication_methods"] = [{"method": "code", "at": AFTER_CLASS.timestamp()}]
        session["account_authentication_methods_user"] = str(person.pk)
        session.save()

    def page(self, path: str) -> str:
        """What a page shows."""
        answer = self.browser.get(path, follow=True)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.content.decode()

    def links(self, path: str, like: str) -> list[str]:
        """The links and forms of a page that lead to addresses like this."""
        return re.findall(rf'(?:href|action)="([^"?]*{like})"', self.page(path))

    def send(self, path: str, to: str, **typed: str | None) -> Count:
        """Fill in the form of a page that leads to an address like this (or to the page itself), and send it.

        None unticks a box.
        """
        action, known = next(
            (action or path, known) for action, known in Forms(self.page(path)).found if re.search(to, action or path)
        )
        sent = {name: value for name, value in {**known, **typed}.items() if value is not None}
        with transaction.atomic(), counting() as count:
            answer = self.browser.post(action, sent)
        assert answer.status_code in (200, 302), (action, answer.status_code, answer.content[:2000])
        return count


def command(*line: str) -> str:
    """What a command prints."""
    out = StringIO()
    call_command(*line, stdout=out, stderr=StringIO())
    return out.getvalue()


# --- What is counted ---------------------------------------------------------------------------
def survey(student: str) -> Count:
    return Person(student).send(f"{COURSE}/classes/2023-11-28/survey", "survey$", material="7", pace="5")


def booking(student: str) -> Count:
    Person(INSTRUCTOR).send(f"{COURSE}/office-hours/booking", "booking$", is_on="on")
    return Person(student).send(first_date(student, "/book"), "book$", topic="Why does my Lambda time out?")


def preview(_: str) -> Count:
    (path, *_) = Person(INSTRUCTOR).links(first_date(INSTRUCTOR, "/change"), "/change")
    return Person(INSTRUCTOR).send(path, "change$", scope="from", start="13:00", end="14:00", reason="A talk")


def first_date(email: str, leads: str) -> str:
    """The first date of office hours whose page leads this person on to such an address."""
    person = Person(email)
    dates = person.links(f"{COURSE}/office-hours/", r"/office-hours/\d+[/\d-]*")
    return next(path for path in dates if person.links(path, leads))


def swap(_: str) -> Count:
    asks, answers = "ines.placeholder@students.example.edu", "lena.invented@students.example.edu"
    Person(INSTRUCTOR).send(f"{COURSE}/presentations/plan/swaps", "plan/swaps$", swaps_need_approval=None)
    path = f"{COURSE}/presentations/swaps/"
    asked = Person(asks).send(path, "swaps/ask$", team="6")
    return asked + Person(answers).send(path, "accept$")


def code_ask(student: str) -> Count:
    (pool, *_) = Person(INSTRUCTOR).links(f"{COURSE}/credits/", r"/credits/\d+/settings")
    Person(INSTRUCTOR).send(pool, "settings$", approves_by_rule="on")
    with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
        file.write("FAKE-OF-THE-BENCH-1\nFAKE-OF-THE-BENCH-2\n")
        file.flush()
        command("import_codes", COURSE.rpartition("/")[2], "AWS cloud credits", file.name)
    return Person(student).send(f"{COURSE}/credits/", r"/ask$")


def code_reveal(student: str) -> Count:
    return Person(student).send(f"{COURSE}/credits/", r"/show$")


def load_again(_: str) -> Count:
    line = ["load_course", str(ROOT / "demo")]
    if "--yes" in (ROOT / "portal/management/commands/load_course.py").read_text():
        line.append("--yes")
    with transaction.atomic(), counting() as count:
        command(*line)
    return count


MEASURED: dict[str, Callable[[str], Count]] = {
    "survey submit": survey,
    "book a slot": booking,
    "preview a change of hours": preview,
    "swap (propose and accept)": swap,
    "code: ask": code_ask,
    "code: reveal": code_reveal,
    "load again": load_again,
}


def student_without_code() -> str:
    """A student who may ask for one, by the page that they see."""
    emails = get_user_model().objects.filter(email__endswith="@students.example.edu").values_list("email", flat=True)
    return next(email for email in emails if Person(email).links(f"{COURSE}/credits/", "/ask"))


def main() -> None:
    with tempfile.TemporaryDirectory() as data:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE_", "REDIS_"))}
        os.environ.clear()
        os.environ.update(kept, DATA_DIR=data, DEMO="1", DJANGO_SETTINGS_MODULE="portal.settings", LOG_LEVEL="ERROR")
        sys.path.insert(0, str(ROOT))
        django.setup()
        plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
        settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
        settings.STATIC_ROOT.mkdir()
        with time_machine.travel(AFTER_CLASS, tick=False):
            for line in ("migrate", "createcachetable", "load_demo --around 2023-11-28", "run_due"):
                command(*line.split())
            student = student_without_code()
            print(f"{'':28}{'files':>7}{'functions':>11}{'hops':>8}")
            for name, measure in MEASURED.items():
                count = measure(student)
                if "--files" in sys.argv:
                    print(*sorted(str(Path(file).relative_to(ROOT)) for file in count.files), sep="\n")
                print(f"{name:28}{len(count.files):>7}{len(count.functions):>11}{count.hops:>8}", flush=True)


if __name__ == "__main__":
    main()
