"""What a portal answers to what an old one was asked: `python -m portal.tests.upgrades.asking < asked.json`.

It runs in a process of its own, with the old database's settings, at the old portal's time. It knows addresses, e-mail
addresses and commands only, so that it runs on any version.
"""

import json
import os
import sys
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup()

import time_machine  # noqa: E402
import vobject  # noqa: E402
from django.conf import settings  # noqa: E402
from django.contrib.auth import get_user_model  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402

NOBODY = "nobody"


def answers(asked: dict[str, Any]) -> dict[str, Any]:
    """The answer to everything that is asked, in the order of asking; letters are counted last."""
    browsers = {email: _browser(email) for email in asked["people"]}
    return {
        "pages": {
            email: {path: _status(browsers[email], path) for path in asked["pages"][email]} for email in asked["pages"]
        },
        "dates": {path: _dates(browsers[asked["reader"]], path) for path in asked["dates"]},
        "feeds": {path: _events(path) for path in asked["feeds"]},
        "codes": {path: _code(_browser(email), path) for path, email in asked["codes"].items()},
        "figures": {line: _printed(line.split()) for line in asked["figures"]},
        "letters": _letters(),
        "sweeps": _printed(["run_due"]) and "ran",
    }


def _browser(email: str) -> Client:
    browser = Client(SERVER_NAME="127.0.0.1", raise_request_exception=False)
    if email != NOBODY:
        person = get_user_model().objects.get(email=email)
        browser.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        session = browser.session
        session["account_authentication_methods"] = [{"method": "code", "at": datetime.now(UTC).timestamp()}]
        session["account_authentication_methods_user"] = str(person.pk)
        session.save()
    return browser


def _status(browser: Client, path: str) -> int:
    """Where an address leads in the end; a sign-in page is none of ours."""
    answer = browser.get(path, follow=True)
    b"".join(answer) if answer.streaming else answer.content
    led_to_sign_in = any("/sign-in" in to for to, _ in answer.redirect_chain)
    return 401 if led_to_sign_in else answer.status_code


def _dates(browser: Client, path: str) -> str:
    """The heading of the page that an old address of a date of office hours leads to."""
    answer = browser.get(path, follow=True)
    heading = answer.content.decode().partition("<h1")[2].partition(">")[2].partition("<")[0]
    return f"{answer.status_code} {heading.strip()}"


def _events(path: str) -> dict[str, str]:
    """A feed's events by UID: "sequence begin end status"."""
    whole = vobject.readOne(Client(SERVER_NAME="127.0.0.1").get(path).content.decode())
    events = getattr(whole, "vevent_list", [])
    return {
        event.uid.value: " ".join(
            [event.sequence.value, _instant(event.dtstart), _instant(event.dtend), event.status.value]
        )
        for event in events
    }


def _instant(moment: Any) -> str:
    return f"{moment.value.astimezone(UTC):%Y-%m-%dT%H:%MZ}"


def _code(browser: Client, path: str) -> list[str]:
    """The fake codes on the page that shows one."""
    page = browser.post(path, follow=True).content.decode()
    return sorted({word for word in page.replace("<", " ").replace(">", " ").split() if word.startswith("FAKE-")})


def _printed(line: list[str]) -> str:
    out = StringIO()
    call_command(*line, stdout=out)
    return out.getvalue().strip()


def _letters() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT state, count(*) FROM mail_message GROUP BY state ORDER BY state")
        return dict(cursor.fetchall())


if __name__ == "__main__":
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    asked = json.load(sys.stdin)
    with time_machine.travel(datetime.fromisoformat(asked["now"]), tick=False):
        json.dump(answers(asked), sys.stdout, indent=1)
