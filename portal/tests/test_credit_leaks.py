"""After a whole scenario no code lies anywhere in clear, nor in any disguise; a control would be found."""

import io
import logging
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.core.management import call_command
from django.test import override_settings
from django.urls import reverse

from courses.domain import announcements
from credits import tasks as credit_tasks
from credits.domain import grants, requests, vault
from credits.models import CreditPool, CreditRequest, Grant
from credits.tests.browsing import begin, recent
from credits.tests.world import DEMO, give
from mail import tasks
from portal.testing import NOON, client_of, make_cast, url
from portal.tests.leaks import (
    disguises,
    everything_logged,
    found_in,
    of_a_folder,
    of_an_answer,
    of_letters,
    of_the_database,
)
from portal.tests.workers import Workshop, open_workshop, wait_until

pytestmark = pytest.mark.django_db(transaction=True)
CODES = [line.strip() for line in (DEMO / "credit-codes.csv").read_text().splitlines()[1:]]
CONTROL = "FAKE-CONTROL-0001"
OPS = override_settings(ADMINS=[("Ops", "ops@portal.example")])


@pytest.fixture(autouse=True)
def own_keys(settings, monkeypatch):
    settings.CREDIT_KEYS, settings.CREDIT_INDEX_KEY = f"first:{vault.new_key()}", vault.new_key()
    for name in ("CREDIT_KEYS", "CREDIT_INDEX_KEY"):
        monkeypatch.setenv(name, getattr(settings, name))  # for the worker


@pytest.fixture
def logs():
    with everything_logged() as stream:
        yield stream


def scenario(cast, pages: dict[str, bytes]) -> list[str]:
    """Import, ask, approve, collect, desk, search, report, replace, reopen, announce, export; the codes shown."""
    course = cast.course
    pool = CreditPool.objects.create(course=course, program="Invented credits", per_student=2)
    instructor, assistant = client_of(cast.instructor), client_of(cast.assistant)
    shown: list[str] = []

    def keep(name, answer):
        pages[f"{name} {len(pages)}"] = of_an_answer(answer)
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
    keep("draft", instructor.post(url("announcement_new", course), {"title": "Codes", "text": f"Take {CODES[7]}!"}))
    keep("reason", assistant.post(url("credit_decline", course, pk=other.pk), {"reason": f"{CODES[7]} is yours"}))
    for name, kwargs in [
        ("credits", {}),
        ("credit_requests", {}),
        ("credit_ledger", {"pk": pool.pk}),
        ("credit_log", {}),
    ]:
        keep(name, assistant.get(url(name, course, **kwargs)))
    keep("csv", assistant.get(url("credit_ledger_csv", course, pk=pool.pk)))
    keep("home", client_of(cast.student).get(url("course_home", course)))
    return shown


def broken_pages(cast, pages: dict[str, bytes], monkeypatch) -> None:
    """An error while a code is in hand: the page and the mail that tell of it, with DEBUG off and on."""
    pool = cast.course.credit_pools.get()
    give(pool, cast.other_student)
    grant = Grant.objects.get(enrollment=cast.other_student)
    browser = recent(cast.other_student)
    browser.raise_request_exception = False

    def broken(*_, **__):
        raise RuntimeError("the template broke")

    with monkeypatch.context() as patch:
        patch.setattr("credits.views.collecting.render", broken)
        for debug in (False, True):
            grants.Grant.objects.filter(pk=grant.pk).update(is_open=True, openings=10 + debug)
            with override_settings(DEBUG=debug):
                answer = browser.post(url("credit_reveal", cast.course, pk=grant.pk))
            assert answer.status_code == 500
            pages[f"error page, DEBUG {debug}"] = answer.content
    with monkeypatch.context() as patch:
        patch.setattr("credits.domain.vault._key_for", broken)
        for debug in (False, True):
            with override_settings(DEBUG=debug):
                for person, name, kwargs, typed in where_codes_are_typed(cast, pool):
                    browser = client_of(person)
                    browser.raise_request_exception = False
                    answer = browser.post(url(name, cast.course, **kwargs), typed)
                    is_published = name in ("announcement_new", "credit_report")  # then it is refused instead
                    assert answer.status_code == (422 if is_published else 500)
                    pages[f"error page of {name}, DEBUG {debug}"] = answer.content


def where_codes_are_typed(cast, pool):
    """Where codes are typed."""
    grant = Grant.objects.filter(enrollment=cast.student)[0]
    return [
        (cast.instructor, "credit_import", {"pk": pool.pk}, {"text": "\n".join(CODES)}),
        (cast.assistant, "credit_search", {}, {"code": CODES[3]}),
        (cast.assistant, "announcement_new", {}, {"title": "Codes", "text": f"Take {CODES[4]}"}),
        (cast.student, "credit_report", {"pk": grant.pk}, {"words": CODES[5]}),
    ]


def worked_off(workshop: Workshop) -> dict[str, bytes]:
    """The tasks as they lie in the broker, and its folder once a real worker has done them: its log is in there."""
    for task in (credit_tasks.serve_waiting, credit_tasks.tell, credit_tasks.forget_handovers):
        task.delay(NOON.isoformat())
    before = of_a_folder(workshop.folder / "broker", "broker")
    waiting = list((workshop.folder / "broker" / "queue").glob("*.msg"))
    assert len(waiting) > 5 and any(b"credits.tasks.tell" in content for content in before.values())
    workshop.start("--loglevel", "DEBUG")
    wait_until(lambda: not any(path.exists() for path in waiting), 60)
    wait_until(lambda: "credits.tasks.forget_handovers" in workshop.log, 30)
    workshop.stop()
    after = of_a_folder(workshop.folder, "after")
    assert b"credits.tasks.tell" in after["after worker.log"]
    return before | after | {"sent": b"".join(letter.as_bytes() for letter in workshop.mail.letters)}


@pytest.mark.servers
@OPS
def test_no_code_lies_anywhere_but_on_its_students_screen(transactional_db, logs, monkeypatch, tmp_path, mailoutbox):
    pages: dict[str, bytes] = {}
    with open_workshop(tmp_path / "work", None) as workshop:
        with time_machine.travel(NOON, tick=False):
            cast = make_cast()
            shown = scenario(cast, pages)
            broken_pages(cast, pages, monkeypatch)
        work = worked_off(workshop)
    tasks.send_due((NOON + timedelta(days=1)).isoformat())
    superuser = cast.instructor.user
    superuser.is_superuser = True
    superuser.save()
    admin = client_of(superuser)
    for app in ("", "auth/", "sessions/session/", "mail/message/", "courses/course/"):
        pages[f"admin {app}"] = admin.get(f"{reverse('admin:index')}{app}").content
    call_command("export_course", cast.course.slug, str(tmp_path / "out"), stdout=io.StringIO())
    places = {
        **pages,
        **work,
        **of_the_database(),
        **of_letters(),
        **of_a_folder(tmp_path / "out", "export"),
        "logs": logs.getvalue().encode(),
    }
    errors = [letter for letter in mailoutbox if letter.to == ["ops@portal.example"]]
    assert len(errors) >= 3 and any("broke" in letter.alternatives[0][0] for letter in errors if letter.alternatives)
    assert len(places) > 40 and len(logs.getvalue()) > 100_000
    assert [sum(code in page for code in CODES) for page in shown] == [1, 1, 1]
    assert found_in(places, CODES) == set()


@pytest.mark.parametrize("n", range(len(disguises(CONTROL))))
def test_the_search_finds_a_control_in_each_disguise(n):
    needle = sorted(disguises(CONTROL))[n]
    assert found_in({"here": b"\x00" * 99 + needle + b"rest", "not here": b"nothing"}, [CONTROL]) == {"here"}


@OPS
def test_a_code_planted_in_each_kind_of_place_is_found(transactional_db, logs, tmp_path):
    cast = make_cast()
    cast.course.announcements.create(title="x", text=f"take {CONTROL}", created_at=NOON)
    session = client_of(cast.student).session
    session["typed"] = CONTROL
    session.save()
    cache.set("typed", CONTROL)
    (tmp_path / "work").mkdir()
    with open_workshop(tmp_path / "work", None) as workshop:
        tasks.send_due.delay(CONTROL)
        broker = of_a_folder(workshop.folder, "broker")
    try:
        typed = CONTROL
        raise RuntimeError(len(typed))
    except RuntimeError:
        logging.getLogger("django.request").exception("a code is a local variable")
    places = {**of_the_database(), **of_letters(), "logs": logs.getvalue().encode()}
    found = found_in(places | broker, [CONTROL])
    assert found >= {"rows", "sessions", "cache", "mail", "logs"}
    assert [name for name in found if name.startswith("broker")] and [name for name in found if name[:4] == "disk"]
