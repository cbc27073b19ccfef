"""After a whole scenario no code lies anywhere in clear, nor in any disguise; a control would be found."""

import base64
import io
import json
import logging
import re
import subprocess
from pathlib import Path
from urllib.parse import quote

import pytest
import time_machine
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import override_settings
from django.urls import reverse

from courses.domain import announcements
from credits.domain import grants, news, requests
from credits.models import CreditPool, CreditRequest, Grant
from credits.tests.browsing import begin, recent, url
from credits.tests.world import DEMO
from mail import tasks
from mail.models import Message
from portal.testing import NOON, client_of, make_cast

pytestmark = pytest.mark.django_db(transaction=True)
CODES = [line.strip() for line in (DEMO / "credit-codes.csv").read_text().splitlines()[1:]]
CONTROL = "FAKE-CONTROL-0001"


def disguises(code: str) -> set[bytes]:
    """The code as it is, folded, reversed, in hex, base64 (at each of three offsets) and URL-encoded."""
    plain = code.encode()
    spelled = {plain, plain.lower(), plain.replace(b"-", b""), plain.lower().replace(b"-", b""), plain[::-1]}
    shifted = {base64.b64encode(b"x" * n + plain)[(4 if n else 0) : -4] for n in range(3)}
    encoded = {quote(code, safe="").encode(), "".join(f"%{byte:02X}" for byte in plain).encode()}
    return spelled | shifted | encoded | {plain.hex().encode(), plain.hex().upper().encode()}


def found_in(places: dict[str, bytes], codes: list[str]) -> set[str]:
    """The places in which any of the codes lies, however disguised."""
    needles = b"|".join(re.escape(needle) for code in codes for needle in disguises(code))
    return {name for name, content in places.items() if re.search(needles, content)}


@pytest.fixture
def logs():
    """Everything that is logged from DEBUG up, SQL with its parameters included."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    root, level = logging.getLogger(), logging.getLogger().level
    names = ["django", "django.db.backends", "django.request", "django.template", "celery", "allauth"]
    loggers = [logging.getLogger(name) for name in names]
    levels = [logger.level for logger in loggers]
    root.addHandler(handler)
    for logger in (root, *loggers):
        logger.setLevel(logging.DEBUG)
    connection.force_debug_cursor = True
    yield stream
    connection.force_debug_cursor = False
    root.removeHandler(handler)
    root.setLevel(level)
    for logger, before in zip(loggers, levels, strict=True):
        logger.setLevel(before)


def dump() -> dict[str, bytes]:
    """The database as it lies on disk, and as rows."""
    rows = io.StringIO()
    call_command("dumpdata", stdout=rows)
    places = {"rows": rows.getvalue().encode()}
    if connection.vendor == "sqlite":
        file = Path(str(connection.settings_dict["NAME"]))
        for path in (file, file.with_name(f"{file.name}-wal")):
            places[path.name] = path.read_bytes() if path.exists() else b""
    else:
        set_ = connection.settings_dict
        command = ["pg_dump", "-h", set_["HOST"], "-p", str(set_["PORT"]), "-U", set_["USER"], "-a", set_["NAME"]]
        places["pg_dump"] = subprocess.run(command, capture_output=True, check=True).stdout
    return places


def scenario(cast, pages: dict[str, bytes]) -> list[str]:
    """Import, ask, approve, collect, desk, search, report, replace, reopen, announce, export; the codes shown."""
    course = cast.course
    pool = CreditPool.objects.create(course=course, program="Invented credits", per_student=2)
    instructor, assistant = client_of(cast.instructor), client_of(cast.assistant)
    shown: list[str] = []

    def keep(name, answer):
        pages[f"{name} {len(pages)}"] = answer.content + str(answer.headers).encode()
        return answer

    with (DEMO / "credit-codes.csv").open("rb") as file:
        page = keep("preview", instructor.post(url("credit_import", course, pk=pool.pk), {"file": file}))
    sealed = page.content.decode().partition('name="sealed" value="')[2].partition('"')[0]
    keep("imported", instructor.post(url("credit_import", course, pk=pool.pk), {"sealed": sealed}, follow=True))
    keep("wrong", instructor.post(url("credit_import", course, pk=pool.pk), {"text": f"a,b\n{CODES[0]},x"}))
    keep("ask", client_of(cast.student).post(url("credit_ask", course, pk=pool.pk), follow=True))
    chosen = {"request": list(CreditRequest.objects.values_list("pk", flat=True))}
    keep("approve", assistant.post(url("credit_requests", course), chosen, follow=True))
    grant = Grant.objects.get()
    browser = recent(cast.student)
    where = url("credit_reveal", course, pk=grant.pk)
    shown.append(browser.post(where).content.decode())
    keep("twice", browser.post(where, follow=True))
    keep("stranger", client_of(cast.stranger).post(where))
    keep("old", client_of(cast.student).post(where, follow=True))
    keep("search", assistant.post(url("credit_search", course), {"code": CODES[0]}))
    keep("search", assistant.post(url("credit_search", course), {"code": "not a code of ours"}))
    keep(
        "report", browser.post(url("credit_report", course, pk=grant.pk), {"words": f"{CODES[0]} failed"}, follow=True)
    )
    keep("report", browser.post(url("credit_report", course, pk=grant.pk), {"words": "used"}, follow=True))
    keep("reopen", assistant.post(url("credit_reopen", course, pk=grant.pk), follow=True))
    shown.append(browser.post(where).content.decode())
    keep("faulty", assistant.post(url("credit_faulty", course, pk=grant.pk), follow=True))
    digits = begin(cast, pool)
    shown.append(browser.post(url("credit_collect", course, pk=pool.pk), {"digits": digits}).content.decode())
    draft = course.announcements.create(title="Look", text="Nothing here.", created_at=NOON)
    announcements.post_announcement(draft, now=NOON)
    other = requests.ask(pool, by=cast.other_student, now=NOON)
    requests.decline(other, by=cast.assistant.user, reason="Not yet.", now=NOON)
    for name, kwargs in [("credits", {}), ("credit_requests", {}), ("credit_ledger", {"pk": pool.pk})]:
        keep(name, assistant.get(url(name, course, **kwargs)))
    keep("csv", assistant.get(url("credit_ledger_csv", course, pk=pool.pk)))
    keep("home", client_of(cast.student).get(url("course_home", course)))
    return shown


def broken_pages(cast, pages: dict[str, bytes], monkeypatch) -> None:
    """An error while a code is in hand: the page and the mail that tell of it, with DEBUG off and on."""
    pool = cast.course.credit_pools.get()
    grants.claim_code(pool, by=cast.other_student, now=NOON)
    grant = Grant.objects.get(enrollment=cast.other_student)
    browser = recent(cast.other_student)
    browser.raise_request_exception = False

    def broken(*_, **__):
        raise RuntimeError("the template broke")

    with monkeypatch.context() as patch:
        patch.setattr("credits.views.collecting.render", broken)
        for debug in (False, True):
            grants.Grant.objects.filter(pk=grant.pk).update(is_open=True, openings=10 + debug)
            with override_settings(DEBUG=debug, ADMINS=[("Ops", "ops@portal.example")]):
                answer = browser.post(url("credit_reveal", cast.course, pk=grant.pk))
            assert answer.status_code == 500
            pages[f"error page, DEBUG {debug}"] = answer.content
    with monkeypatch.context() as patch:
        patch.setattr("credits.domain.vault.mac", broken)
        for debug in (False, True):
            with override_settings(DEBUG=debug, ADMINS=[("Ops", "ops@portal.example")]):
                for person, name, kwargs, typed in where_codes_are_typed(cast, pool):
                    browser = client_of(person)
                    browser.raise_request_exception = False
                    answer = browser.post(url(name, cast.course, **kwargs), typed)
                    assert answer.status_code == 500
                    pages[f"error page of {name}, DEBUG {debug}"] = answer.content


def where_codes_are_typed(cast, pool):
    """Where codes are typed."""
    return [
        (cast.instructor, "credit_import", {"pk": pool.pk}, {"text": "\n".join(CODES)}),
        (cast.assistant, "credit_search", {}, {"code": CODES[3]}),
    ]


def test_no_code_lies_anywhere_but_on_its_students_screen(transactional_db, logs, monkeypatch, tmp_path, mailoutbox):
    pages: dict[str, bytes] = {}
    with time_machine.travel(NOON, tick=False):
        cast = make_cast()
        shown = scenario(cast, pages)
        broken_pages(cast, pages, monkeypatch)
        news.tell_low_stock(NOON)
        tasks.send_due(NOON.isoformat())
    superuser = cast.instructor.user
    superuser.is_superuser = True
    superuser.save()
    admin = client_of(superuser)
    for app in ("", "auth/", "sessions/session/", "mail/message/", "courses/course/"):
        pages[f"admin {app}"] = admin.get(f"{reverse('admin:index')}{app}").content
    call_command("export_course", cast.course.slug, str(tmp_path / "out"), stdout=io.StringIO())
    places = {
        **pages,
        **dump(),
        "logs": logs.getvalue().encode(),
        "letters": b"".join(f"{m.subject}{m.text}{m.html}".encode() for m in Message.objects.all()),
        "mail": b"".join(letter.message().as_bytes() for letter in mailoutbox),
        "cache": repr(cache._cache if hasattr(cache, "_cache") else cache).encode(),
        **{f"export {path.name}": path.read_bytes() for path in (tmp_path / "out").iterdir()},
    }
    assert len(places) > 30 and len(logs.getvalue()) > 100_000 and len(mailoutbox) > 3
    assert [sum(code in page for code in CODES) for page in shown] == [1, 1, 1]
    assert found_in(places, CODES) == set()


@pytest.mark.parametrize("n", range(len(disguises(CONTROL))))
def test_the_search_finds_a_control_in_each_disguise(n):
    needle = sorted(disguises(CONTROL))[n]
    assert found_in({"here": b"\x00" * 99 + needle + b"rest", "not here": b"nothing"}, [CONTROL]) == {"here"}


def test_a_planted_code_is_found_in_database_logs_and_letters(transactional_db, logs):
    cast = make_cast()
    cast.course.announcements.create(title="x", text=f"take {CONTROL}", created_at=NOON)
    logging.getLogger("django.request").debug("%s", json.dumps({"code": CONTROL}))
    places = {**dump(), "logs": logs.getvalue().encode()}
    assert found_in(places, [CONTROL]) >= {"rows", "logs"}
    assert len(found_in(places, [CONTROL])) >= 3
